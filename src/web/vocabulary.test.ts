import { describe, expect, it } from 'vitest'

import { createTranslator, LOCALES } from './i18n/index.ts'
import { describeLanguages, describeLicence, describeModel, describeTask } from './vocabulary.ts'

const english = createTranslator('en')

describe('what a card says in codes', () => {
  it.each([
    ['apache-2.0', 'Apache 2.0', 'Use, change and share freely'],
    ['CC-BY-NC-SA-4.0', 'CC BY-NC-SA 4.0', 'not commercially'],
    ['other', 'Terms of its own', 'read them before'],
    ['my-licence', 'my-licence', 'read them before'],
    [null, 'Not stated', 'ask the publisher'],
    ['unknown', 'Not stated', 'ask the publisher'],
  ])('licence %s is put into words', (licence, name, meaning) => {
    const words = describeLicence(english, licence)
    expect(words.name).toBe(name)
    expect(words.meaning).toContain(meaning)
  })

  it('a task is a phrase, a task without a word its code', () => {
    expect(describeTask(english, 'automatic-speech-recognition')).toBe('speech recognition')
    expect(describeTask(english, 'constructor')).toBe('constructor')
    expect(describeModel(english, 'translation')).toBe('A model for translation')
    expect(describeModel(english, 'constructor')).toBe('A model')
  })

  it('licences called like parts of the language itself are strangers', () => {
    expect(describeLicence(english, 'constructor').name).toBe('constructor')
  })

  it('up to four languages are named, more are counted', () => {
    expect(describeLanguages(english, ['sw', 'en'])).toBe('Swahili and English')
    expect(describeLanguages(english, ['sw', 'en', 'fr', 'ar', 'zh'])).toBe('5 languages')
  })

  it.each(LOCALES)('every model has a phrase in %s', (locale) => {
    expect(describeModel(createTranslator(locale), 'voice-activity-detection').length).toBeGreaterThan(5)
  })
})
