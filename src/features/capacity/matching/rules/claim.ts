import type { Round, RuleName } from '../types.ts'
import { amountOf } from './amounts.ts'
import { compareIntegers, type Fraction } from './fraction.ts'
import type { Scene } from './network.ts'

/** What an institution may have in a round. Amounts are in parts of the scene's scale. */
export interface Claim {
  readonly id: string
  readonly country: string
  /** What its share is measured by. */
  readonly weight: bigint
  /** Everything that it asks for and could be given. */
  readonly asked: bigint
  /** Its place in the order of the priority rule. */
  readonly place: number
  /** What it received in earlier rounds. */
  readonly before: Fraction
}

const NOTHING: Fraction = { n: 0n, d: 1n }

/** The claims of all institutions, in the round's order, without the needs that are left out. */
export function claimsOf(scene: Scene, leftOut: ReadonlySet<string>): readonly Claim[] {
  const { round, scale } = scene
  const asked = new Map<string, bigint>()
  for (const { id, institution, amount } of round.needs) {
    if (leftOut.has(id)) continue
    const { n, d } = amountOf(amount)
    asked.set(institution, (asked.get(institution) ?? 0n) + n * (scale / d))
  }
  const places = placesOf(scene)
  return round.institutions.map(({ id, country, weight = 1, received }) => {
    const all = asked.get(id) ?? 0n
    return {
      id,
      country,
      weight: weightOf(round.rule.name, { weight: BigInt(weight), asked: all, scale }),
      asked: all,
      place: places.get(id) ?? 0,
      before: received === undefined ? NOTHING : amountOf(received),
    }
  })
}

/**
 * What the rule makes `received / weight` equal for. Leximin: the weight. In proportion: the weight times what is asked for. By
 * priority nothing is equal; it is the part of what was asked for that is shown.
 */
function weightOf(
  rule: RuleName,
  { weight, asked, scale }: Record<'weight' | 'asked' | 'scale', bigint>,
): bigint {
  switch (rule) {
    case 'leximin':
      return weight * scale // so that a level is in units, not in parts
    case 'proportional':
      return asked === 0n ? weight : weight * asked
    case 'priority':
      return asked === 0n ? 1n : asked
  }
}

/** By the first group in the rule's order, then by the earliest need that says when, then by id. */
function placesOf({ round, groups }: Scene): ReadonlyMap<string, number> {
  const { order = [] } = round.rule
  const earliest = earliestOf(round)
  const ranked = round.institutions.map(({ id, country }) => {
    const rank = order.findIndex((group) => groups.get(group)?.has(country))
    return { id, rank: rank < 0 ? order.length : rank, at: earliest.get(id) ?? LAST }
  })
  ranked.sort((a, b) => a.rank - b.rank || compareText(a.at, b.at) || compareText(a.id, b.id))
  return new Map(ranked.map(({ id }, place) => [id, place]))
}

/** After every time. */
const LAST = '~'

function earliestOf({ needs }: Round): ReadonlyMap<string, string> {
  const earliest = new Map<string, string>()
  for (const { institution, at } of needs) {
    const known = earliest.get(institution)
    if (at !== undefined && (known === undefined || at < known)) earliest.set(institution, at)
  }
  return earliest
}

export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** Compares `left / leftWeight` with `right / rightWeight`. */
export function compareShares(left: bigint, leftWeight: bigint, right: bigint, rightWeight: bigint): number {
  return compareIntegers(left * rightWeight, right * leftWeight)
}
