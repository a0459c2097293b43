/** The six languages of the United Nations, in which every page and every sentence exists. */
export const LOCALES = ['ar', 'zh', 'en', 'fr', 'ru', 'es'] as const
export type Locale = (typeof LOCALES)[number]

/** What `Intl` and the `lang` attribute are told: British English, simplified Chinese. */
export const LANGUAGE_TAGS = {
  ar: 'ar',
  zh: 'zh-Hans',
  en: 'en-GB',
  fr: 'fr',
  ru: 'ru',
  es: 'es',
} as const satisfies Record<Locale, string>

/** Each language's own name for itself, for the language switch. */
export const LOCALE_NAMES = {
  ar: 'العربية',
  zh: '中文',
  en: 'English',
  fr: 'Français',
  ru: 'Русский',
  es: 'Español',
} as const satisfies Record<Locale, string>

/** Which way a language is written. */
export type Direction = 'ltr' | 'rtl'

/** Arabic is the one right-to-left language of the six. */
export function directionOf(locale: Locale): Direction {
  return locale === 'ar' ? 'rtl' : 'ltr'
}

/** Whether `text` names one of the six languages. */
export function isLocale(text: string | undefined): text is Locale {
  return LOCALES.some((locale) => locale === text)
}

/** A request path and the language its first segment names, if it names one. */
export interface LocalisedPath {
  readonly locale: Locale | null
  /** The path without the language, always beginning with `/`. */
  readonly path: string
}

/** Splits `/ar/models` into `ar` and `/models`; a path without a language keeps its form. */
export function splitLocale(path: string): LocalisedPath {
  const [, first, rest] = /^\/([a-z]{2})(\/.*)?$/.exec(path) ?? []
  return isLocale(first) ? { locale: first, path: rest ?? '/' } : { locale: null, path }
}

/** What a request says about the language its sender reads. */
export interface LocaleClues {
  /** Path of the request. */
  readonly path?: string | undefined
  /** Value of the cookie `lang`. */
  readonly cookie?: string | undefined
  /** The header `Accept-Language`, as sent. */
  readonly acceptLanguage?: string | undefined
}

/** The language to answer in: by path, else by cookie, else the browser's best, else English. */
export function chooseLocale(clues: LocaleClues): Locale {
  const byPath = clues.path === undefined ? null : splitLocale(clues.path).locale
  if (byPath) return byPath
  if (isLocale(clues.cookie)) return clues.cookie
  return bestAccepted(clues.acceptLanguage ?? '') ?? 'en'
}

/** RFC 9110 §12.5.4: the accepted language of highest weight that we have; ties go to the first named. */
function bestAccepted(header: string): Locale | undefined {
  return header
    .split(',')
    .map(readAccepted)
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
    .map(({ language }) => language)
    .find(isLocale)
}

function readAccepted(item: string): { language: string; weight: number } {
  const [tag = '', ...parameters] = item.split(';').map((part) => part.trim())
  const quality = parameters.find((parameter) => /^q=/i.test(parameter))
  const weight = quality === undefined ? 1 : Number(quality.slice(2))
  return { language: tag.toLowerCase().split('-')[0] ?? '', weight: Number.isNaN(weight) ? 0 : weight }
}
