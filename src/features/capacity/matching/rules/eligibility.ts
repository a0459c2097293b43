import type { Need, Offer, Refused, Round, Scope } from '../types.ts'

/** Countries of each group, those that it includes among them. */
export type Groups = ReadonlyMap<string, ReadonlySet<string>>

/** What a need is to offers: where it is used, and whose it is. */
export interface Asker {
  readonly need: Need
  /** The institution's country. */
  readonly home: string
  /** Where it is used. */
  readonly place: string
}

/** The groups of a round with everything that they include. Cycles were refused when the round was read. */
export function groupsOf({ groups = {} }: Pick<Round, 'groups'>): Groups {
  const known = new Map<string, ReadonlySet<string>>()
  const resolve = (id: string): ReadonlySet<string> => {
    const found = known.get(id)
    if (found) return found
    const { countries = [], includes = [] } = groups[id] ?? {}
    const all = new Set([...countries, ...includes.flatMap((each) => [...resolve(each)])])
    known.set(id, all)
    return all
  }
  for (const id of Object.keys(groups)) resolve(id)
  return known
}

/** Some needs, ready to be asked about. */
interface Circle {
  /** Null where nobody is named: then it is everybody. */
  readonly institutions: ReadonlySet<string> | null
  readonly countries: ReadonlySet<string>
  readonly purposes: readonly string[] | undefined
}

/** An offer with whom it names, ready to be held against many needs. */
export interface Terms {
  readonly offer: Offer
  readonly eligible: Circle | null
  readonly excluded: readonly (Circle & { readonly reason: string })[]
}

export function termsOf(offer: Offer, groups: Groups): Terms {
  return {
    offer,
    eligible: offer.eligible ? circleOf(offer.eligible, groups) : null,
    excluded: (offer.excluded ?? []).map((each) => ({ ...circleOf(each, groups), reason: each.reason })),
  }
}

function circleOf({ groups: named, countries, institutions, purposes }: Scope, groups: Groups): Circle {
  const namesAnybody = named ?? countries ?? institutions
  return {
    institutions: namesAnybody ? new Set(institutions) : null,
    countries: new Set([
      ...(countries ?? []),
      ...(named ?? []).flatMap((each) => [...(groups.get(each) ?? [])]),
    ]),
    purposes,
  }
}

/** What most pairs come to. */
const NOT_NAMED: Refused = { reason: 'notNamed' }

/**
 * Why an offer is not for a need: the first reason that applies, in this order; null when it is. What a need asks for
 * must be stated by the offer.
 */
export function refusal(asker: Asker, { offer, eligible, excluded }: Terms): Refused | null {
  const { need } = asker
  if (need.institution === offer.supplier) return { reason: 'ownOffer' }
  const exclusion = exclusionOf(asker, excluded)
  if (exclusion) return { reason: 'excluded', text: exclusion.reason }
  if (eligible && !isNamed(asker, eligible)) return NOT_NAMED
  if (eligible?.purposes && !isAmong(need.purpose, eligible.purposes)) return { reason: 'purpose' }
  if (!overlap(need, offer)) return { reason: 'window' }
  if (need.residency && !isAmong(offer.location, need.residency)) return { reason: 'residency' }
  if (need.memoryGb !== undefined && need.memoryGb > (offer.memoryGb ?? 0)) return { reason: 'memory' }
  if (need.accelerators && !meet(need.accelerators, offer.accelerators)) return { reason: 'accelerator' }
  if (need.languages && !meet(need.languages, offer.languages)) return { reason: 'language' }
  const condition = offer.conditions?.find((each) => !isAmong(each, need.accepts ?? []))
  return condition === undefined ? null : { reason: 'condition', text: condition }
}

/** The first that applies. */
function exclusionOf(asker: Asker, excluded: Terms['excluded']): Terms['excluded'][number] | undefined {
  for (const each of excluded) if (isExcluded(asker, each)) return each
  return undefined
}

/** Either country is enough: what is ruled out for one of them is not had through the other. */
function isExcluded({ need, home, place }: Asker, { institutions, countries, purposes }: Circle): boolean {
  if (purposes && !isAmong(need.purpose, purposes)) return false
  return (
    institutions === null || institutions.has(need.institution) || countries.has(home) || countries.has(place)
  )
}

/** Both countries must be named: to state another one is never a gain. */
function isNamed({ need, home, place }: Asker, { institutions, countries }: Circle): boolean {
  return (
    institutions === null ||
    institutions.has(need.institution) ||
    (countries.has(home) && countries.has(place))
  )
}

function overlap(left: Pick<Need, 'from' | 'until'>, right: Pick<Need, 'from' | 'until'>): boolean {
  return isBefore(left.from, right.until) && isBefore(right.from, left.until)
}

function isBefore(from: string | undefined, until: string | undefined): boolean {
  return from === undefined || until === undefined || from <= until
}

function meet(asked: readonly string[], given: readonly string[] = []): boolean {
  return asked.some((each) => given.includes(each))
}

function isAmong(value: string | undefined, list: readonly string[]): boolean {
  return value !== undefined && list.includes(value)
}
