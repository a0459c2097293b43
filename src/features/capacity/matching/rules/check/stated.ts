/** What a result states of one pass, read and summed up, so that it can be held against the round. */
import { fail, type Result, succeed } from '../../../../../kernel/result.ts'
import type { MatchResult, NodeSet } from '../../types.ts'
import { isWhole } from '../amounts.ts'
import { compareText } from '../claim.ts'
import { commonMultiple, formatFraction, type Fraction, parseFraction } from '../fraction.ts'
import type { Network, Node, Scene } from '../network.ts'
import { type CheckProblem, wrong } from './finding.ts'

/** Sums by what they are of. */
export type Tally = ReadonlyMap<string, bigint>
type Counting = Map<string, bigint>

/** What one offer gave. */
export interface Given {
  readonly all: bigint
  readonly byCountry: Tally
  readonly byInstitution: Tally
  /** What came from its reserves. */
  readonly drawn: bigint
  readonly drawnBy: Tally
  readonly byGroup: Tally
}

/** What was given, summed up, in parts of which every amount is a whole number. */
export interface Sums {
  /** So many parts are one part of the scene's scale. */
  readonly fine: bigint
  readonly offers: ReadonlyMap<string, Given>
  readonly needs: Tally
  readonly institutions: Tally
}

export type Lists = Pick<MatchResult, 'allocations' | 'reserved'>

/** The sums of what is given; fails where a list is out of order or an amount is not what amounts are. */
export function sumsOf(scene: Scene, lists: Lists): Result<Sums, CheckProblem> {
  const allocated = amountsOf(scene, lists.allocations, ({ need, offer }) => [need, offer])
  if (!allocated.ok) return fail(wrong('allocation', `allocations.${allocated.failure}`))
  const drawn = amountsOf(scene, lists.reserved, ({ offer, group, country }) => [offer, group, country])
  if (!drawn.ok) return fail(wrong('allocation', `reserved.${drawn.failure}`))
  const dividers = new Set([...allocated.value, ...drawn.value].map(({ d }) => d))
  const parts = commonMultiple([scene.scale, ...dividers])
  const inParts = (amount: Fraction | undefined) => (amount ? amount.n * (parts / amount.d) : 0n)
  const owners = new Map(scene.askers.map((asker) => [asker.need.id, asker]))
  const [offers, needs, institutions] = [new Map<string, Gathered>(), counting(), counting()]
  for (const [at, { need, offer }] of lists.allocations.entries()) {
    const [owner, given, part] = [owners.get(need), gatheredBy(offers, offer), inParts(allocated.value[at])]
    given.all += part
    count(given.byCountry, owner?.home ?? '', part)
    count(given.byInstitution, owner?.need.institution ?? '', part)
    count(needs, need, part)
    count(institutions, owner?.need.institution ?? '', part)
  }
  for (const [at, { offer, group, country }] of lists.reserved.entries()) {
    const [given, part] = [gatheredBy(offers, offer), inParts(drawn.value[at])]
    given.drawn += part
    count(given.drawnBy, country, part)
    count(given.byGroup, group, part)
  }
  return succeed({ fine: parts / scene.scale, offers, needs, institutions })
}

export function totalOf({ institutions }: Sums, id: string): bigint {
  return institutions.get(id) ?? 0n
}

/** The amounts of a list that is in order and names nothing twice; fails with the index of the first that is wrong. */
function amountsOf<Each extends { readonly amount: string }>(
  scene: Scene,
  list: readonly Each[],
  keyOf: (each: Each) => readonly string[],
): Result<readonly Fraction[], number> {
  const amounts: Fraction[] = []
  let last: readonly string[] = []
  for (const [at, each] of list.entries()) {
    const [key, amount] = [keyOf(each), amountIn(scene, each.amount)]
    if (!amount || (at > 0 && compareKeys(last, key) >= 0)) return fail(at)
    amounts.push(amount)
    last = key
  }
  return succeed(amounts)
}

/** A positive amount in lowest terms, whole where the unit has no parts; null for any other text. */
function amountIn({ round }: Scene, text: string): Fraction | null {
  const amount = parseFraction(text)
  const isOne =
    amount !== null &&
    amount.n > 0n &&
    formatFraction(amount) === text &&
    (amount.d === 1n || !isWhole(round))
  return isOne ? amount : null
}

function compareKeys(left: readonly string[], right: readonly string[]): number {
  const differs = left.findIndex((part, at) => part !== right[at])
  return differs < 0 ? 0 : compareText(left[differs] ?? '', right[differs] ?? '')
}

/** What one offer gave, while it is summed up. */
interface Gathered extends Given {
  all: bigint
  drawn: bigint
  readonly byCountry: Counting
  readonly byInstitution: Counting
  readonly drawnBy: Counting
  readonly byGroup: Counting
}

function gatheredBy(offers: Map<string, Gathered>, offer: string): Gathered {
  const known = offers.get(offer)
  if (known) return known
  const given: Gathered = {
    all: 0n,
    byCountry: counting(),
    byInstitution: counting(),
    drawn: 0n,
    drawnBy: counting(),
    byGroup: counting(),
  }
  offers.set(offer, given)
  return given
}

function counting(): Counting {
  return new Map()
}

function count(tally: Counting, key: string, part: bigint): void {
  tally.set(key, (tally.get(key) ?? 0n) + part)
}

/** Finds the number of a node by its name. */
export type Numbers = (node: Node) => number | undefined

export function numbersOf({ nodes }: Network): Numbers {
  const byKind = new Map<Node['kind'], Map<string, Map<string, number>>>()
  for (const [number, node] of nodes.entries()) {
    const [id, detail] = nameOf(node)
    const byId = byKind.get(node.kind) ?? new Map<string, Map<string, number>>()
    byKind.set(node.kind, byId)
    byId.set(id, (byId.get(id) ?? new Map<string, number>()).set(detail, number))
  }
  return (node) => {
    const [id, detail] = nameOf(node)
    return byKind.get(node.kind)?.get(id)?.get(detail)
  }
}

/** What tells a node from others of its kind. */
function nameOf(node: Node): readonly [id: string, detail: string] {
  switch (node.kind) {
    case 'source':
    case 'sink':
      return ['', '']
    case 'need':
    case 'institution':
      return [node.id, '']
    case 'pool':
      return [node.offer, node.group ?? '']
    case 'country':
    case 'countryCap':
      return [node.offer, node.country]
    case 'institutionCap':
      return [node.offer, node.institution]
  }
}

/**
 * Of each node in which set it is first, or how many sets there are; null when a name is not of the network, twice in the
 * sets, or out of order.
 */
export function ranksOf(
  { nodes }: Network,
  numberOf: Numbers,
  sets: readonly NodeSet[],
): readonly number[] | null {
  const ranks = nodes.map(() => sets.length)
  for (const [rank, set] of sets.entries())
    for (const kind of nodesOf(set)) {
      let last = -1
      for (const node of kind) {
        const number = numberOf(node)
        if (number === undefined || number <= last || ranks[number] !== sets.length) return null
        ranks[number] = rank
        last = number
      }
    }
  return ranks
}

function nodesOf({
  pools = [],
  countries = [],
  countryCaps = [],
  institutionCaps = [],
  needs = [],
  institutions = [],
}: NodeSet): readonly (readonly Node[])[] {
  return [
    pools.map((name) => ({ kind: 'pool', ...name })),
    countries.map((name) => ({ kind: 'country', ...name })),
    countryCaps.map((name) => ({ kind: 'countryCap', ...name })),
    institutionCaps.map((name) => ({ kind: 'institutionCap', ...name })),
    needs.map((id) => ({ kind: 'need', id })),
    institutions.map((id) => ({ kind: 'institution', id })),
  ]
}
