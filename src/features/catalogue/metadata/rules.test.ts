import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  baseModelsOf,
  canonicalLanguage,
  complaintsAbout,
  evaluationsOf,
  gateOf,
  licenceOf,
  words,
} from './rules.ts'

describe('words of a field', () => {
  it.each([
    ['one', ['one']],
    [
      ['a', ' b ', 'a', '', null, 3, ['x']],
      ['a', 'b', '3'],
    ],
    [1.5, ['1.5']],
    [{ a: 1 }, []],
    [undefined, []],
    [true, []],
  ])('of %j are %j', (value, expected) => {
    expect(words(value)).toEqual(expected)
  })

  it('are bounded in number and length', () => {
    const many = words(Array.from({ length: 10_000 }, (_, index) => `${index}`.padEnd(1000, 'x')))
    expect(many).toHaveLength(500)
    expect(Math.max(...many.map((word) => word.length))).toBe(300)
  })
})

it.each([
  ['sw', 'sw'],
  ['swa', 'sw'],
  ['ZH-hant', 'zh-Hant'],
  ['pt_br', 'pt-BR'],
  ['arz', 'arz'],
  ['multilingual', 'multilingual'],
  ['Code', 'code'],
  ['Swahili language', null],
  ['', null],
  ['x', null],
])('the language %j is %j', (code, expected) => {
  expect(canonicalLanguage(code)).toBe(expected)
})

it('complains about what is no language', () => {
  expect(complaintsAbout({ language: ['sw', 'English!'] })).toEqual([
    { message: '"language": "English!" is not a language code (BCP 47, such as sw or zh-Hant)' },
  ])
})

it('takes the first licence, with the name and link of one that is not listed', () => {
  expect(licenceOf({ license: ['MIT', 'apache-2.0'] })).toEqual({ id: 'mit', name: null, link: null })
  expect(licenceOf({ license: 'other', license_name: 'our-own', license_link: 'LICENSE' })).toEqual({
    id: 'other',
    name: 'our-own',
    link: 'LICENSE',
  })
  expect(licenceOf({ license: {} })).toBeNull()
})

it.each([
  [{ base_model: 'a/b' }, { isAdapter: false, isQuantised: false }, 'finetune'],
  [{ base_model: ['a/b', 'c/d'] }, { isAdapter: false, isQuantised: false }, 'merge'],
  [{ base_model: 'a/b' }, { isAdapter: true, isQuantised: false }, 'adapter'],
  [{ base_model: 'a/b' }, { isAdapter: false, isQuantised: true }, 'quantized'],
  [{ base_model: 'a/b', base_model_relation: 'merge' }, { isAdapter: true, isQuantised: true }, 'merge'],
  [
    { base_model: 'a/b', base_model_relation: 'cousin' },
    { isAdapter: false, isQuantised: false },
    'finetune',
  ],
])('of %j with files %j the relation is %s', (metadata, files, relation) => {
  expect(baseModelsOf(metadata, files)[0]).toEqual({ id: 'a/b', relation })
})

it('reads what is asked before files are given, in any of its forms', () => {
  expect(gateOf({ license: 'mit' })).toBeNull()
  expect(
    gateOf({
      extra_gated_heading: 'Please read',
      extra_gated_fields: {
        Name: 'text',
        Use: { type: 'select', options: ['a', { label: 'b', value: 'c' }] },
        Odd: 3,
      },
    }),
  ).toEqual({
    heading: 'Please read',
    description: null,
    prompt: null,
    button: null,
    fields: [
      { label: 'Name', kind: 'text', options: [] },
      { label: 'Use', kind: 'select', options: ['a', 'b'] },
      { label: 'Odd', kind: '3', options: [] },
    ],
  })
})

it('passes over fields of the wrong kind, whatever they are', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value))
      const metadata = {
        'model-index': plain,
        license: plain,
        base_model: plain,
        language: plain,
        extra_gated_fields: plain,
      }
      expect(Array.isArray(evaluationsOf(metadata))).toBe(true)
      expect(() => [licenceOf(metadata), gateOf(metadata), complaintsAbout(metadata)]).not.toThrow()
      expect(() => baseModelsOf(metadata, { isAdapter: false, isQuantised: false })).not.toThrow()
    }),
  )
})
