/** Six languages: which one to answer in, and everything that is said in it. */
export {
  chooseLocale,
  directionOf,
  isLocale,
  LANGUAGE_TAGS,
  LOCALES,
  LOCALE_NAMES,
  splitLocale,
} from './locale.ts'
export type { Direction, Locale, LocaleClues, LocalisedPath } from './locale.ts'
export { CATALOGUES } from './messages.ts'
export type { MessageKey } from './messages.ts'
export type { Formats } from './formats.ts'
export { createTranslator, createTranslators } from './translator.ts'
export type { MessagePart, Translator, Translators, Values } from './translator.ts'
