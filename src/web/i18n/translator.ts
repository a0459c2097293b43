import { MessageFormat, type MessagePart as FormattedPart } from 'messageformat'
import type { MessageValue } from 'messageformat/functions'

import type { Failure } from '../../kernel/failure.ts'
import { createFormats, type Formats } from './formats.ts'
import { directionOf, LANGUAGE_TAGS, type Direction, type Locale } from './locale.ts'
import { CATALOGUES, type MessageKey } from './messages.ts'

/** The one kind of value that our own message functions make. */
type Quantity = 'quantity'

/** What fills a message's placeholders, by name. */
export type Values = Readonly<Record<string, string | number>>

/** A piece of a message that carries markup: `Follow {#link}this{/link}`. */
export type MessagePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'open' | 'close'; readonly name: string }

/** Everything that is said in one language. */
export interface Translator extends Formats {
  readonly locale: Locale
  /** For the `lang` attribute. */
  readonly tag: string
  readonly dir: Direction
  /** The message `key` with its placeholders filled. Throws when a placeholder has no value: that is a bug. */
  readonly t: (key: MessageKey, values?: Values) => string
  /** The same in pieces, for a message whose words carry links or emphasis. */
  readonly parts: (key: MessageKey, values?: Values) => readonly MessagePart[]
  /**
   * The sentence that tells a person what was refused and what to do. A placeholder that the failure's
   * `detail` does not fill becomes `…`: a refusal is never lost for want of a word.
   */
  readonly failure: (failure: Failure) => string
}

/** The translators of all six languages. */
export interface Translators {
  for(locale: Locale): Translator
}

/** Makes the translators. A language costs nothing until it is first asked for, a message until it is first said. */
export function createTranslators(): Translators {
  const made = new Map<Locale, Translator>()
  return Object.freeze({
    for(locale: Locale) {
      const known = made.get(locale)
      if (known) return known
      const translator = createTranslator(locale)
      made.set(locale, translator)
      return translator
    },
  })
}

/** Makes the translator of one language, with its own cache of compiled messages. */
export function createTranslator(locale: Locale): Translator {
  const catalogue = CATALOGUES[locale]
  const formats = createFormats(locale)
  const compiled = new Map<MessageKey, MessageFormat<Quantity>>()

  function compile(key: MessageKey): MessageFormat<Quantity> {
    const known = compiled.get(key)
    if (known) return known
    const message = compileMessage(locale, catalogue[key], formats)
    compiled.set(key, message)
    return message
  }

  function t(key: MessageKey, values: Values = {}): string {
    const source = catalogue[key]
    if (isPlain(source)) return source
    return compile(key).format(isolated(locale, values), raise(key))
  }

  function parts(key: MessageKey, values: Values = {}): readonly MessagePart[] {
    const formatted = compile(key).formatToParts(isolated(locale, values), raise(key))
    return formatted.map(messagePart)
  }

  return Object.freeze({
    ...formats,
    locale,
    tag: LANGUAGE_TAGS[locale],
    dir: directionOf(locale),
    t,
    parts,
    failure: (failure: Failure) => failureSentence(failure, catalogue[`failure.${failure.reason}`], t),
  })
}

function failureSentence(failure: Failure, source: string, t: Translator['t']): string {
  const blanks = Object.fromEntries(placeholdersOf(source).map((name) => [name, '…']))
  const field = failure.field === undefined ? {} : { field: failure.field }
  return t(`failure.${failure.reason}`, { ...blanks, ...field, ...failure.detail })
}

function placeholdersOf(source: string): readonly string[] {
  return [...source.matchAll(/\{\$(\w+)/g)].map(([, name = '']) => name)
}

function isPlain(source: string): boolean {
  return !source.includes('{')
}

function raise(key: MessageKey): (error: unknown) => never {
  return (error) => {
    throw new Error(`message ${key} cannot be said`, { cause: error })
  }
}

function compileMessage(locale: Locale, source: string, formats: Formats): MessageFormat<Quantity> {
  const tag = LANGUAGE_TAGS[locale]
  return new MessageFormat<Quantity>(tag, source, {
    // A Latin name inside Arabic is isolated always. The other way round `isolated` looks at the value, because
    // invisible characters around every name would break what clients compare and people copy.
    bidiIsolation: directionOf(locale) === 'rtl' ? 'default' : 'none',
    functions: {
      bytes: (_context, _options, size) => quantity(formats.bytes, size),
      // Ours, because the library's own builds two `Intl` objects for every number it writes.
      number: (_context, _options, count) => ({
        ...quantity(formats.number, count),
        selectKey: (keys) => pluralKey(formats, keys, asNumber(count)),
      }),
    },
  })
}

function quantity(format: (value: number) => string, input: unknown): MessageValue<Quantity> {
  const blank = stringOf(input)
  const text = blank ?? format(asNumber(input))
  return {
    type: 'quantity',
    toString: () => text,
    toParts: () => [{ type: 'quantity', value: text }],
    valueOf: () => (blank === null ? asNumber(input) : text),
  }
}

function pluralKey(formats: Formats, keys: Set<string>, count: number): string | null {
  if (keys.has(String(count))) return String(count)
  const category = formats.pluralCategory(count)
  return keys.has(category) ? category : null
}

/** The text of a placeholder that was left blank, or null for a number. */
function stringOf(input: unknown): string | null {
  const value: unknown = unboxed(input)
  return typeof value === 'string' ? value : null
}

function asNumber(input: unknown): number {
  const value: unknown = unboxed(input)
  if (typeof value !== 'number') throw new TypeError(`a number was expected, not ${typeof value}`)
  return value
}

/** `.input` declarations hand the resolved value of an earlier function on: read through it. */
function unboxed(input: unknown): unknown {
  return typeof input === 'object' && input !== null ? input.valueOf() : input
}

function messagePart(part: FormattedPart<Quantity>): MessagePart {
  if (part.type !== 'markup') return { kind: 'text', text: 'value' in part ? String(part.value) : '' }
  const { kind, name } = part
  if (kind === 'standalone') throw new Error(`markup {#${name}/} stands alone`)
  return { kind, name }
}

const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u

/** In a left-to-right sentence, wraps values that hold right-to-left letters in FSI … PDI (UAX #9 §2.4). */
function isolated(locale: Locale, values: Values): Record<string, string | number> {
  if (directionOf(locale) === 'rtl') return { ...values }
  const entries = Object.entries(values).map(([name, value]) => [name, isolate(value)] as const)
  return Object.fromEntries(entries)
}

function isolate(value: string | number): string | number {
  return typeof value === 'string' && RIGHT_TO_LEFT.test(value) ? `\u2068${value}\u2069` : value
}
