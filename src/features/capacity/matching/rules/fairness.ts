import type { Fairness, Received } from '../types.ts'
import { amountOf } from './amounts.ts'
import { compare, divide, formatFraction, type Fraction, fraction, sum, ZERO } from './fraction.ts'
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
  const sorted = values.toSorted(compare)
  const all = sum(sorted)
  const spread = sum(
    sorted.map(({ n, d }, at) => ({ n: BigInt(2 * at + 1 - sorted.length) * n, d })), // below zero for the lower half
  )
  return all.n === 0n ? ZERO : divide(spread, divide(all, { n: 1n, d: BigInt(sorted.length) }))
}
