import type { Level, NodeSet, RuleName } from '../types.ts'
import { type Claim, compareShares } from './claim.ts'
import { Flow, Graph } from './flow.ts'
import { commonMultiple, compare, formatFraction, type Fraction, fraction, ZERO } from './fraction.ts'
import type { Network, Node } from './network.ts'

/** Who gets what of which offer, made from nothing but the network and the totals, in the one way that is specified. */
export interface Routing {
  /** What each arc carries, in units. */
  readonly amounts: readonly Fraction[]
  readonly flow: Flow
}

/** The canonical flow: Dinic's algorithm from zero, institutions limited to their totals. */
export function route(network: Network, totals: readonly Fraction[], scale: bigint): Routing {
  const parts = commonMultiple(totals.map(({ d }) => d))
  const exits = new Map(network.exits.map((exit, at) => [exit, totals[at] ?? ZERO]))
  const wanted = totals.reduce((sum, { n, d }) => sum + n * (parts / d), 0n)
  const capacities = network.arcs.map(({ capacity }, arc) => {
    const total = exits.get(arc)
    return total ? total.n * (parts / total.d) : capacity === null ? wanted + 1n : capacity * parts
  })
  const flow = new Flow(new Graph(network, network.arcs), capacities)
  if (flow.maximise() !== wanted) throw new Error('totals that cannot be had')
  return {
    amounts: network.arcs
      .keys()
      .map((arc) => fraction(flow.amount(arc), parts * scale))
      .toArray(),
    flow,
  }
}

/** A level, and the nodes that its tight set has beyond those of the levels before. */
export interface Tight {
  readonly level: Level
  readonly added: readonly number[]
}

/**
 * Why nobody who would take more could have it: for each level, worst off first, everything that what they have could come
 * from. It is full, and nobody there is better off.
 */
export function tightSets(
  rule: RuleName,
  {
    network,
    claims,
    totals,
    flow,
    isWhole,
  }: {
    network: Network
    claims: readonly Claim[]
    totals: readonly Fraction[]
    flow: Flow
    isWhole: boolean
  },
): readonly Tight[] {
  const order = orderOf(rule, isWhole)
  const short = claims
    .map((claim, at) => ({
      claim,
      node: network.institutions[at] ?? network.source,
      total: totals[at] ?? ZERO,
    }))
    .filter(({ claim, total }) => compare(total, { n: claim.asked, d: 1n }) < 0)
    .toSorted(order)
  const found = new Set<number>()
  return equalsOf(short, order).map((equals) => ({
    level: {
      level: formatFraction(equals.map(levelOf)[0] ?? ZERO),
      institutions: equals.map(({ claim }) => claim.id).toSorted(),
    },
    added: flow.reaching(
      equals.map(({ node }) => node),
      found,
    ),
  }))
}

/** A sorted list cut where its order changes. */
function equalsOf<Each>(
  sorted: readonly Each[],
  order: (left: Each, right: Each) => number,
): readonly Each[][] {
  const groups: Each[][] = []
  for (const each of sorted) {
    const last = groups.at(-1)
    if (last?.[0] !== undefined && order(last[0], each) === 0) last.push(each)
    else groups.push([each])
  }
  return groups
}

interface Short {
  readonly claim: Claim
  readonly total: Fraction
}

/** What an institution received by its weight. */
export function levelOf({ claim, total }: Short): Fraction {
  return fraction(total.n, total.d * claim.weight)
}

/** Who is served before whom by a rule; 0 for those at one level. */
function orderOf(rule: RuleName, isWhole: boolean): (left: Short, right: Short) => number {
  if (rule === 'priority') return (left, right) => left.claim.place - right.claim.place
  return ({ claim: a, total: x }, { claim: b, total: y }) => {
    const byLevel = compareShares(x.n, x.d * a.weight, y.n, y.d * b.weight)
    return byLevel || (isWhole ? Number(a.weight > b.weight) - Number(a.weight < b.weight) : 0)
  }
}

/** Nodes by kind, as a result lists them. */
export function nodeSet(nodes: readonly Node[]): NodeSet {
  const set: { -readonly [Kind in keyof NodeSet]: NodeSet[Kind] } = {}
  for (const node of nodes)
    switch (node.kind) {
      case 'pool':
        ;(set.pools ??= []).push({
          offer: node.offer,
          ...(node.group !== undefined && { group: node.group }),
        })
        break
      case 'country':
        ;(set.countries ??= []).push({ offer: node.offer, country: node.country })
        break
      case 'countryCap':
        ;(set.countryCaps ??= []).push({ offer: node.offer, country: node.country })
        break
      case 'institutionCap':
        ;(set.institutionCaps ??= []).push({ offer: node.offer, institution: node.institution })
        break
      case 'need':
        ;(set.needs ??= []).push(node.id)
        break
      case 'institution':
        ;(set.institutions ??= []).push(node.id)
        break
      case 'source':
      case 'sink':
        throw new Error('a tight set with an end of the network')
    }
  return set
}
