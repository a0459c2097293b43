import type { Explanation, Level, Limit } from '../types.ts'
import { amountOf } from './amounts.ts'
import { compare, formatFraction, type Fraction, ZERO } from './fraction.ts'
import { type Network, openPartOf, refusalsOf, type Scene } from './network.ts'

/** Offers that one explanation names at most; of more it says how many. */
const MOST_NAMED = 8

/** What explanations are made from. */
export interface Findings {
  readonly network: Network
  /** In which tight set a node is first; above all of them when it is in none. */
  readonly rankOf: (node: number) => number
  readonly levels: readonly Level[]
  readonly received: ReadonlyMap<string, Fraction>
  readonly leftOut: ReadonlyMap<string, { readonly minimum: string; readonly wouldHave: string }>
}

/** For each need why it got what it got. */
export function explain(scene: Scene, findings: Findings): readonly Explanation[] {
  const limits = limitsBy(scene, findings)
  const ranks = new Map(
    findings.levels.flatMap(({ institutions }, rank) => institutions.map((id) => [id, rank] as const)),
  )
  return scene.round.needs.map((need, at): Explanation => {
    const { id } = need
    if (!scene.usable.has(at))
      return { need: id, kind: 'notEligible', ...named('offers', refusalsOf(scene, need)) }
    const left = findings.leftOut.get(id)
    if (left) return { need: id, kind: 'leftOut', ...left }
    const has = findings.received.get(id) ?? ZERO
    const received = formatFraction(has)
    if (compare(has, amountOf(need.amount)) === 0) return { need: id, kind: 'complete', received }
    const rank = ranks.get(need.institution) ?? -1
    const all = limits(id, rank)
    const level = findings.levels[rank]?.level ?? '0'
    return { need: id, kind: kindOf(all), received, level, ...named('limits', all) }
  })
}

/** The first few of a list under its name, and how many more there are. */
function named<Each, Name extends string>(
  name: Name,
  all: readonly Each[],
): Record<Name, Each[]> & { more?: number } {
  const list = { [name]: all.slice(0, MOST_NAMED) } as Record<Name, Each[]> // it has the one key
  return { ...list, ...(all.length > MOST_NAMED && { more: all.length - MOST_NAMED }) }
}

function kindOf(limits: readonly Limit[]): 'shared' | 'capped' | 'reserved' {
  if (limits.some(({ by }) => by === 'full')) return 'shared'
  return limits.some(({ by }) => by !== 'reserved') ? 'capped' : 'reserved'
}

/** What keeps each offer from giving more to a need: on the way back to its pools the first node outside the tight set. */
function limitsBy(
  { round }: Scene,
  { network, rankOf }: Findings,
): (need: string, rank: number) => readonly Limit[] {
  const ways = waysOf(network)
  const nodeOf = new Map(
    network.nodes.flatMap((node, at) => (node.kind === 'need' ? [[node.id, at] as const] : [])),
  )
  const keepAll = new Set(round.offers.filter((offer) => openPartOf(offer).n === 0n).map(({ id }) => id))
  const limitAt = (at: number, rank: number): Limit['by'] => {
    const node = network.nodes[at]
    const before = ways[at] ?? []
    if (node?.kind !== 'country' && node?.kind !== 'countryCap' && node?.kind !== 'institutionCap')
      return 'full'
    if (node.kind === 'country')
      return before.length > (keepAll.has(node.offer) ? 1 : 0) ? 'full' : 'reserved'
    const [only = at] = before
    return rankOf(only) > rank ? node.kind : limitAt(only, rank)
  }
  return (need, rank) =>
    (ways[nodeOf.get(need) ?? -1] ?? []).flatMap((at) => {
      const node = network.nodes[at]
      return node && 'offer' in node ? [{ offer: node.offer, by: limitAt(at, rank) }] : []
    })
}

/** Of each node from where something can come to it, in order. */
function waysOf({ nodes, arcs }: Network): readonly (readonly number[])[] {
  const ways: number[][] = nodes.map(() => [])
  for (const { from, to } of arcs) ways[to]?.push(from)
  return ways
}
