/** Rounds for tests: any small one, and the one that can be worked out by hand. */
import fc from 'fast-check'

import { readRound, type Round, type RuleName } from './index.ts'

/** A round as somebody writes it: amounts as numbers, lists in any order. */
export interface WrittenRound {
  readonly format: 'ayni-round/1'
  readonly kind: string
  readonly unit: string
  readonly rule: {
    readonly name: RuleName
    readonly version: 1
    readonly order?: readonly string[] | undefined
  }
  readonly groups: Readonly<Record<string, { countries?: readonly string[]; includes?: readonly string[] }>>
  readonly institutions: readonly Record<string, unknown>[]
  readonly needs: readonly Record<string, unknown>[]
  readonly offers: readonly Record<string, unknown>[]
}

/** Reads what a test wrote. Throws when it is refused. */
export function read(written: unknown): Round {
  const round = readRound(written)
  if (!round.ok) throw new Error(JSON.stringify(round.failure))
  return round.value
}

/**
 * Twelve needs, five offers, a reserve in three of them. By hand: o1 gives 30 to whoever asks for 30 and 45 to the two others; o2 keeps
 * 40 for nobody who is there and halves 60; of o3, 50 are halved first, then the 30 that its reserve leaves over; o4 gives 10 at most
 * to each; o5 would have 25/4 and 75/4 for weights of 1 and 3, and the first needs 15 at least.
 */
export const BY_HAND: WrittenRound = {
  format: 'ayni-round/1',
  kind: 'compute',
  unit: 'gpu-hour',
  rule: { name: 'leximin', version: 1 },
  groups: { least: { countries: ['MW', 'TD', 'NP'] } },
  institutions: ['KE', 'MW', 'TD', 'PE', 'BO', 'EG', 'MA', 'NP', 'AR', 'CL', 'VN', 'LA'].map((country) => ({
    id: country.toLowerCase(),
    country,
    ...(country === 'LA' && { weight: 3 }),
  })),
  needs: [
    { id: 'n01', institution: 'ke', amount: 100 },
    { id: 'n02', institution: 'mw', amount: 100 },
    { id: 'n03', institution: 'td', amount: 30 },
    { id: 'n04', institution: 'pe', amount: 90 },
    { id: 'n05', institution: 'bo', amount: 90 },
    { id: 'n06', institution: 'eg', amount: 60 },
    { id: 'n07', institution: 'ma', amount: 60 },
    { id: 'n08', institution: 'np', amount: 20 },
    { id: 'n09', institution: 'ar', amount: 50 },
    { id: 'n10', institution: 'cl', amount: 8 },
    { id: 'n11', institution: 'vn', amount: 20, minimum: 15 },
    { id: 'n12', institution: 'la', amount: 20 },
  ],
  offers: [
    {
      id: 'o1',
      supplier: 's',
      amount: 120,
      eligible: { countries: ['KE', 'MW', 'TD'] },
      reserves: [{ group: 'least', amount: 60, mode: 'soft' }],
    },
    {
      id: 'o2',
      supplier: 's',
      amount: 100,
      eligible: { countries: ['PE', 'BO'] },
      reserves: [{ group: 'least', amount: 40, mode: 'hard' }],
    },
    {
      id: 'o3',
      supplier: 's',
      amount: 100,
      eligible: { countries: ['EG', 'MA', 'NP'] },
      reserves: [{ group: 'least', amount: 50, mode: 'soft' }],
    },
    { id: 'o4', supplier: 's', amount: 30, eligible: { countries: ['AR', 'CL'] }, caps: { institution: 10 } },
    { id: 'o5', supplier: 's', amount: 25, eligible: { institutions: ['vn', 'la'] } },
  ],
}

const COUNTRIES = ['AA', 'BB', 'CC']
const GROUPS = { first: { countries: ['AA'] }, both: { countries: ['BB'], includes: ['first'] } }
const ORDER = { leximin: undefined, proportional: undefined, priority: ['first', 'both'] } as const

const indexes = (count: number) => Array.from({ length: count }, (_, at) => at)

export interface Shape {
  readonly rules?: readonly RuleName[]
  readonly whole?: boolean
  readonly institutions?: number
  readonly needs?: number
  readonly offers?: number
  readonly amount?: number
  readonly weights?: readonly number[]
  readonly minimums?: boolean
  readonly modes?: readonly ('hard' | 'soft')[]
}

/** Any small round of a shape. */
export function anyRound({
  rules = ['leximin'],
  whole = false,
  institutions = 4,
  needs = 5,
  offers = 3,
  amount = 9,
  weights = [1, 2, 3],
  minimums = false,
  modes = ['hard', 'soft'],
}: Shape = {}): fc.Arbitrary<WrittenRound> {
  const some = fc.integer({ min: 1, max: amount })
  const institution = (at: number) =>
    fc.record({
      id: fc.constant(`i${at}`),
      country: fc.constantFrom(...COUNTRIES),
      weight: fc.constantFrom(...weights),
    })
  const need = (at: number, count: number) =>
    fc
      .record({
        id: fc.constant(`n${at}`),
        institution: fc.integer({ min: 0, max: count - 1 }).map((index) => `i${index}`),
        amount: some,
        minimum: some,
        at: fc.integer({ min: 1, max: 9 }).map((day) => `2026-01-0${day}T00:00:00Z`),
      })
      .map(({ minimum, ...each }) => ({ ...each, ...(minimums && minimum <= each.amount && { minimum }) }))
  const offer = (at: number, count: number) =>
    fc
      .record({
        amount: some,
        reserve: fc.option(
          fc.record({ group: fc.constantFrom('first', 'both'), part: some, mode: fc.constantFrom(...modes) }),
        ),
        capped: fc.option(fc.record({ institution: some, country: some }, { requiredKeys: [] })),
        users: fc.subarray(
          indexes(count).map((index) => `i${index}`),
          { minLength: 1 },
        ),
      })
      .map(({ amount, reserve, capped, users }) => ({
        id: `o${at}`,
        supplier: 's',
        amount,
        eligible: { institutions: users },
        ...(capped && { caps: capped }),
        ...(reserve && {
          reserves: [{ group: reserve.group, mode: reserve.mode, amount: Math.min(reserve.part, amount) }],
        }),
      }))
  return fc
    .record({
      rule: fc.constantFrom(...rules),
      institutions: fc.integer({ min: 1, max: institutions }),
      needs: fc.integer({ min: 1, max: needs }),
      offers: fc.integer({ min: 1, max: offers }),
    })
    .chain((count) =>
      fc.record({
        format: fc.constant('ayni-round/1' as const),
        kind: fc.constant(whole ? 'skills' : 'compute'),
        unit: fc.constant(whole ? 'seat' : 'gpu-hour'),
        rule: fc.constant({
          name: count.rule,
          version: 1 as const,
          ...(ORDER[count.rule] && { order: ORDER[count.rule] }),
        }),
        groups: fc.constant(GROUPS),
        institutions: fc.tuple(...indexes(count.institutions).map(institution)),
        needs: fc.tuple(...indexes(count.needs).map((at) => need(at, count.institutions))),
        offers: fc.tuple(...indexes(count.offers).map((at) => offer(at, count.institutions))),
      }),
    )
}
