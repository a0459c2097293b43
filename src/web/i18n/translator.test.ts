import { describe, expect, it } from 'vitest'

import { FAILURES, failure, type Reason } from '../../kernel/failure.ts'
import { createTranslator, createTranslators, LOCALES } from './index.ts'

const DAY = 86_400_000
const REASONS = Object.keys(FAILURES) as Reason[]

describe('a translator', () => {
  it.each([
    ['repositoryHidden', {}, 'Invalid username or password.'],
    ['invalidCredentials', {}, 'Invalid credentials in Authorization header'],
    ['repositoryNotFound', {}, 'Repository not found'],
    ['entryNotFound', {}, 'Entry not found'],
    ['revisionNotFound', { rev: 'refs/pr/1' }, 'Invalid rev id: refs/pr/1'],
    ['branchMoved', {}, 'The branch was updated since you opened this page. Please refresh and try again.'],
    ['referenceExists', { ref: 'v1' }, 'Reference v1 already exists'],
    ['defaultBranch', { ref: 'main' }, 'Cannot delete main'],
    ['repositoryExists', { kind: 'model', name: 'a/b' }, 'A model repository called a/b already exists'],
    ['repositoryExists', { kind: 'dataset', name: 'a/b' }, 'A dataset repository called a/b already exists'],
    ['invalidExpand', { allowed: 'a, b' }, '"expand" must be one of [a, b]'],
  ] as const)('says %s exactly as clients expect it in English', (reason, detail, sentence) => {
    expect(createTranslator('en').failure({ reason, detail })).toBe(sentence)
  })

  it.each(LOCALES)('has a sentence for every failure in %s, even without its details', (locale) => {
    const translator = createTranslator(locale)
    const sentences = REASONS.map((reason) => translator.failure(failure(reason)))
    expect(sentences.filter((sentence) => sentence.length < 5 || sentence.includes('{'))).toEqual([])
  })

  it('fills a refusal with its details and its field', () => {
    const { failure: sentence } = createTranslator('en')
    expect(sentence(failure('tooLarge', { limit: 50_000_000 }))).toContain('50 MB')
    expect(sentence(failure('invalidPath', {}, '../etc'))).toContain('../etc')
  })

  it.each([
    [0, 'لا ملفات'],
    [1, 'ملف واحد'],
    [2, 'ملفان'],
    [3, 'ملفات'],
    [11, 'ملفًا'],
    [100, 'ملف'],
  ])('counts %d files in Arabic with its own plural form', (count, form) => {
    expect(createTranslator('ar').t('count.files', { count })).toContain(form)
  })

  it.each([
    [1, '1 файл'],
    [3, '3 файла'],
    [5, '5 файлов'],
    [21, '21 файл'],
    [1.5, '1,5 файла'],
  ])('counts %d files in Russian with its own plural form', (count, words) => {
    expect(createTranslator('ru').t('count.files', { count })).toBe(words)
  })

  it('isolates a Latin name in an Arabic sentence', () => {
    const sentence = createTranslator('ar').failure(failure('revisionNotFound', { rev: 'v1.0' }))
    expect(sentence).toContain('\u2068v1.0\u2069')
  })

  it('isolates an Arabic name in an English sentence, and nothing else', () => {
    const { failure: sentence } = createTranslator('en')
    expect(sentence(failure('nameTaken', { name: 'نموذج' }))).toContain('\u2068نموذج\u2069')
    expect(sentence(failure('nameTaken', { name: 'asr' }))).not.toContain('\u2068')
  })

  it('throws when a placeholder has no value', () => {
    expect(() => createTranslator('en').t('count.files')).toThrow('count.files')
  })

  it('is made once per language', () => {
    const translators = createTranslators()
    expect(translators.for('fr')).toBe(translators.for('fr'))
  })
})

describe('formats', () => {
  it.each([
    ['en', '0 bytes|1 byte|999 bytes|1 kB|1.5 MB|7.24 GB|1 TB'],
    ['fr', '0 octet|1 octet|999 octets|1 ko|1,5 Mo|7,24 Go|1 To'],
    ['ar', '0 بايت|1 بايت|999 بايت|1 كيلوبايت|1.5 ميغابايت|7.24 غيغابايت|1 تيرابايت'],
  ] as const)('writes sizes in %s', (locale, expected) => {
    const { bytes } = createTranslator(locale)
    const sizes = [0, 1, 999, 1000, 1_500_000, 7_240_000_000, 999_999_999_999]
    expect(sizes.map((size) => bytes(size).replaceAll(/[\u00a0\u202f]/g, ' ')).join('|')).toBe(expected)
  })

  it('writes dates and spans of time', () => {
    const { date, relative } = createTranslator('en')
    expect(date(1_795_500_000_000)).toBe('24 November 2026')
    expect(relative(0, 3 * DAY)).toBe('3 days ago')
    expect(relative(0, 8 * DAY)).toBe('last week')
    expect(relative(0, 20_000)).toBe('now')
  })

  it('names languages, and leaves a code it cannot read as it is', () => {
    const { languageName } = createTranslator('fr')
    expect(languageName('sw')).toBe('swahili')
    expect(languageName('not a code')).toBe('not a code')
  })

  it('names countries, and leaves a code it cannot read as it is', () => {
    const { countryName } = createTranslator('es')
    expect(countryName('KE')).toBe('Kenia')
    expect(countryName('XQ')).toBe('XQ')
    expect(countryName('not a code')).toBe('not a code')
  })

  it.each([
    ['en', 'EUR 0.75|KES 0.000001|XQQ 1,200.00'],
    ['fr', '0,75 EUR|0,000001 KES|1 200,00 XQQ'],
  ] as const)('writes prices in %s to the millionth, in whichever currency', (locale, expected) => {
    const { money } = createTranslator(locale)
    const prices = [money(750_000, 'EUR'), money(1, 'KES'), money(1_200_000_000, 'XQQ')]
    expect(prices.map((price) => price.replaceAll(/[\u00a0\u202f]/g, ' ')).join('|')).toBe(expected)
  })

  it('counts large numbers in words', () => {
    expect(createTranslator('en').compact(7_240_000_000)).toBe('7.24 billion')
    expect(createTranslator('zh').compact(7_240_000_000)).toBe('72.4亿')
  })
})
