import { DAY, isoTime, type Millis, momentOf } from '../../../../kernel/time.ts'
import type { Agreement } from '../../../../records/index.ts'
import { type AssessedAgreement, committedOf } from '../../agreements/index.ts'
import type { Stated, StatedCapacity, StatedNeed, StatedOffer } from '../types.ts'
import { unfitness } from './matching.ts'

/** How long there is to deliver where a need names no last day. */
export const TIME_TO_DELIVER = 90 * DAY

/** Everything that decides what is granted at once. */
export interface GrantFacts {
  readonly capacity: StatedCapacity
  /** Every agreement that is known, those that wait for their log among them. */
  readonly agreements: readonly AssessedAgreement[]
  /** Members in whose name this node may grant. */
  readonly suppliers: ReadonlySet<string>
  /** Where members are, as far as their profiles say. */
  readonly homes: ReadonlyMap<string, string>
  readonly now: Millis
}

/** A need that an offer grants in full. */
export interface Grant {
  readonly offer: StatedOffer
  readonly need: StatedNeed
  readonly body: Agreement['body']
}

/**
 * What is granted under the standing rules of offers: small needs that fit, as they came (by time, then id), within the limits of
 * each offer in this calendar month (UTC). What is proposed counts as given until it is declined or cancelled. An offer with a price
 * grants nothing at once: nobody agreed to pay.
 */
export function grantsOf(facts: GrantFacts): readonly Grant[] {
  const { capacity, agreements, suppliers, now } = facts
  const offers = capacity.offers.filter(
    ({ memberId, state, body }) =>
      suppliers.has(memberId) && state === 'open' && body.standing && !body.price && !isOver(body, now),
  )
  if (offers.length === 0) return []
  const left = leftOf(facts)
  const given = agreements.flatMap((agreement) => givenBy(agreement) ?? [])
  const grants: Grant[] = []
  for (const need of capacity.needs) {
    if (need.state !== 'open' || isOver(need.body, now)) continue
    const line = lineOf(need, capacity.needs)
    const offer = offers.find(
      (each) => !isTaken(line, need, each, agreements) && allows(facts, each, need, given, left),
    )
    if (!offer) continue
    grants.push({ offer, need, body: bodyOf(offer, need, now) })
    given.push({
      offer: offer.id,
      to: need.memberId,
      amount: need.body.amount,
      month: monthOf(now),
    })
    left.set(offer.id, (left.get(offer.id) ?? 0n) - BigInt(need.body.amount))
  }
  return grants
}

interface Given {
  readonly offer: string
  readonly to: string
  readonly amount: number
  readonly month: string
}

/** What an agreement under a standing rule counts for; null for others and for those that came to nothing. */
function givenBy({ body, parties, state, time }: AssessedAgreement): Given | null {
  const [obligation] = body.obligations
  const came = state !== 'declined' && state !== 'cancelled'
  if (!body.standing || !came || !obligation?.offer || obligation.by !== parties[0]) return null
  return { offer: obligation.offer.leaf, to: parties[1], amount: obligation.amount, month: monthOf(time) }
}

function leftOf({ capacity, agreements, now }: GrantFacts): Map<string, bigint> {
  const committed = committedOf(agreements, [...capacity.needs, ...capacity.offers], now)
  return new Map(capacity.offers.map(({ id, body }) => [id, BigInt(body.amount) - (committed.get(id) ?? 0n)]))
}

function allows(
  { capacity, homes, now }: GrantFacts,
  offer: StatedOffer,
  need: StatedNeed,
  given: readonly Given[],
  left: ReadonlyMap<string, bigint>,
): boolean {
  const { kind, unit, standing, caps = {} } = offer.body
  const { amount } = need.body
  if (!standing || need.body.kind !== kind || need.body.unit !== unit || amount > standing.each) return false
  if (BigInt(amount) > (left.get(offer.id) ?? 0n)) return false
  const month = monthOf(now)
  const own = given.filter((each) => each.offer === offer.id)
  const sum = (some: readonly Given[]) => some.reduce((total, each) => total + each.amount, amount)
  const thisMonth = own.filter((each) => each.month === month)
  return (
    sum(thisMonth) <= standing.month &&
    sum(thisMonth.filter(({ to }) => to === need.memberId)) <= standing.member &&
    sum(own.filter(({ to }) => to === need.memberId)) <= (caps.member ?? Infinity) &&
    unfitness(need, offer, capacity.groups, homes.get(need.memberId)) === null
  )
}

/** A need and what it took the place of: what was granted to one of them is not granted again. */
function lineOf(need: StatedNeed, needs: readonly StatedNeed[]): ReadonlySet<string> {
  const byId = new Map<string, StatedNeed>(
    needs.filter(({ memberId }) => memberId === need.memberId).map((each) => [each.id, each]),
  )
  const line = new Set<string>()
  let each: StatedNeed | undefined = need
  while (each && !line.has(each.id)) {
    line.add(each.id)
    const before: string | undefined = each.body.replaces?.leaf
    each = before === undefined ? undefined : byId.get(before)
  }
  return line
}

/**
 * Whether a need has its agreement: one that both signed, one that its own member proposes, or one that this supplier proposed
 * whatever came of it. What a stranger proposes takes nothing: it could keep a need from being answered.
 */
function isTaken(
  line: ReadonlySet<string>,
  need: StatedNeed,
  offer: StatedOffer,
  agreements: readonly AssessedAgreement[],
): boolean {
  return agreements.some(({ parties: [by, to], isSigned, state, body: { obligations } }) => {
    if (!obligations.some((each) => each.need && line.has(each.need.leaf))) return false
    if (by === offer.memberId && to === need.memberId) return true
    if (state === 'cancelled' || state === 'declined') return false
    return by === need.memberId || (isSigned && to === need.memberId)
  })
}

/** What the supplier signs: one obligation, in the words of the need. */
function bodyOf(offer: StatedOffer, need: StatedNeed, now: Millis): Agreement['body'] {
  const { kind, unit, amount, title, purpose, language, country, sector, goals } = need.body
  const today = dayOf(now)
  const from = [today, need.body.from ?? today, offer.body.from ?? today].toSorted().at(-1) ?? today
  const due = [need.body.until ?? dayOf(momentOf(from) + TIME_TO_DELIVER), offer.body.until]
    .flatMap((day) => day ?? [])
    .toSorted()[0]
  const until = due ?? from
  return {
    title,
    description: purpose,
    language,
    parties: [offer.memberId, need.memberId],
    obligations: [
      {
        by: offer.memberId,
        kind,
        unit,
        amount,
        text: offer.body.title,
        due: until,
        need: need.place,
        offer: offer.place,
      },
    ],
    from,
    until,
    country,
    sector,
    ...(goals && { goals }),
    standing: true,
  }
}

/** Its last day is past. */
function isOver({ until }: Pick<Stated<{ until?: string }>['body'], 'until'>, now: Millis): boolean {
  return until !== undefined && until < dayOf(now)
}

function dayOf(at: Millis): string {
  return isoTime(at).slice(0, 10)
}

function monthOf(at: Millis): string {
  return isoTime(at).slice(0, 7)
}
