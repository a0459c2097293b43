/**
 * Whether a result is what its round's rule asks for, by sums alone: nothing here searches for a flow. It shares with what
 * computes results the reading of the round, who may use what, and which edges there are.
 */
import { canonicalJson, type Json } from '../../../../kernel/canonical-json.ts'
import type { Sha256 } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { type Level, MatchResult, type NodeSet, type Offer } from '../types.ts'
import { amountOf, isWhole } from './amounts.ts'
import { type Claim, claimsOf, compareText } from './claim.ts'
import { explain } from './explanations.ts'
import { fairnessOf } from './fairness.ts'
import {
  commonMultiple,
  compare,
  compareIntegers,
  formatFraction,
  type Fraction,
  fraction,
  parseFraction,
  ZERO,
} from './fraction.ts'
import { openings, unusableIn } from './match.ts'
import {
  type Network,
  networkOf,
  opened,
  type Node,
  type Opening,
  openPartOf,
  type Scene,
} from './network.ts'

/** What can be wrong with a result, in the order in which it is looked for. */
export const CHECK_REASONS = [
  'malformed',
  'resultHash',
  'otherRound',
  'otherRule',
  'leftOut',
  'allocation',
  'notEligible',
  'overNeed',
  'overOffer',
  'overReserve',
  'overCap',
  'belowMinimum',
  'belowBase',
  'received',
  'level',
  'set',
  'notTight',
  'betterOff',
  'fairness',
  'explanation',
] as const
export type CheckReason = (typeof CHECK_REASONS)[number]

/** The first thing that is wrong, and where. */
export interface CheckProblem {
  readonly reason: CheckReason
  readonly place: string
}

/** Hashes as a result has them, of its round and of itself. */
export interface Hashes {
  readonly round: Sha256
  of(json: string): Sha256
}

type Finding = CheckProblem | null

/** The result, or the first thing that is wrong with it. */
export function check(scene: Scene, json: unknown, hashes: Hashes): Result<MatchResult, CheckProblem> {
  const parsed = MatchResult.safeParse(json)
  if (!parsed.success) return fail(wrong('malformed', parsed.error.issues[0]?.path.join('.') ?? ''))
  const finding = checkWhole(scene, parsed.data, hashes)
  return finding ? fail(finding) : succeed(parsed.data)
}

function checkWhole(scene: Scene, result: MatchResult, hashes: Hashes): Finding {
  const { resultHash, ...rest } = result
  if (hashes.of(canonicalJson(rest)) !== resultHash) return wrong('resultHash', 'resultHash')
  if (result.round !== hashes.round) return wrong('otherRound', 'round')
  if (canonicalJson(result.rule) !== canonicalJson(scene.round.rule)) return wrong('otherRule', 'rule')
  return checkLeftOut(scene, result) ?? checkPasses(scene, result)
}

function wrong(reason: CheckReason, place: string): CheckProblem {
  return { reason, place }
}

/** The first finding of a list of checks. */
function first<Each>(all: Iterable<Each>, look: (each: Each, at: number) => Finding): Finding {
  let at = 0
  for (const each of all) {
    const finding = look(each, at++)
    if (finding) return finding
  }
  return null
}

/** Only a need that has a minimum, and would have had less, is left out. Which ones are is the rule's to say, not the certificate's. */
function checkLeftOut({ round, usable }: Scene, { leftOut }: MatchResult): Finding {
  const needs = new Map(round.needs.map((need, at) => [need.id, { need, at }] as const))
  return first(leftOut, ({ need: id, minimum, wouldHave }, at) => {
    const known = needs.get(id)
    const least = known?.need.indivisible ? known.need.amount : known?.need.minimum
    const would = parseFraction(wouldHave)
    const isRight =
      known !== undefined &&
      usable.has(known.at) &&
      least === minimum &&
      would !== null &&
      formatFraction(would) === wouldHave
    const isInOrder = at === 0 || (leftOut[at - 1]?.need ?? '') < id
    return isRight && isInOrder && compare(would, amountOf(least)) < 0
      ? null
      : wrong('leftOut', `leftOut.${id}`)
  })
}

function checkPasses(scene: Scene, result: MatchResult): Finding {
  const { certificate, levels, leftOut } = result
  const ways = openings(scene.round)
  if (certificate.length !== ways.length || levels.length !== ways.length)
    return wrong('malformed', 'certificate')
  const without = new Set([...unusableIn(scene), ...leftOut.map(({ need }) => need)])
  const claims = claimsOf(scene, without)
  const whole = networkOf(scene, without)
  const numbers = new Map(whole.nodes.map((node, at) => [nameOf(node), at]))
  let base: readonly Fraction[] = claims.map(() => ZERO)
  for (const [at, opening] of ways.entries()) {
    const { allocations, reserved, sets = [] } = certificate[at] ?? {}
    const isLast = at === ways.length - 1
    if (isLast && (allocations || reserved)) return wrong('malformed', `certificate.${at}`)
    const given = isLast ? result : { allocations: allocations ?? [], reserved: reserved ?? [] }
    const network = opened(whole, opening)
    const pass: Matter = {
      scene,
      without,
      claims,
      network,
      opening,
      base,
      given,
      levels: levels[at] ?? [],
      sets,
    }
    const sums = sumsOf(pass)
    const ranks = ranksOf(numbers, sets)
    const place = `certificate.${at}`
    const finding =
      checkGiven(pass, sums) ??
      checkTotals(pass, sums) ??
      checkLevels(pass, sums, place) ??
      checkSets(pass, sums, ranks, place)
    if (finding) return finding
    base = totalsOf(pass, sums)
    if (isLast) return checkLast(pass, sums, result, ranks)
  }
  return null
}

interface Matter {
  readonly scene: Scene
  readonly without: ReadonlySet<string>
  readonly claims: readonly Claim[]
  readonly network: Network
  readonly opening: Opening
  /** What each is to have at least, in parts of the scale. */
  readonly base: readonly Fraction[]
  readonly given: Pick<MatchResult, 'allocations' | 'reserved'>
  readonly levels: readonly Level[]
  readonly sets: readonly NodeSet[]
}

/** Sums by what they are of. */
type Tally = Map<string, bigint>

/** What one offer gave. */
interface Given {
  all: bigint
  readonly byCountry: Tally
  readonly byInstitution: Tally
  /** What came from its reserves. */
  drawn: bigint
  readonly drawnBy: Tally
  readonly byGroup: Tally
}

/** What was given, summed up, in parts of which every amount is a whole number. */
interface Sums {
  /** So many parts are one part of the scene's scale. */
  readonly fine: bigint
  readonly offers: ReadonlyMap<string, Given>
  readonly needs: Tally
  readonly institutions: Tally
}

function sumsOf({ scene, given: { allocations, reserved } }: Matter): Sums {
  const dividers = [...allocations, ...reserved].map(({ amount }) => parseFraction(amount)?.d ?? 1n)
  const parts = commonMultiple([scene.scale, ...new Set(dividers)])
  const inParts = (text: string) => {
    const { n, d } = parseFraction(text) ?? ZERO
    return n * (parts / d)
  }
  const owners = new Map(scene.askers.map((asker) => [asker.need.id, asker]))
  const sums = {
    fine: parts / scene.scale,
    offers: new Map<string, Given>(),
    needs: new Map(),
    institutions: new Map(),
  }
  for (const { need, offer, amount } of allocations) {
    const [owner, given, part] = [owners.get(need), givenBy(sums.offers, offer), inParts(amount)]
    given.all += part
    count(given.byCountry, owner?.home ?? '', part)
    count(given.byInstitution, owner?.need.institution ?? '', part)
    count(sums.needs, need, part)
    count(sums.institutions, owner?.need.institution ?? '', part)
  }
  for (const { offer, group, country, amount } of reserved) {
    const [given, part] = [givenBy(sums.offers, offer), inParts(amount)]
    given.drawn += part
    count(given.drawnBy, country, part)
    count(given.byGroup, group, part)
  }
  return sums
}

function count(tally: Tally, key: string, part: bigint): void {
  tally.set(key, (tally.get(key) ?? 0n) + part)
}

function givenBy(offers: Map<string, Given>, offer: string): Given {
  const known = offers.get(offer)
  if (known) return known
  const given = {
    all: 0n,
    byCountry: new Map(),
    byInstitution: new Map(),
    drawn: 0n,
    drawnBy: new Map(),
    byGroup: new Map(),
  }
  offers.set(offer, given)
  return given
}

function totalOf({ institutions }: Sums, id: string): bigint {
  return institutions.get(id) ?? 0n
}

/** What each institution has, in parts of the scale. */
function totalsOf({ claims }: Matter, sums: Sums): readonly Fraction[] {
  return claims.map(({ id }) => fraction(totalOf(sums, id), sums.fine))
}

/** That nobody gives more than there is, to nobody whom it is not for. */
function checkGiven(pass: Matter, sums: Sums): Finding {
  const { scene, given } = pass
  const offers = new Map(
    scene.round.offers.map((offer, at) => [offer.id, { offer, users: new Set(scene.eligible[at]) }] as const),
  )
  const needs = new Map(scene.round.needs.map(({ id }, at) => [id, at]))
  return (
    first(given.allocations, ({ need, offer, amount }, at) => {
      const last = given.allocations[at - 1]
      const isInOrder =
        !last || compareText(last.need, need) < 0 || (last.need === need && last.offer < offer)
      if (!isInOrder || !isAmount(amount, scene)) return wrong('allocation', `allocations.${at}`)
      const isFor = !pass.without.has(need) && offers.get(offer)?.users.has(needs.get(need) ?? -1)
      return isFor ? null : wrong('notEligible', `allocations.${at}`)
    }) ??
    first(given.reserved, ({ offer: id, group, country, amount }, at) => {
      const last = given.reserved[at - 1]
      const isInOrder = !last || `${last.offer} ${last.group} ${last.country}` < `${id} ${group} ${country}`
      const reserve = offers.get(id)?.offer.reserves?.find((each) => each.group === group)
      if (!reserve || !isInOrder || !isAmount(amount, scene)) return wrong('allocation', `reserved.${at}`)
      const isFor =
        scene.groups.get(group)?.has(country) || (reserve.mode === 'soft' && pass.opening === 'soft')
      return isFor ? null : wrong('notEligible', `reserved.${at}`)
    }) ??
    first(scene.round.needs, ({ id, amount }) =>
      (sums.needs.get(id) ?? 0n) > fineOf(amountOf(amount), scene, sums)
        ? wrong('overNeed', `needs.${id}`)
        : null,
    ) ??
    first(scene.round.offers, (offer) => checkOffer(offer, scene, sums))
  )
}

function isAmount(text: string, { round }: Scene): boolean {
  const amount = parseFraction(text)
  return (
    amount !== null &&
    amount.n > 0n &&
    formatFraction(amount) === text &&
    (!isWhole(round) || amount.d === 1n)
  )
}

function fineOf({ n, d }: Fraction, { scale }: Scene, { fine }: Sums): bigint {
  return n * (scale / d) * fine
}

function checkOffer(offer: Offer, scene: Scene, sums: Sums): Finding {
  const { id, caps = {}, reserves = [] } = offer
  const given = sums.offers.get(id)
  if (!given) return null
  const isAbove = (sum: bigint, most: Fraction) => sum > fineOf(most, scene, sums)
  const overCap = (tally: Tally, cap: string | undefined) =>
    cap === undefined
      ? null
      : first(tally.values(), (sum) =>
          isAbove(sum, amountOf(cap)) ? wrong('overCap', `offers.${id}`) : null,
        )
  if (isAbove(given.all - given.drawn, openPartOf(offer))) return wrong('overOffer', `offers.${id}`)
  return (
    first(reserves, ({ group, amount }) =>
      isAbove(given.byGroup.get(group) ?? 0n, amountOf(amount)) ? wrong('overReserve', `offers.${id}`) : null,
    ) ??
    first(given.drawnBy, ([country, drawn]) =>
      drawn > (given.byCountry.get(country) ?? 0n) ? wrong('overReserve', `offers.${id}`) : null,
    ) ??
    overCap(given.byCountry, caps.country) ??
    overCap(given.byInstitution, caps.institution)
  )
}

/** That nobody has less than the pass before gave. */
function checkTotals(pass: Matter, sums: Sums): Finding {
  const totals = totalsOf(pass, sums)
  return first(pass.claims, ({ id }, at) =>
    compare(totals[at] ?? ZERO, pass.base[at] ?? ZERO) < 0 ? wrong('belowBase', `received.${id}`) : null,
  )
}

/** What one institution has, beside what it asks for. */
interface Standing {
  readonly claim: Claim
  readonly total: bigint
}

/** That the levels are those of everybody who has less than was asked for, worst off first. */
function checkLevels({ scene, claims, levels, sets }: Matter, sums: Sums, place: string): Finding {
  const standings = new Map(
    claims.map((claim) => [claim.id, { claim, total: totalOf(sums, claim.id) }] as const),
  )
  const short = [...standings.values()].filter(({ claim, total }) => total < claim.asked * sums.fine)
  const listed = levels.flatMap(({ institutions }) => institutions)
  if (
    levels.length !== sets.length ||
    listed.length !== short.length ||
    new Set(listed).size !== listed.length
  )
    return wrong('level', place)
  const firsts = levels.map(({ institutions }) => standings.get(institutions[0] ?? ''))
  return first(levels, ({ level, institutions }, at) => {
    const isRight = institutions.every((id, index) => {
      const each = standings.get(id)
      const lead = firsts[at]
      if (!each || !lead || each.total >= each.claim.asked * sums.fine) return false
      const isSorted = index === 0 || (institutions[index - 1] ?? '') < id
      return (
        isSorted &&
        order(each, lead, scene) === 0 &&
        formatFraction(fraction(each.total, each.claim.weight * sums.fine)) === level
      )
    })
    const [before, here] = [firsts[at - 1], firsts[at]]
    const isAfter = at === 0 || (before && here && order(before, here, scene) < 0)
    return isRight && isAfter && here ? null : wrong('level', `${place}.${at}`)
  })
}

/** Whom the rule serves first. Negative, zero or positive. */
function order(left: Standing, right: Standing, { round }: Scene): number {
  if (round.rule.name === 'priority') return left.claim.place - right.claim.place
  const byLevel = compareIntegers(left.total * right.claim.weight, right.total * left.claim.weight)
  return byLevel || (isWhole(round) ? compareIntegers(left.claim.weight, right.claim.weight) : 0)
}

/** In which set each node is first; null when one is not in the network, twice in the sets, or out of order. */
function ranksOf(
  numbers: ReadonlyMap<string, number>,
  sets: readonly NodeSet[],
): ReadonlyMap<number, number> | null {
  const ranks = new Map<number, number>()
  for (const [rank, set] of sets.entries()) {
    let last = { kind: '', number: -1 }
    for (const node of nodesOf(set)) {
      const number = numbers.get(nameOf(node))
      const isInOrder = number !== undefined && (node.kind !== last.kind || last.number < number)
      if (!isInOrder || ranks.has(number)) return null
      ranks.set(number, rank)
      last = { kind: node.kind, number }
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
}: NodeSet): readonly Node[] {
  return [
    ...pools.map((name): Node => ({ kind: 'pool', ...name })),
    ...countries.map((name): Node => ({ kind: 'country', ...name })),
    ...countryCaps.map((name): Node => ({ kind: 'countryCap', ...name })),
    ...institutionCaps.map((name): Node => ({ kind: 'institutionCap', ...name })),
    ...needs.map((id): Node => ({ kind: 'need', id })),
    ...institutions.map((id): Node => ({ kind: 'institution', id })),
  ]
}

function nameOf(node: Node): string {
  switch (node.kind) {
    case 'source':
    case 'sink':
      return node.kind
    case 'need':
    case 'institution':
      return `${node.kind} ${node.id}`
    case 'pool':
      return `pool ${node.offer} ${node.group ?? ''}`
    case 'country':
    case 'countryCap':
      return `${node.kind} ${node.offer} ${node.country}`
    case 'institutionCap':
      return `institutionCap ${node.offer} ${node.institution}`
  }
}

/**
 * That for each level everything that could come into its set is what its institutions have, and none of them is better off
 * than the level allows: then whoever is on the level could have more only from those who have no more than it.
 */
function checkSets(
  pass: Matter,
  sums: Sums,
  ranks: ReadonlyMap<number, number> | null,
  place: string,
): Finding {
  const { network, claims, levels } = pass
  if (!ranks) return wrong('set', place)
  const rankOf = (node: number) => ranks.get(node) ?? levels.length
  const room = levels.map(() => 0n)
  const change = (rank: number, amount: bigint) => {
    if (rank < room.length) room[rank] = (room[rank] ?? 0n) + amount
  }
  for (const { from, to, capacity } of network.arcs) {
    const [outside, inside] = [rankOf(from), rankOf(to)]
    if (inside >= outside || to === network.sink) continue
    if (capacity === null) return wrong('set', `${place}.${inside}`)
    change(inside, capacity * sums.fine)
    change(outside, -capacity * sums.fine)
  }
  const places = new Map(claims.map(({ id }, at) => [id, at]))
  const isInside = levels.every(({ institutions }, rank) =>
    institutions.every((id) => rankOf(network.institutions[places.get(id) ?? -1] ?? -1) <= rank),
  )
  if (!isInside) return wrong('set', place)
  for (const [at, { id }] of claims.entries())
    change(rankOf(network.institutions[at] ?? -1), -totalOf(sums, id))
  let rest = 0n
  const loose = room.findIndex((each) => (rest += each) !== 0n)
  if (loose >= 0) return wrong('notTight', `${place}.${loose}`)
  return first(claims, (claim, at) => {
    const rank = rankOf(network.institutions[at] ?? -1)
    const lead = claims[places.get(levels[rank]?.institutions[0] ?? '') ?? -1]
    if (!lead || isAllowed({ pass, sums, claim, lead, base: pass.base[at] ?? ZERO })) return null
    return wrong('betterOff', `${place}.${rank}`)
  })
}

/** Whether an institution may keep what it has while `lead` goes short: it is no better off, or a pass before gave it. */
function isAllowed({
  pass,
  sums,
  claim,
  lead,
  base,
}: {
  pass: Matter
  sums: Sums
  claim: Claim
  lead: Claim
  base: Fraction
}): boolean {
  const [total, least] = [totalOf(sums, claim.id), totalOf(sums, lead.id)]
  if (compare(fraction(total, sums.fine), base) === 0) return true
  // Of whole units its last one is looked at: before it came, it was no better off.
  const unit = isWhole(pass.scene.round) && pass.scene.round.rule.name !== 'priority' ? sums.fine : 0n
  return order({ claim, total: total - unit }, { claim: lead, total: least }, pass.scene) <= 0
}

/** What stands only in the result as a whole. */
function checkLast(
  { scene, claims, network, ...pass }: Matter,
  sums: Sums,
  result: MatchResult,
  ranks: ReadonlyMap<number, number> | null,
): Finding {
  const unit = scene.scale * sums.fine
  const asking = new Set(scene.round.needs.map(({ institution }) => institution))
  const received = claims
    .filter(({ id }) => asking.has(id))
    .map(({ id }) => ({
      institution: id,
      amount: formatFraction(fraction(totalOf(sums, id), unit)),
    }))
  const explanations = () =>
    explain(scene, {
      network,
      ranks: ranks ?? new Map(),
      levels: pass.levels,
      received: new Map(scene.round.needs.map(({ id }) => [id, fraction(sums.needs.get(id) ?? 0n, unit)])),
      leftOut: new Map(result.leftOut.map(({ need, ...left }) => [need, left])),
    })
  return (
    first(scene.round.needs, ({ id, amount, minimum, indivisible }) => {
      const least = indivisible ? amount : minimum
      if (least === undefined || pass.without.has(id)) return null
      return (sums.needs.get(id) ?? 0n) < fineOf(amountOf(least), scene, sums)
        ? wrong('belowMinimum', `needs.${id}`)
        : null
    }) ??
    differs('received', received, result.received) ??
    differs('fairness', fairnessOf(scene, received), result.fairness) ??
    differs('explanation', [...explanations()], result.explanations)
  )
}

function differs(reason: 'received' | 'fairness' | 'explanation', right: Json, stated: Json): Finding {
  return isSame(right, stated) ? null : wrong(reason, reason === 'explanation' ? 'explanations' : reason)
}

/** Whether two values are the same, whatever the order of their members. */
function isSame(left: Json, right: Json): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null)
    return left === right
  const [ours, theirs] = [Object.entries(left), new Map(Object.entries(right))]
  return (
    ours.length === theirs.size &&
    ours.every(([key, value]) => theirs.has(key) && isSame(value, theirs.get(key) ?? null))
  )
}
