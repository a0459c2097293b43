import { parseMessage } from 'messageformat'

/** Messages by key, as in `locales/*.json`, by language. */
export type Catalogues = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A sentence, the language it is in, and the message it comes from. */
export interface Sentence {
  readonly text: string
  readonly language: string
  readonly key: string
}

const SHORTEST = 2

/**
 * The sentences of message catalogues: every variant of every message without its placeholders, each text once per
 * language. What reads the same in several languages (names, mostly) belongs to none and is left out.
 * Ordered by key, then language.
 */
export function sentencesOf(catalogues: Catalogues): readonly Sentence[] {
  const all = Object.entries(catalogues).flatMap(([language, messages]) =>
    Object.entries(messages).flatMap(([key, message]) =>
      textsOf(message).map((text) => ({ text, language, key })),
    ),
  )
  const languages = new Map<string, Set<string>>()
  for (const { text, language } of all) languages.getOrInsertComputed(text, () => new Set()).add(language)
  const own = all.filter(({ text }) => languages.get(text)?.size === 1)
  const once = [
    ...new Map(own.map((sentence) => [`${sentence.language} ${sentence.text}`, sentence])).values(),
  ]
  return once.sort((left, right) => compare(left.key, right.key) || compare(left.language, right.language))
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}

function textsOf(message: string): readonly string[] {
  const parsed = parseMessage(message)
  const patterns = parsed.type === 'message' ? [parsed.pattern] : parsed.variants.map(({ value }) => value)
  return patterns
    .map((pattern) => pattern.map((part) => (typeof part === 'string' ? part : ' ')).join(''))
    .map((text) => text.replace(/\s+/gu, ' ').trim())
    .filter((text) => (text.match(/\p{L}/gu) ?? []).length >= SHORTEST)
}

/** Sentences to learn from, and others to measure with. */
export interface Split {
  readonly train: readonly Sentence[]
  readonly test: readonly Sentence[]
}

/** Every fifth message, chosen by a hash of its key and the seed, is measured with: all its translations stay together. */
export function splitSentences(sentences: readonly Sentence[], seed: number): Split {
  const isTest = ({ key }: Sentence) => hashText(`${seed} ${key}`) % 5 === 0
  return { train: sentences.filter((sentence) => !isTest(sentence)), test: sentences.filter(isTest) }
}

/** FNV-1a of the UTF-8 bytes, 32 bits, with a final avalanche (the finaliser of MurmurHash3) so that low bits may be used. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
