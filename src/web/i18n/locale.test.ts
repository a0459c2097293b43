import { describe, expect, it } from 'vitest'

import { chooseLocale, splitLocale } from './index.ts'

describe('the language of an answer', () => {
  it('is the one the path names, before any other', () => {
    expect(chooseLocale({ path: '/ar/models', cookie: 'fr', acceptLanguage: 'ru' })).toBe('ar')
  })

  it('is the one of the cookie, before the browser’s', () => {
    expect(chooseLocale({ path: '/models', cookie: 'fr', acceptLanguage: 'ru' })).toBe('fr')
    expect(chooseLocale({ cookie: 'tlh', acceptLanguage: 'ru' })).toBe('ru')
  })

  it.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh'],
    ['sw,fr;q=0.8,es;q=0.9', 'es'],
    ['ar;q=0,ru', 'ru'],
    ['sw', 'en'],
    ['*', 'en'],
    ['es;q=oops,fr;q=0.1', 'fr'],
    ['', 'en'],
  ])('is the browser’s best that exists: %s → %s', (acceptLanguage, locale) => {
    expect(chooseLocale({ acceptLanguage })).toBe(locale)
  })
})

describe('a path', () => {
  it.each([
    ['/ar', 'ar', '/'],
    ['/ar/', 'ar', '/'],
    ['/zh/models', 'zh', '/models'],
    ['/models', null, '/models'],
    ['/arx/models', null, '/arx/models'],
    ['/de/models', null, '/de/models'],
    ['/', null, '/'],
  ])('%s is split into its language and the rest', (path, locale, rest) => {
    expect(splitLocale(path)).toEqual({ locale, path: rest })
  })
})
