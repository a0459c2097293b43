import { DAY, HOUR, MINUTE, SECOND, type Millis } from '../../kernel/time.ts'
import { LANGUAGE_TAGS, type Locale } from './locale.ts'

/** Numbers, sizes, times and names as one language writes them. */
export interface Formats {
  /** `7240` → `7,240`. */
  readonly number: (value: number) => string
  /** Three digits and a word: `7_240_000_000` → `7.24 billion`. */
  readonly compact: (value: number) => string
  /** A share between 0 and 1, without decimals: `0.42` → `42%`. */
  readonly percent: (share: number) => string
  /** Bytes in decimal units, three digits: `1_500_000` → `1.5 MB`. */
  readonly bytes: (size: number) => string
  /** The name of a unit, by the power of a thousand: 2 → `MB`. */
  readonly byteUnit: (power: number) => string
  /** `24 November 2026`, in UTC. */
  readonly date: (at: Millis) => string
  /** `24 November 2026 at 05:00 UTC`. */
  readonly dateTime: (at: Millis) => string
  /** `3 days ago`, `in 2 hours`, `now`. */
  readonly relative: (at: Millis, now: Millis) => string
  /** The same in little room: `3 days ago`, `2 hr. ago`. */
  readonly relativeShort: (at: Millis, now: Millis) => string
  /** The name of the language with this code in the reader's language; the code itself when it has none. */
  readonly languageName: (code: string) => string
  /** The name of the country or area with this ISO 3166 code; the code itself when it has none. */
  readonly countryName: (code: string) => string
  /** An amount of money, given in millionths of the currency (ISO 4217): `EUR 0.75`. */
  readonly money: (micros: number, currency: string) => string
  /** `a, b and c`. */
  readonly list: (items: readonly string[]) => string
  /** Which plural form a count takes (CLDR): `one`, `few`, `other`, … */
  readonly pluralCategory: (count: number) => Intl.LDMLPluralRule
}

const BYTE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

const SPANS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const

/** Builds the formats of one language. Each `Intl` object is made on first use: making them is slow. */
export function createFormats(locale: Locale): Formats {
  const tag = LANGUAGE_TAGS[locale]
  const plain = lazy(() => new Intl.NumberFormat(tag))
  const compact = lazy(() => compactFormat(tag))
  const percent = lazy(() => new Intl.NumberFormat(tag, { style: 'percent' }))
  const sizes = BYTE_UNITS.map((unit) => lazy(() => sizeFormat(locale, unit)))
  const date = lazy(() => new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: 'UTC' }))
  const dateTime = lazy(() => dateTimeFormat(tag))
  const relative = lazy(() => new Intl.RelativeTimeFormat(tag, { numeric: 'auto' }))
  const relativeShort = lazy(() => new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'short' }))
  const names = lazy(() => new Intl.DisplayNames(tag, { type: 'language' }))
  const countries = lazy(() => new Intl.DisplayNames(tag, { type: 'region' }))
  const list = lazy(() => new Intl.ListFormat(tag))
  const plurals = lazy(() => new Intl.PluralRules(tag))
  return Object.freeze({
    number: (value: number) => plain().format(value),
    compact: (value: number) => compact().format(value),
    percent: (share: number) => percent().format(share),
    bytes: (size: number) => formatBytes(size, (power) => sizes[power]),
    byteUnit: (power: number) => byteUnit(sizes[power]),
    date: (at: Millis) => date().format(at),
    dateTime: (at: Millis) => dateTime().format(at),
    relative: (at: Millis, now: Millis) => formatRelative(relative(), at - now),
    relativeShort: (at: Millis, now: Millis) => formatRelative(relativeShort(), at - now),
    languageName: (code: string) => nameOf(names(), code),
    countryName: (code: string) => nameOf(countries(), code),
    money: (micros: number, currency: string) => formatMoney(tag, micros, currency),
    list: (items: readonly string[]) => list().format(items),
    pluralCategory: (count: number) => plurals().select(count),
  })
}

function lazy<Value>(make: () => Value): () => Value {
  let made: Value | undefined
  return () => (made ??= make())
}

function compactFormat(tag: string): Intl.NumberFormat {
  return new Intl.NumberFormat(tag, {
    notation: 'compact',
    compactDisplay: 'long',
    maximumSignificantDigits: 3,
  })
}

function sizeFormat(locale: Locale, unit: (typeof BYTE_UNITS)[number]): Intl.NumberFormat {
  // Arabic has short forms for some units only, and English writes "12 byte" in its short form.
  const isSpelt = locale === 'ar' || unit === 'byte'
  return new Intl.NumberFormat(LANGUAGE_TAGS[locale], {
    style: 'unit',
    unit,
    unitDisplay: isSpelt ? 'long' : 'short',
    maximumSignificantDigits: 3,
  })
}

function dateTimeFormat(tag: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag, {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    timeZoneName: 'short',
  })
}

function formatBytes(
  size: number,
  formatOf: (power: number) => (() => Intl.NumberFormat) | undefined,
): string {
  const power = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3))
  // 999.9 kB rounds to "1,000 kB": move on to 1 MB.
  const isRoundedUp = Math.round(size / 1000 ** power) >= 1000 && power < BYTE_UNITS.length - 1
  const shown = isRoundedUp ? power + 1 : power
  const format = formatOf(shown)
  if (!format) throw new RangeError(`no unit for ${size} bytes`)
  return format().format(size / 1000 ** shown)
}

function byteUnit(format: (() => Intl.NumberFormat) | undefined): string {
  const unit = format?.()
    .formatToParts(1)
    .find(({ type }) => type === 'unit')
  if (!unit) throw new RangeError('no such unit of bytes')
  return unit.value
}

function formatRelative(format: Intl.RelativeTimeFormat, difference: Millis): string {
  const [unit, span] = SPANS.find(([, span]) => Math.abs(difference) >= span) ?? (['second', SECOND] as const)
  if (unit === 'second') return format.format(0, 'second')
  return format.format(Math.trunc(difference / span), unit)
}

function formatMoney(tag: string, micros: number, currency: string): string {
  const format = new Intl.NumberFormat(tag, {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    maximumFractionDigits: 6,
  })
  return format.format(micros / 1_000_000)
}

function nameOf(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code
  } catch (error) {
    if (error instanceof RangeError) return code // a card or a record may call anything a language or a country
    throw error
  }
}
