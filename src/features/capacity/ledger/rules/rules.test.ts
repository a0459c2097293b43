import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import type { Country } from '../../../../records/index.ts'
import type { AssessedAgreement, AssessedObligation } from '../../agreements/index.ts'
import type { Ledger, LedgerLine, Totals } from '../types.ts'
import { type Group, ledgerOf, linesOf, type Promised, stepBelow, writeTable } from './index.ts'
import { element, writeXml } from './xml.ts'

const members = ['a', 'b', 'c'].map((letter) => MemberId.parse(`m${letter.repeat(32)}`))
const idOf = (number: number) => Sha256.parse(number.toString(16).padStart(64, '0'))
const STATES = [
  'proposed',
  'declined',
  'active',
  'delivered',
  'disputed',
  'accepted',
  'closed',
  'cancelled',
] as const
const COUNTRIES = ['KE', 'UG', 'FR'] as const
const UNITS = [
  { kind: 'compute', unit: 'gpu-hour' },
  { kind: 'skills', unit: 'seat' },
] as const

const amount = fc.bigInt({ min: 0n, max: 10n ** 12n })
const line: fc.Arbitrary<LedgerLine> = fc
  .record({
    agreement: fc.nat(20).map(idOf),
    obligation: fc.nat(3),
    title: fc.string(),
    state: fc.constantFrom(...STATES),
    supplier: fc.constantFrom(...members),
    receiver: fc.constantFrom(...members),
    measure: fc.constantFrom(...UNITS),
    country: fc.constantFrom(...COUNTRIES),
    sector: fc.constant('health' as const),
    due: fc.constantFrom('2026-11-01', '2027-01-01'),
    need: fc.constant(null),
    offer: fc.constant(null),
    pledge: fc.option(fc.constantFrom(idOf(100), idOf(101))),
    amount,
    claimed: amount,
    delivered: amount,
    accepted: amount,
    disputed: amount,
    overdue: amount,
  })
  .map(({ measure, ...rest }) => ({ ...rest, ...measure }))

const promises: readonly Promised[] = [
  {
    pledge: idOf(100),
    memberId: members[0] ?? fail(),
    title: 'Hours',
    until: '2031-12-31',
    ...UNITS[0],
    amount: 5000n,
  },
  {
    pledge: idOf(101),
    memberId: members[1] ?? fail(),
    title: 'Places',
    until: '2031-12-31',
    ...UNITS[1],
    amount: 70n,
  },
]
const group: Group = {
  group: idOf(200),
  memberId: members[2] ?? fail(),
  code: 'ldc',
  name: 'Least developed',
  source: 'A source',
  asOf: '2026-01-01',
  countries: ['UG'],
}

function fail(): never {
  throw new Error('a fixture is missing')
}

const ledger = (lines: readonly LedgerLine[]): Ledger =>
  ledgerOf({ asOf: '2026-11-24', lines, promises, groups: [group], unopened: 0 })

/** A sum in this test's own way: one pass over everything, by unit. */
function sum(lines: readonly LedgerLine[], unit: string, part: 'delivered' | 'accepted' | 'overdue'): bigint {
  let total = 0n
  for (const each of lines) if (each.unit === unit) total += each[part]
  return total
}

const of = (totals: readonly Totals[], unit: string): Totals | undefined =>
  totals.find((each) => each.unit === unit)

describe('the ledger', () => {
  it('counts what was agreed of agreements that bind, and of no others', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const binding = lines.filter(({ state }) => !['proposed', 'declined', 'cancelled'].includes(state))
        for (const { unit } of UNITS) {
          const expected = binding
            .filter((each) => each.unit === unit)
            .reduce((all, each) => all + each.amount, 0n)
          expect(of(ledger(lines).totals, unit)?.committed ?? 0n).toBe(expected)
        }
      }),
    )
  })

  it('is the sum of its lines, however they are cut: by member, by who gives, by who receives', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const counted = ledger(lines)
        for (const { unit } of UNITS)
          for (const part of ['delivered', 'accepted', 'overdue'] as const) {
            const all = sum(lines, unit, part)
            const bySide = (side: 'supplied' | 'received') =>
              counted.members.reduce((total, account) => total + (of(account[side], unit)?.[part] ?? 0n), 0n)
            expect(of(counted.totals, unit)?.[part] ?? 0n).toBe(all)
            expect(bySide('supplied')).toBe(all)
            expect(bySide('received')).toBe(all)
          }
      }),
    )
  })

  it('counts for a pledge only what its own member gives', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const [account] = ledger(lines).pledges
        const own = lines.filter(({ pledge, supplier }) => pledge === idOf(100) && supplier === members[0])
        expect(account?.totals.promised).toBe(5000n)
        expect(account?.totals.delivered).toBe(sum(own, 'gpu-hour', 'delivered'))
      }),
    )
  })

  it('counts for a group what is for its countries', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        const there = lines.filter(({ country }) => country === 'UG')
        const [account] = ledger(lines).groups
        expect(of(account?.totals ?? [], 'seat')?.accepted ?? 0n).toBe(sum(there, 'seat', 'accepted'))
      }),
    )
  })

  it('is the same whatever order its lines came in', () => {
    const distinct = fc.uniqueArray(line, {
      maxLength: 20,
      selector: (each) => `${each.agreement} ${each.obligation}`,
    })
    fc.assert(
      fc.property(distinct, (lines) => {
        expect(ledger(lines.toReversed())).toEqual(ledger(lines))
      }),
    )
  })
})

describe('the country of a line', () => {
  const [supplier, receiver] = [members[0] ?? fail(), members[1] ?? fail()]
  const owed = { kind: 'compute', unit: 'gpu-hour', amount: 1, text: 'x', due: '2026-12-31' } as const
  const obligation = (by: MemberId, to: MemberId, index: number): AssessedObligation => ({
    index,
    body: { by, ...owed },
    by,
    to,
    amount: 1n,
    claimed: 0n,
    delivered: 0n,
    accepted: 0n,
    disputed: 0n,
    acknowledged: 0n,
    deliveries: [],
    isOverdue: () => false,
  })
  const agreement: AssessedAgreement = {
    id: idOf(1),
    place: { origin: originOf(supplier, 0), index: 1, leaf: idOf(1) },
    time: 0,
    body: {
      title: 'Hours',
      description: 'Hours.',
      language: 'en',
      parties: [supplier, receiver],
      obligations: [],
      from: '2026-01-01',
      until: '2026-12-31',
      country: 'UG',
      sector: 'health',
    },
    parties: [supplier, receiver],
    state: 'active',
    isSigned: true,
    reason: null,
    obligations: [obligation(supplier, receiver, 0), obligation(receiver, supplier, 1)],
    steps: [],
  }
  const countries = (places: readonly (readonly [MemberId, Country | null])[]) =>
    linesOf([agreement], new Map(), new Map(places), '2026-11-24').map(({ country }) => country)

  it('is that of the agreement, and of what comes back that of whoever gave', () => {
    expect(countries([])).toEqual(['UG', 'UG'])
    expect(
      countries([
        [supplier, 'FR'],
        [receiver, 'UG'],
      ]),
    ).toEqual(['UG', 'FR'])
    expect(
      countries([
        [supplier, null],
        [receiver, 'UG'],
      ]),
    ).toEqual(['UG', 'UG'])
  })
})

describe('the table', () => {
  it('has a row of twenty cells for each line, and no cell is a formula', () => {
    const [sample] = fc.sample(line, 1)
    if (!sample) return fail()
    const titles = ['=1+1', '+cmd', '@x', '-2', 'a "quoted", title\r\nin two lines']
    const [head, ...rows] = [...writeTable(titles.map((title) => ({ ...sample, title })))]
    expect(head?.split(',')).toHaveLength(20)
    expect(rows.map((row) => row.split(',')[2])).toEqual(["'=1+1", "'+cmd", "'@x", "'-2", '"a ""quoted""'])
    expect(rows[4]).toContain('"a ""quoted"", title\r\nin two lines"')
  })
})

describe('XML', () => {
  it('writes what could end an element, an attribute or the document as characters', () => {
    const written = writeXml(element('a', { b: '"<&>\n' }, ']]><b>&amp;\u0000\u0008\ud800'))
    expect(written).toBe('<a b="&quot;&lt;&amp;&gt;&#10;">]]&gt;&lt;b&gt;&amp;amp;\ufffd</a>')
  })
})

describe('a number that tells of nobody', () => {
  it.each([
    [0, 0],
    [1, 1],
    [9, 1],
    [10, 10],
    [99, 10],
    [100, 100],
    [123_456, 100_000],
  ])('of %d is %d', (count, step) => {
    expect(stepBelow(count)).toBe(step)
  })
})
