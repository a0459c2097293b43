/**
 * Words for full-text search in six languages, pure. A text becomes tokens, a query becomes groups of tokens; the
 * index knows nothing of languages. What a Latin word's language is cannot be told from the word, so it is indexed under
 * its stem in English, French and Spanish, and a query may match any of them.
 */
import { stemmer as englishStem } from '@orama/stemmers/english'
import { stemmer as frenchStem } from '@orama/stemmers/french'
import { stemmer as russianStem } from '@orama/stemmers/russian'
import { stemmer as spanishStem } from '@orama/stemmers/spanish'

import { arabicForms, withoutArticle } from './arabic/rules.ts'

/** UTF-16 units of a text that are indexed; analysing them takes a few tens of milliseconds. */
const LONGEST_INDEXED_TEXT = 32 * 1024

const LONGEST_QUERY = 200
const MOST_GROUPS = 24
const LONGEST_WORD = 64

/** Writing systems that put no spaces between words: indexed by single characters and overlapping pairs. */
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{scx=Hang}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmr}\\p{scx=Mymr}'
const PIECE = new RegExp(
  `(?<unspaced>[[\\p{L}\\p{M}\\p{N}]&&[${UNSPACED}]]+)|(?<word>[[\\p{L}\\p{N}]--[${UNSPACED}]][[\\p{L}\\p{M}\\p{N}]--[${UNSPACED}]]*)`,
  'gv',
)
const IS_LATIN = /^[\p{scx=Latn}\p{N}\p{M}]+$/u
const IS_CYRILLIC = /^[\p{Script=Cyrillic}\p{N}\p{M}]+$/u
const IS_ARABIC = /^[\p{scx=Arab}\p{N}\p{M}]+$/u

/** French words that lose their vowel before another: `l’eau`, `qu’une`; and the English possessive. */
const ELISION =
  /(?<![\p{L}\p{N}])(?:[ldjnscmt]|qu|jusqu|lorsqu|puisqu|quelqu)['’ʼ](?=\p{L})|['’ʼ]s(?![\p{L}\p{N}])/giu

/** One piece of a text: a word, or a run of characters without spaces. */
interface Piece {
  readonly kind: 'word' | 'unspaced'
  readonly text: string
}

function piecesOf(text: string): readonly Piece[] {
  const normal = text
    .normalize('NFKC')
    .replace(ELISION, ' ')
    .replace(/[٠-٩۰-۹]/gu, asciiDigit)
  return Array.from(normal.matchAll(PIECE), ({ groups }): Piece => {
    const unspaced = groups?.['unspaced']
    return unspaced === undefined
      ? { kind: 'word', text: groups?.['word'] ?? '' }
      : { kind: 'unspaced', text: unspaced.toLowerCase() }
  })
}

function asciiDigit(digit: string): string {
  return String((digit.codePointAt(0) ?? 0) & 0xf) // both ranges begin at a multiple of 16
}

/** Tokens of a text, space-separated, in its order. Only the first {@link LONGEST_INDEXED_TEXT} units count. */
export function indexedText(text: string): string {
  const formsOf = remembering(wordForms)
  return piecesOf(text.slice(0, LONGEST_INDEXED_TEXT))
    .flatMap((piece) => (piece.kind === 'word' ? formsOf(piece.text) : unspacedTokens(piece.text)))
    .join(' ')
}

/**
 * Tokens of a name, space-separated: like those of a text, and the parts that its author ran together or apart:
 * `a/DistilBert-base_v2` is also found by `distil`, `bert`, `v` and `distilbertbase`.
 */
export function indexedName(name: string): string {
  const parts = piecesOf(name).flatMap(({ kind, text }) => (kind === 'word' ? partsOfWord(text) : []))
  const joined = name.split('/').map((segment) =>
    piecesOf(segment)
      .map(({ text }) => text.toLowerCase())
      .join(''),
  )
  return [indexedText(name), ...parts.flatMap(wordForms), ...joined].join(' ')
}

const WORD_PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}\p{M}]+|\p{N}+/gu

function partsOfWord(word: string): readonly string[] {
  const withoutNumber = word.replace(/\p{N}+$/u, '')
  return [...(word.match(WORD_PART) ?? []), withoutNumber].filter((part) => part !== word && part !== '')
}

function unspacedTokens(run: string): readonly string[] {
  const characters = Array.from(run)
  return [...characters, ...pairsOf(characters)]
}

function pairsOf(characters: readonly string[]): readonly string[] {
  return characters.slice(1).map((second, index) => `${characters[index]}${second}`)
}

/** Every token under which a word is indexed and sought, the word itself first. */
function wordForms(word: string): readonly string[] {
  const lower = word.toLowerCase().slice(0, LONGEST_WORD)
  if (IS_LATIN.test(lower)) return latinForms(lower)
  if (IS_CYRILLIC.test(lower)) return cyrillicForms(lower)
  return IS_ARABIC.test(lower) ? arabicForms(lower) : [lower]
}

const LATIN_STEMS = [englishStem, frenchStem, spanishStem]

// Stems of the word as written and of the word without its accents: people type `traduccion` and `modele`.
function latinForms(word: string): readonly string[] {
  const plain = withoutAccents(word)
  const stems = LATIN_STEMS.flatMap((stem) => [withoutAccents(stem(word)), stem(plain)])
  return [...new Set([plain, ...stems])]
}

const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ł: 'l',
  ı: 'i',
  þ: 'th',
}

function withoutAccents(word: string): string {
  return word
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[ßæœøđðłıþ]/gu, (letter) => LETTERS[letter] ?? letter)
}

function cyrillicForms(word: string): readonly string[] {
  const plain = word.replaceAll('ё', 'е')
  return [...new Set([plain, russianStem(plain)])]
}

/** Words that say nothing of what is sought: left out of a query unless it has no others. */
const STOP_WORDS = new Set(
  `a an and are as at by for from in is it of on or that the this to with
   au aux avec ce ces dans de des du en est et la le les ou par pour que qui sur un une
   al como con del e el es las los o para por se su una y
   без в во для до и из или к как на не о об от по с со у что это
   من في على الى عن مع هذا هذه التي الذي او و ما`.split(/\s+/u),
)

/** Characters that only join words in Chinese and Japanese. */
const JOINING = new Set(Array.from('的了和与及是在之有の は が を に で と も へ や'.replaceAll(' ', '')))

/**
 * What a query asks of the index: every group must match, by any of its tokens. The last word also matches as the
 * beginning of a longer one (`token*`). Empty when the query has no words.
 */
export function queryGroups(query: string): readonly (readonly string[])[] {
  const pieces = piecesOf(query.slice(0, LONGEST_QUERY))
  const telling = pieces.filter(({ kind, text }) => kind === 'unspaced' || !isStopWord(text))
  const asked = telling.length > 0 ? telling : pieces
  const groups = asked.flatMap((piece, index) =>
    piece.kind === 'word' ? [wordGroup(piece.text, index === asked.length - 1)] : unspacedGroups(piece.text),
  )
  return distinct(groups.filter((group) => group.length > 0)).slice(0, MOST_GROUPS)
}

function isStopWord(word: string): boolean {
  const plain = withoutAccents(word.toLowerCase()).replaceAll('ё', 'е')
  return STOP_WORDS.has(plain) || STOP_WORDS.has(word.toLowerCase())
}

function wordGroup(word: string, isLast: boolean): readonly string[] {
  const forms = wordForms(word)
  const lower = word.toLowerCase()
  const beginning = IS_ARABIC.test(lower) ? withoutArticle(lower) : (forms[0] ?? lower)
  return isLast && Array.from(beginning).length >= 2 ? [...forms, `${beginning}*`] : forms
}

/**
 * Words of a run without spaces, each as the pairs it consists of. Dictionary words are sought apart, so `中文语音`
 * finds `中文的语音`; single characters that stand together are taken as one word the dictionary does not know.
 */
function unspacedGroups(run: string): readonly (readonly string[])[] {
  const words = Array.from(
    new Intl.Segmenter('zh', { granularity: 'word' }).segment(run),
    ({ segment }) => segment,
  )
  const joined: string[][] = []
  let wasSingle = false
  for (const characters of words.map((word) => Array.from(word))) {
    const isSingle = characters.length === 1
    const isJoining = isSingle && words.length > 1 && JOINING.has(characters[0] ?? '')
    if (isSingle && wasSingle && !isJoining) joined.at(-1)?.push(...characters)
    else if (!isJoining) joined.push(characters)
    wasSingle = isSingle && !isJoining
  }
  return joined.flatMap((word) => (word.length === 1 ? [word] : pairsOf(word).map((pair) => [pair])))
}

function distinct(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(groups.map((group) => [group.join(' '), group])).values()]
}

function remembering(forms: (word: string) => readonly string[]): (word: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (word) => {
    const before = known.get(word)
    if (before) return before
    const found = forms(word)
    known.set(word, found)
    return found
  }
}
