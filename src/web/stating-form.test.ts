import { describe, expect, it } from 'vitest'

import type { StatedThing } from '../features/capacity/index.ts'
import { MemberId, originOf, Sha256 } from '../kernel/names.ts'
import { bodyOf, fieldsOf, list, rowsIn } from './stating-form.ts'

const MEMBER = MemberId.parse(`m${'a'.repeat(32)}`)
const place = { origin: originOf(MEMBER, 0), index: 3, leaf: Sha256.parse('3'.repeat(64)) }
const stated = {
  id: place.leaf,
  memberId: MEMBER,
  place,
  time: 0,
  state: 'open',
  replacedBy: null,
} as const
const MEASURE = { kind: 'compute', unit: 'gpu-hour', amount: 400, title: 'T', language: 'en' } as const

const THINGS: readonly StatedThing[] = [
  {
    noun: 'need',
    stated: {
      ...stated,
      body: {
        ...MEASURE,
        purpose: 'Two\nlines',
        country: 'KE',
        sector: 'health',
        minimum: 10,
        goals: [3, 4],
        from: '2027-01-01',
        until: '2027-02-01',
        memoryGb: 40,
        accelerators: ['cuda', 'rocm'],
        languages: ['sw', 'zh-Hant'],
        residency: ['KE', 'UG'],
        accepts: ['report'],
        outputs: 'Weights',
        readiness: [place],
      },
    },
  },
  {
    noun: 'offer',
    stated: {
      ...stated,
      body: {
        ...MEASURE,
        description: 'D',
        location: 'FR',
        price: { micros: 250_000, currency: 'EUR' },
        eligible: { groups: [place], countries: ['KE'], members: [MEMBER], purposes: ['health'] },
        excluded: [{ countries: ['AQ'], purposes: ['economy'], reason: 'No permit' }],
        reserves: [{ group: place, amount: 10, mode: 'hard' }],
        caps: { member: 5, country: 6 },
        conditions: [{ id: 'report', text: 'A report' }],
        standing: { each: 1, member: 2, month: 3 },
        pledge: place,
      },
    },
  },
  { noun: 'pledge', stated: { ...stated, body: { ...MEASURE, description: 'D', until: '2031-12-31' } } },
  {
    noun: 'group',
    stated: {
      ...stated,
      body: { code: 'ldc', name: 'N', source: 'S', asOf: '2026-01-01', countries: ['TD', 'NP'] },
    },
  },
]

/** A form names groups and pledges by their ids. */
const byId = (body: object) =>
  JSON.parse(JSON.stringify(body), (name, value) =>
    ['group', 'groups', 'pledge'].includes(name) && typeof value === 'object'
      ? Array.isArray(value)
        ? value.map((each) => each.leaf ?? each)
        : value.leaf
      : value,
  )

describe('the form of a statement', () => {
  it.each(THINGS)('changes a $noun without losing any of it', (thing) => {
    expect(bodyOf(thing.noun, fieldsOf(thing))).toEqual(byId(thing.stated.body))
  })

  it('leaves out what is empty, and keeps what is no number for the schema to refuse', () => {
    expect(bodyOf('need', {})).toEqual({})
    expect(bodyOf('need', { what: 'data/dataset', amount: '-3', goals: '3 x' })).toEqual({
      kind: 'data',
      unit: 'dataset',
      amount: '-3',
      goals: [3, 'x'],
    })
    expect(bodyOf('offer', { price: 'cheap', currency: 'eur' })).toEqual({
      price: { micros: 'cheap', currency: 'EUR' },
    })
    expect(bodyOf('need', { readiness: '{' })).toEqual({ readiness: '{' })
  })

  it('reads codes with the commas of every script between them', () => {
    expect(list({ codes: ' KE،NP、BO; TD\nML KE ' }, 'codes')).toEqual(['KE', 'NP', 'BO', 'TD', 'ML'])
  })

  it('has a row more than are filled, sixteen at most', () => {
    expect(rowsIn({}, 'row')).toBe(2)
    expect(rowsIn({ row3: 'x' }, 'row')).toBe(4)
    expect(rowsIn({ row16: 'x' }, 'row')).toBe(16)
  })
})
