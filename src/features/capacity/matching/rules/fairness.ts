import type { Fairness, Received } from '../types.ts'
import { amountOf } from './amounts.ts'
import {
  commonMultiple,
  compare,
  divide,
  formatFraction,
  type Fraction,
  fraction,
  sum,
  ZERO,
} from './fraction.ts'
import type { Scene } from './network.ts'

/** How even a result is, in three figures, from what each institution received. */
export function fairnessOf(scene: Scene, received: readonly Received[]): Fairness {
  const { round, groups } = scene
  const has = new Map(received.map(({ institution, amount }) => [institution, amountOf(amount)]))
  const asked = askedOf(scene)
  const eligible = round.institutions.filter(({ id }) => asked.has(id))
  const parts = eligible.map(({ id }) => divide(has.get(id) ?? ZERO, asked.get(id) ?? ZERO))
  const shares = eligible.map(({ id, weight = 1 }) => divide(has.get(id) ?? ZERO, fraction(BigInt(weight))))
  const all = sum([...has.values()])
  const countries = new Map(round.institutions.map(({ id, country }) => [id, country]))
  return {
    least:
      parts.length === 0
        ? null
        : formatFraction(parts.reduce((least, each) => (compare(each, least) < 0 ? each : least))),
    gini: shares.length === 0 ? null : formatFraction(gini(shares)),
    groups: [...groups.keys()].toSorted().map((group) => {
      const inside = [...has].filter(([id]) => groups.get(group)?.has(countries.get(id) ?? ''))
      const share = all.n === 0n ? ZERO : divide(sum(inside.map(([, amount]) => amount)), all)
      return { group, share: formatFraction(share) }
    }),
  }
}

/** What institutions asked for of that for which there was an offer. */
function askedOf({ askers, usable }: Scene): ReadonlyMap<string, Fraction> {
  const asked = Map.groupBy(
    askers.filter((_, at) => usable.has(at)),
    ({ need }) => need.institution,
  )
  return new Map([...asked].map(([id, needs]) => [id, sum(needs.map(({ need }) => amountOf(need.amount)))]))
}

/** The mean difference of all pairs by twice the mean; 0 when there is nothing. */
function gini(values: readonly Fraction[]): Fraction {
  const parts = commonMultiple(values.map(({ d }) => d))
  const sorted = values
    .map(({ n, d }) => n * (parts / d))
    .toSorted((left, right) => (left < right ? -1 : left > right ? 1 : 0))
  const count = BigInt(sorted.length)
  const all = sorted.reduce((total, each) => total + each, 0n)
  const spread = sorted.reduce((total, each, at) => total + (2n * BigInt(at + 1) - count - 1n) * each, 0n)
  return all === 0n ? ZERO : fraction(spread, count * all)
}
