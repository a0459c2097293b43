import type { Need, Offer, Refused, Round } from '../types.ts'
import { amountOf, scaleOf } from './amounts.ts'
import { type Asker, type Groups, groupsOf, refusal, termsOf } from './eligibility.ts'
import { add, type Fraction, ZERO } from './fraction.ts'

/** A node of the network; docs/spec/matching.md says what flows through which. */
export type Node =
  | { readonly kind: 'source' | 'sink' }
  | { readonly kind: 'need' | 'institution'; readonly id: string }
  | { readonly kind: 'pool'; readonly offer: string; readonly group?: string }
  | { readonly kind: 'country' | 'countryCap'; readonly offer: string; readonly country: string }
  | { readonly kind: 'institutionCap'; readonly offer: string; readonly institution: string }

/** Where something can flow, and how much of it at most, in parts of `scale`; null is without limit. */
export interface Arc {
  readonly from: number
  readonly to: number
  readonly capacity: bigint | null
  /** From a soft reserve to a country that it is not kept for: only when soft reserves are open to all. */
  readonly isSoft?: true
}

/** What can flow from offers to institutions, as a graph. Nodes are in the order of the specification. */
export interface Network {
  readonly nodes: readonly Node[]
  readonly arcs: readonly Arc[]
  readonly source: number
  readonly sink: number
  /** The node of each institution, in the round's order. */
  readonly institutions: readonly number[]
  /** The arc of each institution to the sink. */
  readonly exits: readonly number[]
}

/** A round with what follows from it alone: who may use what. */
export interface Scene {
  readonly round: Round
  readonly groups: Groups
  /** So many parts make one: then every amount of the round is a whole number of them. */
  readonly scale: bigint
  readonly askers: readonly Asker[]
  /** Of each offer the indexes of the needs that may use it, in order. */
  readonly eligible: readonly (readonly number[])[]
  /** The indexes of the needs for which there is an offer. */
  readonly usable: ReadonlySet<number>
}

/** Who may use what. */
export function sceneOf(round: Round): Scene {
  const groups = groupsOf(round)
  const askers = askersOf(round)
  const eligible = round.offers.map((offer) => usersOf(offer, askers, groups))
  return { round, groups, scale: scaleOf(round), askers, eligible, usable: new Set(eligible.flat()) }
}

/** Whether a round has more pairs of a need and an offer for it than a node would compute with. Stops counting there. */
export function hasMorePairs(round: Round, most: number): boolean {
  const groups = groupsOf(round)
  const askers = askersOf(round)
  let pairs = 0
  return round.offers.some((offer) => (pairs += usersOf(offer, askers, groups).length) > most)
}

function usersOf(offer: Offer, askers: readonly Asker[], groups: Groups): readonly number[] {
  const terms = termsOf(offer, groups)
  const users: number[] = []
  askers.forEach((asker, at) => {
    if (!refusal(asker, terms)) users.push(at)
  })
  return users
}

function askersOf({ institutions, needs }: Round): readonly Asker[] {
  const homes = new Map(institutions.map(({ id, country }) => [id, country]))
  return needs.map((need) => {
    const home = homes.get(need.institution) ?? ''
    return { need, home, place: need.country ?? home }
  })
}

/** Why each offer is not for a need; those that are for it are left out. */
export function refusalsOf(
  { round, groups, askers }: Scene,
  need: Need,
): readonly (Refused & { readonly offer: string })[] {
  const asker = askers.find((each) => each.need === need)
  if (!asker) return []
  return round.offers.flatMap((offer) => {
    const refused = refusal(asker, termsOf(offer, groups))
    return refused ? [{ offer: offer.id, ...refused }] : []
  })
}

/** To whom reserves are open: to their group, or the soft ones to everybody. */
export type Opening = 'closed' | 'soft'

/** A network with its reserves open so far. */
export function opened(network: Network, opening: Opening): Network {
  return opening === 'soft' ? network : { ...network, arcs: network.arcs.filter(({ isSoft }) => !isSoft) }
}

/** The network of a round without the needs that are left out, its soft reserves open to all. */
export function networkOf(scene: Scene, leftOut: ReadonlySet<string>): Network {
  const { round, scale } = scene
  const plan = new Plan(scale)
  const source = plan.node({ kind: 'source' })
  const needs = round.needs.map(({ id }) => (leftOut.has(id) ? null : plan.node({ kind: 'need', id })))
  const institutions = round.institutions.map(({ id }) => plan.node({ kind: 'institution', id }))
  const sink = plan.node({ kind: 'sink' })
  const nodeOf = new Map(round.institutions.map(({ id }, at) => [id, institutions[at] ?? source]))
  for (const [at, { institution, amount }] of round.needs.entries()) {
    const need = needs[at] ?? null
    if (need !== null) plan.arc(need, nodeOf.get(institution) ?? source, amountOf(amount))
  }
  const exits = institutions.map((node) => plan.arc(node, sink, null))
  const all = scene.askers.map(({ need, home }, at): User | null => {
    const node = needs[at] ?? null
    return node === null ? null : { node, institution: need.institution, country: home }
  })
  for (const [at, offer] of round.offers.entries()) {
    const users = (scene.eligible[at] ?? []).flatMap((need) => all[need] ?? [])
    drawOffer(plan, scene, { offer, users, source })
  }
  return { nodes: plan.nodes, arcs: plan.arcs, source, sink, institutions, exits }
}

/** A need that may use an offer. */
interface User {
  readonly node: number
  readonly institution: string
  readonly country: string
}

/** The node from which whoever is of a key goes on. */
type Way = ReadonlyMap<string, number>

/** A network while it is drawn. */
class Plan {
  readonly nodes: Node[] = []
  readonly arcs: Arc[] = []
  readonly #scale: bigint

  constructor(scale: bigint) {
    this.#scale = scale
  }

  node(node: Node): number {
    return this.nodes.push(node) - 1
  }

  arc(from: number, to: number, capacity: Fraction | null, isSoft = false): number {
    const parts = capacity && capacity.n * (this.#scale / capacity.d)
    return this.arcs.push(isSoft ? { from, to, capacity: parts, isSoft } : { from, to, capacity: parts }) - 1
  }
}

interface Drawn {
  readonly offer: Offer
  readonly users: readonly User[]
  readonly source: number
}

/** An offer from its pools through its limits to the needs that may use it. */
function drawOffer(plan: Plan, { groups }: Scene, { offer, users, source }: Drawn): void {
  const { id, caps = {}, reserves = [] } = offer
  const countries = [...new Set(users.map(({ country }) => country))].toSorted()
  const pools = [
    { amount: openPartOf(offer), members: null, isSoft: false },
    ...reserves.map(({ group, amount, mode }) => ({
      group,
      amount: amountOf(amount),
      members: groups.get(group) ?? null,
      isSoft: mode === 'soft',
    })),
  ].map(({ amount, members, isSoft, ...name }) => {
    const node = plan.node({ kind: 'pool', offer: id, ...name })
    plan.arc(source, node, amount)
    return { node, members, isSoft }
  })
  let ways: Way = new Map(
    countries.map((country) => [country, plan.node({ kind: 'country', offer: id, country })]),
  )
  for (const [country, node] of ways)
    for (const pool of pools) {
      const isKept = pool.members === null || pool.members.has(country)
      if (isKept || pool.isSoft) plan.arc(pool.node, node, null, !isKept)
    }
  if (caps.country !== undefined) {
    const most = amountOf(caps.country)
    ways = narrowed(plan, ways, most, countries, (country) => ({ kind: 'countryCap', offer: id, country }))
  }
  let endOf = ({ country }: User) => ways.get(country) ?? source
  if (caps.institution !== undefined) {
    const most = amountOf(caps.institution)
    const before = new Map(users.map((user) => [user.institution, endOf(user)]))
    const ends = narrowed(plan, before, most, [...before.keys()].toSorted(), (institution) => ({
      kind: 'institutionCap',
      offer: id,
      institution,
    }))
    endOf = ({ institution }) => ends.get(institution) ?? source
  }
  for (const user of users) plan.arc(endOf(user), user.node, null)
}

/** A node behind each, into which no more than `most` flows. */
function narrowed(
  plan: Plan,
  ways: Way,
  most: Fraction,
  keys: readonly string[],
  nodeOf: (key: string) => Node,
): Way {
  return new Map(
    keys.map((key) => {
      const node = plan.node(nodeOf(key))
      plan.arc(ways.get(key) ?? 0, node, most)
      return [key, node] as const
    }),
  )
}

/** What an offer keeps for nobody. */
export function openPartOf({ amount, reserves = [] }: Offer): Fraction {
  const kept = reserves.map((each) => amountOf(each.amount)).reduce(add, ZERO)
  const { n, d } = amountOf(amount)
  return add({ n, d }, { n: -kept.n, d: kept.d })
}
