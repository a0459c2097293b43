import type { Allocation, Draw, Outcome, Pass, Received, Round } from '../types.ts'
import { amountOf, isWhole } from './amounts.ts'
import { nodeSet, route, type Tight, tightSets } from './certificate.ts'
import { claimsOf, compareText } from './claim.ts'
import { explain } from './explanations.ts'
import { fairnessOf } from './fairness.ts'
import { add, compare, divide, formatFraction, type Fraction, ZERO } from './fraction.ts'
import { leximin, type Question } from './leximin.ts'
import { type Network, networkOf, opened, type Opening, type Scene } from './network.ts'
import { byPriority } from './priority.ts'
import { wholeLeximin } from './whole.ts'

/** One pass with everything that follows from it. */
interface Ran {
  readonly network: Network
  /** In parts of the scale. */
  readonly totals: readonly Fraction[]
  readonly amounts: readonly Fraction[]
  readonly tight: readonly Tight[]
}

/** A need that was left out, and what it would have had. */
interface Left {
  readonly minimum: string
  readonly wouldHave: string
}

/** Decides a round. Nothing but the round makes a difference: the same round gives the same outcome everywhere. */
export function decide(scene: Scene, roundHash: Outcome['round']): Outcome {
  const unusable = unusableIn(scene)
  const leftOut = new Map<string, Left>()
  for (;;) {
    const passes = run(scene, new Set([...unusable, ...leftOut.keys()]))
    const below = leaving(scene.round, received(passes), new Set([...unusable, ...leftOut.keys()]))
    if (below.length === 0) return outcomeOf(scene, roundHash, passes, leftOut)
    for (const [need, left] of below) leftOut.set(need, left)
  }
}

/** Needs for which there is no offer: they ask for nothing. */
export function unusableIn({ round, usable }: Scene): ReadonlySet<string> {
  return new Set(round.needs.filter((_, at) => !usable.has(at)).map(({ id }) => id))
}

/** How reserves stand in each pass: where there are soft ones, what they leave over is open to all in a second one. */
export function openings({ offers }: Round): readonly Opening[] {
  return offers.some(({ reserves = [] }) => reserves.some(({ mode }) => mode === 'soft'))
    ? ['closed', 'soft']
    : ['closed']
}

function run(scene: Scene, without: ReadonlySet<string>): readonly Ran[] {
  const claims = claimsOf(scene, without)
  const passes: Ran[] = []
  let base: readonly Fraction[] = claims.map(() => ZERO)
  const network = networkOf(scene, without)
  for (const opening of openings(scene.round)) {
    const pass = runPass(scene, { network: opened(network, opening), claims, base })
    passes.push(pass)
    base = pass.totals
  }
  return passes
}

function runPass({ round, scale }: Scene, question: Question): Ran {
  const { network, claims } = question
  const totals = totalsOf(round, question)
  const { amounts, flow } = route(network, totals, scale)
  const tight = tightSets(round.rule.name, { network, claims, totals, flow, isWhole: isWhole(round) })
  return { network, totals, amounts, tight }
}

function totalsOf(round: Round, question: Question): readonly Fraction[] {
  if (round.rule.name === 'priority') return byPriority(question)
  const exact = leximin(question)
  return isWhole(round) ? wholeLeximin(question, exact) : exact
}

/** What each need received in the last pass. */
function received(passes: readonly Ran[]): ReadonlyMap<string, Fraction> {
  const last = passes.at(-1)
  const totals = new Map<string, Fraction>()
  for (const { need, amount } of last ? allocationsOf(last) : [])
    totals.set(need, add(totals.get(need) ?? ZERO, amountOf(amount)))
  return totals
}

/** Of the needs below their minimum the quarter that is furthest from it, at least one. */
function leaving(round: Round, received: ReadonlyMap<string, Fraction>, without: ReadonlySet<string>) {
  const below = round.needs.flatMap(({ id, amount, minimum, indivisible }) => {
    const least = indivisible ? amount : minimum
    const has = received.get(id) ?? ZERO
    if (least === undefined || without.has(id) || compare(has, amountOf(least)) >= 0) return []
    return [
      { id, part: divide(has, amountOf(least)), left: { minimum: least, wouldHave: formatFraction(has) } },
    ]
  })
  below.sort((left, right) => compare(left.part, right.part) || compareText(left.id, right.id))
  return below.slice(0, Math.ceil(below.length / 4)).map(({ id, left }) => [id, left] as const)
}

function outcomeOf(
  scene: Scene,
  roundHash: Outcome['round'],
  passes: readonly Ran[],
  leftOut: ReadonlyMap<string, Left>,
): Outcome {
  const { round } = scene
  const last = passes.at(-1)
  if (!last) throw new Error('a round without a pass')
  const levels = passes.map(({ tight }) => tight.map(({ level }) => level))
  const all = receivedBy(scene, last)
  const ranks = ranksOf(last.tight)
  return {
    format: 'ayni-result/1',
    round: roundHash,
    rule: round.rule,
    allocations: allocationsOf(last),
    reserved: drawsOf(last),
    received: all,
    levels,
    certificate: passes.map((pass) => passOf(pass, pass === last)),
    leftOut: [...leftOut]
      .map(([need, left]) => ({ need, ...left }))
      .toSorted((a, b) => compareText(a.need, b.need)),
    fairness: fairnessOf(scene, all),
    explanations: [
      ...explain(scene, {
        network: last.network,
        rankOf: (node) => ranks.get(node) ?? Infinity,
        levels: levels.at(-1) ?? [],
        received: received(passes),
        leftOut,
      }),
    ],
  }
}

function ranksOf(tight: readonly Tight[]): ReadonlyMap<number, number> {
  return new Map(tight.flatMap(({ added }, rank) => added.map((node) => [node, rank] as const)))
}

function passOf({ network, tight, ...ran }: Ran, isLast: boolean): Pass {
  const sets = tight.map(({ added }) => nodeSet(added.flatMap((at) => network.nodes[at] ?? [])))
  if (isLast) return { sets }
  const pass = { network, tight, ...ran }
  return { allocations: allocationsOf(pass), reserved: drawsOf(pass), sets }
}

function allocationsOf({ network, amounts }: Ran): Allocation[] {
  const allocations = network.arcs.flatMap(({ from, to }, arc) => {
    const [tail, head, amount] = [network.nodes[from], network.nodes[to], amounts[arc] ?? ZERO]
    if (amount.n === 0n || head?.kind !== 'need' || !tail || !('offer' in tail)) return []
    return [{ need: head.id, offer: tail.offer, amount: formatFraction(amount) }]
  })
  return allocations.toSorted((a, b) => compareText(a.need, b.need) || compareText(a.offer, b.offer))
}

function drawsOf({ network, amounts }: Ran): Draw[] {
  const draws = network.arcs.flatMap(({ from, to }, arc) => {
    const [tail, head, amount] = [network.nodes[from], network.nodes[to], amounts[arc] ?? ZERO]
    if (amount.n === 0n || tail?.kind !== 'pool' || tail.group === undefined || head?.kind !== 'country')
      return []
    return [{ offer: tail.offer, group: tail.group, country: head.country, amount: formatFraction(amount) }]
  })
  return draws.toSorted(
    (a, b) =>
      compareText(a.offer, b.offer) || compareText(a.group, b.group) || compareText(a.country, b.country),
  )
}

/** Of every institution that stated a need. */
function receivedBy({ round, scale }: Scene, { totals }: Ran): Received[] {
  const asking = new Set(round.needs.map(({ institution }) => institution))
  return round.institutions.flatMap(({ id }, at) => {
    const { n, d } = totals[at] ?? ZERO
    return asking.has(id)
      ? [{ institution: id, amount: formatFraction(divide({ n, d }, { n: scale, d: 1n })) }]
      : []
  })
}
