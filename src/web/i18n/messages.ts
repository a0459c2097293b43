import ar from '../../../locales/ar.json' with { type: 'json' }
import en from '../../../locales/en.json' with { type: 'json' }
import es from '../../../locales/es.json' with { type: 'json' }
import fr from '../../../locales/fr.json' with { type: 'json' }
import ru from '../../../locales/ru.json' with { type: 'json' }
import zh from '../../../locales/zh.json' with { type: 'json' }
import type { Locale } from './locale.ts'

/** The name of a message: a key of `locales/en.json`. */
export type MessageKey = keyof typeof en

/** Sentences in MessageFormat 2 by key. */
export type Catalogue = Readonly<Record<MessageKey, string>>

/** All sentences of all languages, as the files in `locales/` have them. */
export const CATALOGUES: Readonly<Record<Locale, Catalogue>> = { ar, zh, en, fr, ru, es }
