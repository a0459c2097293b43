import { describe, expect, it } from 'vitest'

import {
  isRepositoryWanted,
  readBytes,
  readContentTerms,
  readQuota,
  spentQuota,
  USUAL_QUOTA,
  whyLeftOut,
  writeAmount,
  writeContentTerms,
} from './rules.ts'

const NOTHING = { kinds: [], licences: [], maxFile: null, budget: null } as const

describe('the terms of large files', () => {
  it.each([
    ['on-demand', { content: 'on-demand', filter: null }],
    ['none', { content: 'none', filter: null }],
    ['all', { content: 'all', filter: null }],
    ['all,kind=model', { content: 'all', filter: { ...NOTHING, kinds: ['model'] } }],
    [
      'all,licence=MIT,licence=apache-2.0,max-file=2GiB,budget=50GB',
      {
        content: 'all',
        filter: { ...NOTHING, licences: ['mit', 'apache-2.0'], maxFile: 2 * 2 ** 30, budget: 50e9 },
      },
    ],
  ] as const)('%s are read, and read again as they are written', (text, terms) => {
    expect(readContentTerms(text)).toEqual(terms)
    expect(readContentTerms(writeContentTerms(terms))).toEqual(terms)
  })

  it.each([
    '',
    'some',
    'none,kind=model',
    'on-demand,budget=1GB',
    'all,',
    'all,kind=space',
    'all,kind',
    'all,budget=',
    'all,budget=many',
    'all,budget=1GB,budget=2GB',
    'all,licence=a=b',
    'all,colour=red',
  ])('%j are none', (text) => {
    expect(readContentTerms(text)).toBeNull()
  })

  it.each([
    ['all', { kind: 'dataset', licence: null }, true],
    ['on-demand', { kind: 'model', licence: 'mit' }, false],
    ['all,kind=model', { kind: 'dataset', licence: 'mit' }, false],
    ['all,kind=model,kind=dataset', { kind: 'dataset', licence: null }, true],
    ['all,licence=mit', { kind: 'model', licence: 'MIT' }, true],
    ['all,licence=mit', { kind: 'model', licence: null }, false],
  ] as const)('%s want of %j: %s', (text, repository, isWanted) => {
    const terms = readContentTerms(text)
    expect(terms && isRepositoryWanted(terms, repository)).toBe(isWanted)
  })

  it('want a file while it is no longer than they say and the budget lasts', () => {
    const filter = { ...NOTHING, maxFile: 100, budget: 250 }
    expect(whyLeftOut(filter, 100, 150)).toBeNull()
    expect(whyLeftOut(filter, 101, 0)).toBe('tooLong')
    expect(whyLeftOut(filter, 100, 151)).toBe('noRoom')
    expect(whyLeftOut(null, 1e15, 1e15)).toBeNull()
  })
})

it.each([
  ['1000', 1000],
  ['0', 0],
  ['2GiB', 2 ** 31],
  ['1.5kB', 1500],
  ['2 MB', 2e6],
  ['-1', null],
  ['1e9', null],
  ['1iB', null],
  ['GB', null],
  ['999999999999TB', null],
  ['1,5 GB', 1.5e9],
  ['2.147483648GB', 2 ** 31],
  ['0.000001 MB', 1],
  ['toStringB', null],
])('%s is %s bytes', (text, bytes) => {
  expect(readBytes(text)).toBe(bytes)
})

it.each([
  [0, '0', 'MB'],
  [1, '0.000001', 'MB'],
  [500_000, '0.5', 'MB'],
  [999_999_999, '999.999999', 'MB'],
  [50e9, '50', 'GB'],
  [2 ** 31, '2.147483648', 'GB'],
  [1.5e12, '1.5', 'TB'],
])('%i bytes are written %s %s, and read again', (bytes, number, unit) => {
  expect(writeAmount(bytes)).toEqual({ number, unit })
  expect(readBytes(`${number} ${unit}`)).toBe(bytes)
})

describe('a quota', () => {
  it('is the usual one save for what is said', () => {
    expect(readQuota('entries=10,content=1GB')).toEqual({ ...USUAL_QUOTA, entries: 10, content: 1e9 })
  })

  it.each(['', 'entries', 'entries=ten', 'entries=1kB', 'people=1', 'toString=1', 'content=1GB=2'])(
    '%j is none',
    (text) => {
      expect(readQuota(text)).toBeNull()
    },
  )

  it('is spent when as much came as it allows, and only of what is asked', () => {
    const used = { entries: 10, records: 5, objects: 0, content: 0 }
    expect(spentQuota(used, { ...USUAL_QUOTA, entries: 11 }, ['entries', 'records'])).toBeNull()
    expect(spentQuota(used, { ...USUAL_QUOTA, entries: 10 }, ['entries', 'records'])).toBe('entries')
    expect(spentQuota(used, { ...USUAL_QUOTA, entries: 10 }, ['objects', 'content'])).toBeNull()
  })
})
