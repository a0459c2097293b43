import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalJson } from '../../../kernel/canonical-json.ts'
import { bestWhole, sharesOf } from './brute-force.contract.ts'
import { check, match } from './index.ts'
import { anyRound, read, type WrittenRound } from './rounds.contract.ts'

const holds = <Value>(arbitrary: fc.Arbitrary<Value>, property: (value: Value) => void, numRuns = 300) =>
  fc.assert(fc.property(arbitrary, property), { numRuns })

const ALL = ['leximin', 'proportional', 'priority'] as const

describe('what comes out of a round', () => {
  it('is found right by the checker, by any rule, in parts and in whole units, with and without minimums', () => {
    const rounds = fc.oneof(
      anyRound({ rules: ALL }),
      anyRound({ rules: ALL, whole: true }),
      anyRound({ rules: ALL, minimums: true }),
      anyRound({ rules: ALL, whole: true, minimums: true }),
    )
    holds(
      rounds,
      (written) => {
        const round = read(written)
        expect(check(round, match(round))).toMatchObject({ ok: true })
      },
      2000,
    )
  })

  it('does not depend on the order in which anything is listed', () => {
    const shuffled = (written: WrittenRound) =>
      fc
        .tuple(
          fc.shuffledSubarray([...written.institutions], { minLength: written.institutions.length }),
          fc.shuffledSubarray([...written.needs], { minLength: written.needs.length }),
          fc.shuffledSubarray([...written.offers], { minLength: written.offers.length }),
        )
        .map(
          ([institutions, needs, offers]) => [written, { ...written, institutions, needs, offers }] as const,
        )
    holds(anyRound({ rules: ALL, minimums: true }).chain(shuffled), ([written, other]) => {
      expect(canonicalJson(match(read(other)))).toBe(canonicalJson(match(read(written))))
    })
  })

  it('is the best of all ways to give whole units, pass by pass', () => {
    const rounds = anyRound({
      whole: true,
      institutions: 3,
      needs: 3,
      offers: 2,
      amount: 4,
      weights: [1, 2, 5],
    })
    holds(
      rounds,
      (written) => {
        const round = read(written)
        const result = match(round)
        let base: ReadonlyMap<string, number> = new Map()
        for (const [at, { allocations = result.allocations }] of result.certificate.entries()) {
          const best = bestWhole(round, base, at === 1)
          expect(sharesOf(round, allocations).shares).toEqual(best)
          base = sharesOf(round, allocations).has
        }
      },
      500,
    )
  })
})
