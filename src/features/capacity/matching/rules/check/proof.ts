/**
 * Proves, by sums alone and without a search for a flow, that what one pass gave is as fair as its rule asks. First, it can be
 * given: each part goes to a need that may use the offer, and no need, pool, reserve or cap is exceeded. Second, whoever has
 * less than it asked for is on exactly one level, with what it has, the worst off first. Third, the tight set of each level is
 * full: all that can come into it is what the institutions in it have. Fourth, nobody in it is better off than the level,
 * unless a pass before gave it that. So whoever is on a level could have more only if somebody no better off had less: no other
 * way to give is fairer (docs/spec/matching.md, "The certificate").
 */
import type { Level, Offer } from '../../types.ts'
import { amountOf, isWhole } from '../amounts.ts'
import { type Claim, compareShares } from '../claim.ts'
import { compareIntegers, formatFraction, type Fraction, fraction } from '../fraction.ts'
import { type Network, type Opening, openPartOf, type Scene } from '../network.ts'
import { type Finding, first, wrong } from './finding.ts'
import type { Lists, Sums, Tally } from './stated.ts'

/** One pass: what is known of it, and what is stated. */
export interface Pass {
  readonly scene: Scene
  readonly without: ReadonlySet<string>
  readonly network: Network
  readonly opening: Opening
  readonly lists: Lists
  readonly sums: Sums
  readonly levels: readonly Level[]
  /** Of each node in which level's set it is first; the number of levels for those in none. */
  readonly ranks: readonly number[]
  readonly standings: readonly Standing[]
  readonly place: string
}

/** What one institution has, beside what it asks for. */
export interface Standing {
  readonly claim: Claim
  readonly total: bigint
  /** Whether it has more than the pass before gave it, less, or the same: positive, negative, zero. */
  readonly gained: number
  /** In which level's set it is first. */
  readonly rank: number
}

export function prove(pass: Pass): Finding {
  return checkUsers(pass) ?? checkAmounts(pass) ?? checkLevels(pass) ?? checkTight(pass) ?? checkOthers(pass)
}

/** That nothing goes to anybody whom it is not for. */
function checkUsers({ scene, without, opening, lists }: Pass): Finding {
  const needs = new Map(scene.round.needs.map(({ id }, at) => [id, at]))
  const offers = new Map(scene.round.offers.map((offer, at) => [offer.id, { ...offer, at }]))
  return (
    first(lists.allocations, ({ need, offer }, at) => {
      const users = scene.eligible[offers.get(offer)?.at ?? -1] ?? []
      const isFor = !without.has(need) && users.includes(needs.get(need) ?? -1)
      return isFor ? null : wrong('notEligible', `allocations.${at}`)
    }) ??
    first(lists.reserved, ({ offer, group, country }, at) => {
      const reserve = offers.get(offer)?.reserves?.find((each) => each.group === group)
      const isOpen = reserve?.mode === 'soft' && opening === 'soft'
      const isFor = reserve && (isOpen || scene.groups.get(group)?.has(country))
      return isFor ? null : wrong('notEligible', `reserved.${at}`)
    })
  )
}

/** That nobody is given more than it needs, or less than the pass before gave it; and nobody gives more than it offers. */
function checkAmounts({ scene, sums, standings }: Pass): Finding {
  const isAbove = (has: bigint | undefined, { n, d }: Fraction) =>
    (has ?? 0n) > n * (scene.scale / d) * sums.fine
  return (
    first(scene.round.needs, ({ id, amount }) =>
      isAbove(sums.needs.get(id), amountOf(amount)) ? wrong('overNeed', `needs.${id}`) : null,
    ) ??
    first(scene.round.offers, (offer) => checkOffer(offer, sums, isAbove)) ??
    first(standings, ({ claim, gained }) => (gained < 0 ? wrong('belowBase', `received.${claim.id}`) : null))
  )
}

function checkOffer(
  offer: Offer,
  sums: Sums,
  isAbove: (has: bigint | undefined, most: Fraction) => boolean,
): Finding {
  const { id, caps = {}, reserves = [] } = offer
  const given = sums.offers.get(id)
  if (!given) return null
  const place = `offers.${id}`
  const isCapped = (tally: Tally, cap: string | undefined) =>
    cap === undefined || !tally.values().some((has) => isAbove(has, amountOf(cap)))
  if (isAbove(given.all - given.drawn, openPartOf(offer))) return wrong('overOffer', place)
  const isKept =
    reserves.every(({ group, amount }) => !isAbove(given.byGroup.get(group), amountOf(amount))) &&
    given.drawnBy.entries().every(([country, drawn]) => drawn <= (given.byCountry.get(country) ?? 0n))
  if (!isKept) return wrong('overReserve', place)
  return isCapped(given.byCountry, caps.country) && isCapped(given.byInstitution, caps.institution)
    ? null
    : wrong('overCap', place)
}

/** That the levels are those of everybody who has less than was asked for, worst off first, each inside its set. */
function checkLevels({ scene, sums, levels, standings, place }: Pass): Finding {
  const isShort = ({ claim, total }: Standing) => total < claim.asked * sums.fine
  const short = new Map(standings.filter(isShort).map((each) => [each.claim.id, each]))
  const listed = levels.flatMap(({ institutions }) => institutions)
  if (listed.length !== short.size || new Set(listed).size !== listed.length) return wrong('level', place)
  const leads = levels.map(({ institutions }) => short.get(institutions[0] ?? ''))
  return first(levels, ({ level, institutions }, at) => {
    const [before, lead] = [leads[at - 1], leads[at]]
    const isOn = (id: string, index: number) => {
      const each = short.get(id)
      const isInOrder = index === 0 || (institutions[index - 1] ?? '') < id
      return each && lead && isInOrder && order(each, lead, scene) === 0
    }
    const isRight =
      lead &&
      formatFraction(fraction(lead.total, lead.claim.weight * sums.fine)) === level &&
      (at === 0 || (before && order(before, lead, scene) < 0)) &&
      institutions.every(isOn)
    if (!isRight) return wrong('level', `${place}.${at}`)
    return institutions.every((id) => (short.get(id)?.rank ?? Infinity) <= at) ? null : wrong('set', place)
  })
}

/** Whom the rule serves first. Negative, zero or positive. */
function order(left: Holding, right: Holding, { round }: Scene): number {
  if (round.rule.name === 'priority') return left.claim.place - right.claim.place
  const byLevel = compareShares(left.total, left.claim.weight, right.total, right.claim.weight)
  return byLevel || (isWhole(round) ? compareIntegers(left.claim.weight, right.claim.weight) : 0)
}
type Holding = Pick<Standing, 'claim' | 'total'>

/** That the edges into each level's set, with all sets before it, add up to what the institutions in it have. */
function checkTight({ network, sums, levels, ranks, standings, place }: Pass): Finding {
  const capacities = [...levels, null].map(() => 0n)
  for (const { from, to, capacity } of network.arcs) {
    const outside = ranks[from] ?? levels.length
    const inside = ranks[to] ?? levels.length
    if (inside >= outside || to === network.sink) continue
    if (capacity === null) return wrong('set', `${place}.${inside}`)
    capacities[inside] = (capacities[inside] ?? 0n) + capacity
    capacities[outside] = (capacities[outside] ?? 0n) - capacity // from there on it is inside at both ends
  }
  const received = [...levels, null].map(() => 0n)
  for (const { rank, total } of standings) received[rank] = (received[rank] ?? 0n) + total
  let room = 0n
  const loose = levels.findIndex((_, at) => {
    room += (capacities[at] ?? 0n) * sums.fine - (received[at] ?? 0n)
    return room !== 0n
  })
  return loose < 0 ? null : wrong('notTight', `${place}.${loose}`)
}

/** That in no set anybody is better off than its level, but by what a pass before gave. Of whole units the last is looked at. */
function checkOthers({ scene, sums, levels, standings, place }: Pass): Finding {
  const known = new Map(standings.map((each) => [each.claim.id, each]))
  const unit = isWhole(scene.round) && scene.round.rule.name !== 'priority' ? sums.fine : 0n
  return first(standings, ({ claim, total, gained, rank }) => {
    if (rank === levels.length || gained === 0) return null
    const lead = known.get(levels[rank]?.institutions[0] ?? '')
    const isAllowed = lead && order({ claim, total: total - unit }, lead, scene) <= 0
    return isAllowed ? null : wrong('betterOff', `${place}.${rank}`)
  })
}
