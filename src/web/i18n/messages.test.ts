import { parseMessage, visit } from 'messageformat'
import { describe, expect, it } from 'vitest'

import { CATALOGUES, LANGUAGE_TAGS, LOCALES, type Locale, type MessageKey } from './index.ts'

const KEYS = Object.keys(CATALOGUES.en) as MessageKey[]
const OTHERS = LOCALES.filter((locale) => locale !== 'en')

/** Messages that are rightly the same word in English and in another language. */
const SAME_AS_ENGLISH: Partial<Record<Locale, readonly MessageKey[]>> = {
  es: ['memory.short.tooLarge'],
  fr: [
    'fact.licence',
    'files.branches',
    'files.version',
    'pages.label',
    'said.field.licence',
    'tab.commits',
    'visibility.public',
  ],
}

/** What a message takes and what it wraps: `$count`, `#link`. */
function placeholdersOf(source: string): readonly string[] {
  const found = new Set<string>()
  visit(parseMessage(source), {
    value: (value) => {
      if (value.type === 'variable') found.add(`$${value.name}`)
    },
    markup: (markup) => {
      found.add(`#${markup.name}`)
    },
  })
  return [...found].sort()
}

/** Plural forms that a message with a number lacks. `*` stands for the form `other`. */
function missingForms(locale: Locale, source: string): readonly string[] {
  const message = parseMessage(source)
  if (message.type !== 'select' || !source.includes(':number')) return []
  const keys = new Set(
    message.variants.flatMap((variant) =>
      variant.keys.map((key) => (key.type === '*' ? 'other' : key.value)),
    ),
  )
  const needed = new Intl.PluralRules(LANGUAGE_TAGS[locale]).resolvedOptions().pluralCategories
  return needed.filter((category) => !keys.has(category))
}

describe.each(OTHERS)('the catalogue %s', (locale) => {
  it('has exactly the messages of the English one', () => {
    expect(Object.keys(CATALOGUES[locale]).sort()).toEqual(KEYS.sort())
  })

  it('fills the same placeholders', () => {
    const differing = KEYS.filter(
      (key) => placeholdersOf(CATALOGUES[locale][key]).join() !== placeholdersOf(CATALOGUES.en[key]).join(),
    )
    expect(differing).toEqual([])
  })

  it('says nothing in English, but for the named words', () => {
    const same = KEYS.filter((key) => CATALOGUES[locale][key] === CATALOGUES.en[key])
    expect(same.sort()).toEqual([...(SAME_AS_ENGLISH[locale] ?? [])].sort())
  })
})

describe.each(LOCALES)('the catalogue %s', (locale) => {
  it('has every plural form of the language wherever something is counted', () => {
    const missing = KEYS.flatMap((key) =>
      missingForms(locale, CATALOGUES[locale][key]).map((form) => `${key}: ${form}`),
    )
    expect(missing).toEqual([])
  })

  it('is written in composed Unicode without stray spaces', () => {
    const untidy = KEYS.filter((key) => {
      const source = CATALOGUES[locale][key]
      return source !== source.normalize('NFC') || source !== source.trim() || source.includes('  ')
    })
    expect(untidy).toEqual([])
  })
})
