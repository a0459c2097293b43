import type { Reference } from '../../../../records/index.ts'
import { type Groups, refusal, termsOf } from '../../matching/rules/eligibility.ts'
import type { Need, Offer, Refused } from '../../matching/types.ts'
import type { StatedGroup, StatedNeed, StatedOffer } from '../types.ts'
import { countriesOf } from './assess.ts'

/** A need as rounds and the rule of eligibility take it. `left`: what no agreement has answered yet. */
export function matchingNeed({ id, memberId, body }: StatedNeed, left = BigInt(body.amount)): Need {
  const { amount, minimum, country, residency, sector, accepts } = body
  const least = minimum === undefined ? 0n : BigInt(minimum) - (BigInt(amount) - left)
  return {
    id,
    institution: memberId,
    amount: String(left),
    ...(least > 0n && { minimum: String(least) }),
    country,
    purpose: sector,
    ...(residency && { residency }),
    ...(accepts && { accepts }),
    ...technicalOf(body),
  }
}

/** An offer as rounds and the rule of eligibility take it; groups go by the ids of their records. */
export function matchingOffer({ id, memberId, body }: StatedOffer, left = BigInt(body.amount)): Offer {
  const { caps, eligible, excluded, location, conditions } = body
  const reserves = reservesOf(body, left)
  return {
    id,
    supplier: memberId,
    amount: String(left),
    ...(caps && {
      caps: {
        ...(caps.member !== undefined && { institution: String(caps.member) }),
        ...(caps.country !== undefined && { country: String(caps.country) }),
      },
    }),
    ...(reserves.length > 0 && { reserves }),
    ...(eligible && { eligible: scopeOf(eligible) }),
    ...(excluded && { excluded: excluded.map(({ reason, ...scope }) => ({ ...scopeOf(scope), reason })) }),
    ...(location !== undefined && { location }),
    ...(conditions && { conditions: conditions.map((each) => each.id) }),
    ...technicalOf(body),
  }
}

/** The lists of countries that an offer names. */
export function groupsNamedBy({ body }: Pick<StatedOffer, 'body'>): readonly Reference[] {
  return [
    ...(body.eligible?.groups ?? []),
    ...(body.excluded ?? []).flatMap(({ groups = [] }) => groups),
    ...(body.reserves ?? []).map(({ group }) => group),
  ]
}

/** Why an offer is not for a need: of the closed set of rounds, and `groupUnknown` where a list that it names is not here. */
export type Unfit = Refused | { readonly reason: 'groupUnknown'; readonly text?: string }

/**
 * Why an offer of the same kind is not for a need; null when it is. `home` is the country of the member that needs; where its
 * profile names none, the need's.
 */
export function unfitness(
  need: StatedNeed,
  offer: StatedOffer,
  groups: readonly StatedGroup[],
  home: string = need.body.country,
): Unfit | null {
  const named = groupsNamedBy(offer)
  if (named.some((group) => countriesOf(groups, group) === null)) return { reason: 'groupUnknown' }
  const known: Groups = new Map(
    named.map((group) => [group.leaf, new Set(countriesOf(groups, group) ?? [])] as const),
  )
  const asker = { need: matchingNeed(need), home, place: need.body.country }
  return refusal(asker, termsOf(matchingOffer(offer), known))
}

/** What agreements have taken comes out of what is kept for nobody, then out of the reserves, the last by id first. */
function reservesOf({ reserves = [] }: StatedOffer['body'], left: bigint) {
  let rest = left
  return reserves
    .toSorted((one, other) => (one.group.leaf < other.group.leaf ? -1 : 1))
    .flatMap(({ group, amount, mode }) => {
      const kept = BigInt(amount) < rest ? BigInt(amount) : rest
      rest -= kept
      return kept > 0n ? [{ group: group.leaf, amount: String(kept), mode }] : []
    })
}

type Scope = Omit<NonNullable<StatedOffer['body']['eligible']>, 'groups'> & {
  readonly groups?: readonly Reference[]
}

function scopeOf({ groups, countries, members, purposes }: Scope) {
  return {
    ...(groups && { groups: groups.map(({ leaf }) => leaf) }),
    ...(countries && { countries }),
    ...(members && { institutions: members }),
    ...(purposes && { purposes }),
  }
}

function technicalOf({
  memoryGb,
  accelerators,
  languages,
  from,
  until,
}: Pick<StatedNeed['body'], 'memoryGb' | 'accelerators' | 'languages' | 'from' | 'until'>) {
  return {
    ...(memoryGb !== undefined && { memoryGb }),
    ...(accelerators && { accelerators }),
    ...(languages && { languages }),
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
  }
}
