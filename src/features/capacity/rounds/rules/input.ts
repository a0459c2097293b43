import type { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { isoTime, momentOf } from '../../../../kernel/time.ts'
import type { Statement } from '../../../follow/index.ts'
import { readRound } from '../../matching/index.ts'
import {
  assessCapacity,
  countriesOf,
  groupsNamedBy,
  matchingNeed,
  matchingOffer,
  type Stated,
  type StatedGroup,
  type StatedNeed,
  type StatedOffer,
} from '../../statements/index.ts'
import type { AssessedRound, NoInput, PassedOver, RoundInput } from '../types.ts'
import { agreementsSaid, receivedBy, takenOf } from './committed.ts'
import { compareText } from './order.ts'
import { groupsOfRound, isOfRound } from './parts.ts'

/** A round's record, and what decides it. */
export interface RoundFacts {
  readonly round: Pick<AssessedRound, 'body'>
  /** Everything that was said within the cut. */
  readonly statements: readonly Statement[]
  /** Where each member is, as its last profile within the cut says. */
  readonly countries: ReadonlyMap<MemberId, string>
}

/** What a round is computed from. Depends on the set of statements alone: whoever has the same cut makes the same bytes. */
export function roundInputOf(facts: RoundFacts): Result<RoundInput, NoInput> {
  const { round, statements } = facts
  const capacity = assessCapacity(statements)
  const lacking = groupsOfRound(round).filter((group) => countriesOf(capacity.groups, group) === null)
  if (lacking.length > 0) return fail({ kind: 'groupsLacking', groups: lacking })
  const needs = inForce(round, capacity.needs)
  const passedOver: PassedOver[] = []
  const offers = inForce(round, capacity.offers).filter((offer) => {
    const group = groupsNamedBy(offer).find((each) => countriesOf(capacity.groups, each) === null)
    if (group) passedOver.push({ offer, group })
    return !group
  })
  const agreements = agreementsSaid(statements)
  const taken = takenOf(agreements, statements, momentOf(round.body.deadline))
  const left = (each: StatedNeed | StatedOffer) => BigInt(each.body.amount) - taken(each.memberId, each.id)
  const [needsById, offersById] = [
    byId(needs.filter((each) => left(each) > 0n)),
    byId(offers.filter((each) => left(each) > 0n)),
  ]
  const read = readRound({
    format: 'ayni-round/1',
    kind: round.body.kind,
    unit: round.body.unit,
    rule: ruleOf(round),
    groups: groupsNamed(round, [...offersById.values()], capacity.groups),
    institutions: institutionsOf(facts, [...needsById.values()], capacity.groups, (memberId) =>
      receivedBy(agreements, round.body, memberId),
    ),
    needs: [...needsById].map(([id, need]) => ({
      ...matchingNeed(need, left(need)),
      id,
      at: isoTime(need.time),
    })),
    offers: [...offersById].map(([id, offer]) => ({ ...matchingOffer(offer, left(offer)), id })),
  })
  if (!read.ok) return fail({ kind: 'refused', failure: read.failure })
  return succeed({ round: read.value, needs: needsById, offers: offersById, passedOver })
}

/** Neither taken back nor replaced, and not over by the day of the deadline. */
function inForce<Each extends StatedNeed | StatedOffer>(
  round: Pick<AssessedRound, 'body'>,
  stated: readonly Each[],
): readonly Each[] {
  const day = round.body.deadline.slice(0, 10)
  return stated.filter(
    (each) => each.state === 'open' && isOfRound(round, each) && (each.body.until ?? day) >= day,
  )
}

/** By leaf hash; where several members said the same to the byte, by leaf hash and member. */
function byId<Each extends Stated<unknown>>(stated: readonly Each[]): ReadonlyMap<string, Each> {
  const same = Map.groupBy(stated, ({ id }) => id)
  return new Map(
    stated.map((each) => [same.get(each.id)?.length === 1 ? each.id : `${each.id}:${each.memberId}`, each]),
  )
}

function ruleOf({ body: { rule } }: Pick<AssessedRound, 'body'>) {
  return rule.name === 'priority' ? { ...rule, order: rule.order.map(({ leaf }) => leaf) } : rule
}

function groupsNamed(
  round: Pick<AssessedRound, 'body'>,
  offers: readonly StatedOffer[],
  groups: readonly StatedGroup[],
): Record<string, { readonly countries: readonly string[] }> {
  const named = [...groupsOfRound(round), ...offers.flatMap(groupsNamedBy)]
  return Object.fromEntries(
    named.map((group) => [group.leaf, { countries: countriesOf(groups, group) ?? [] }]),
  )
}

/** Each member that needs something: where it is, how much it counts, and what it received before. */
function institutionsOf(
  { round, countries }: RoundFacts,
  needs: readonly StatedNeed[],
  groups: readonly StatedGroup[],
  received: (memberId: MemberId) => bigint,
) {
  const weights = (round.body.weights ?? []).map(({ group, weight }) => ({
    weight,
    countries: new Set(countriesOf(groups, group)),
  }))
  return [...Map.groupBy(needs, ({ memberId }) => memberId)].map(([id, own]) => {
    const country = countries.get(id) ?? firstOf(own).body.country
    const weight = Math.max(1, ...weights.flatMap((each) => (each.countries.has(country) ? each.weight : [])))
    const before = received(id)
    return {
      id,
      country,
      ...(weight > 1 && { weight }),
      ...(before > 0n && { received: String(before) }),
    }
  })
}

/** The one that was said first. A group of needs has one. */
function firstOf(needs: readonly StatedNeed[]): StatedNeed {
  return needs.reduce((first, each) =>
    (each.time - first.time || compareText(each.id, first.id)) < 0 ? each : first,
  )
}
