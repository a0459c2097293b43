import type { Actor } from '../../features/accounts/index.ts'
import {
  type AssessedAgreement,
  type AssessedObligation,
  committedOf,
  draftsOf,
  type LedgerLine,
  type StatedCapacity,
  type StatedNeed,
  type StatedOffer,
  WHOLE_LEDGER,
} from '../../features/capacity/index.ts'
import { statementsOf } from '../../features/follow/index.ts'
import { COLOURS } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { isoTime, momentOf } from '../../kernel/time.ts'
import type { NamedMember } from '../pages/ledger.tsx'
import type { Ask, OpenEntry, OpenRoundEntry, OverviewView } from '../pages/overview.tsx'
import type { VisitDeps } from './deps.ts'
import { readMembers } from './named-members.ts'
import { speakersFor } from './speakers.ts'

/** Entries of each list on the first page. */
const MOST = 6

/** What needs and offers come to for the members hosted here: public, but for the forms that whoever looks has begun. */
export async function overviewFor(deps: VisitDeps, actor: Actor): Promise<OverviewView> {
  const { database, capacity, clock } = deps
  const known = await readKnown(deps)
  const { lines } = await capacity.ledger.read(WHOLE_LEDGER)
  const speaksFor = (await speakersFor(deps, actor)).map(({ memberId }) => memberId)
  const needs = openOf(known, known.stated.needs)
  const offers = openOf(known, known.stated.offers)
  const canGet = entriesOf(known, offers, needs)
  const needed = entriesOf(known, needs, offers)
  return {
    offers: canGet.slice(0, MOST),
    offerCount: canGet.length,
    needs: needed.slice(0, MOST),
    needCount: needed.length,
    asks: asksOf(known),
    oursLate: lateOf(lines, ({ supplier }) => known.own.has(supplier)),
    theirsLate: lateOf(lines, ({ receiver }) => known.own.has(receiver)),
    rounds: await openRounds(deps, clock()),
    members: known.members,
    drafts: (await draftsOf(database.read, speaksFor)).length,
    maySpeak: speaksFor.length > 0,
  }
}

/** Everything that the page is made of. */
interface Known {
  readonly stated: StatedCapacity
  readonly agreements: readonly AssessedAgreement[]
  /** What of each need and offer is taken. */
  readonly committed: ReadonlyMap<string, bigint>
  readonly members: ReadonlyMap<MemberId, NamedMember>
  /** Members hosted here. */
  readonly own: ReadonlySet<string>
  /** In UTC: `2026-11-24`. */
  readonly today: string
}

async function readKnown({ database, clock, accounts, capacity }: VisitDeps): Promise<Known> {
  const now = clock()
  const stated = await capacity.needs.read()
  const agreements = await capacity.agreements.list()
  return {
    stated,
    agreements,
    committed: committedOf(agreements, [...stated.needs, ...stated.offers], now),
    members: await readMembers(database.read),
    own: new Set((await accounts.members()).map(({ id }) => id)),
    today: isoTime(now).slice(0, 10),
  }
}

function nameOf({ members }: Known, id: MemberId): NamedMember {
  const short = id.slice(0, 9)
  return members.get(id) ?? { memberId: id, name: short, short, colour: COLOURS[0] }
}

/** What is in force, not over, and not all taken. */
function openOf<Entry extends StatedNeed | StatedOffer>(
  known: Known,
  entries: readonly Entry[],
): readonly Entry[] {
  return entries.filter(
    (each) =>
      each.state === 'open' && (each.body.until ?? known.today) >= known.today && leftOf(known, each) > 0n,
  )
}

function leftOf({ committed }: Known, { id, body }: StatedNeed | StatedOffer): bigint {
  return BigInt(body.amount) - (committed.get(id) ?? 0n)
}

/** What others state, what answers our own statements first and then the newest. */
function entriesOf(
  known: Known,
  entries: readonly (StatedNeed | StatedOffer)[],
  counterparts: readonly (StatedNeed | StatedOffer)[],
): readonly OpenEntry[] {
  const ours = counterparts.filter(({ memberId }) => known.own.has(memberId))
  const wanted = new Set(ours.map(({ body }) => body.unit))
  const others = entries
    .filter(({ memberId }) => !known.own.has(memberId))
    .map((each): OpenEntry => ({
      id: each.id,
      title: each.body.title,
      kind: each.body.kind,
      unit: each.body.unit,
      left: leftOf(known, each),
      member: nameOf(known, each.memberId),
      country: 'country' in each.body ? each.body.country : null,
      until: each.body.until ?? null,
      fits: wanted.has(each.body.unit),
    }))
    .toReversed()
  return [...others.filter(({ fits }) => fits), ...others.filter(({ fits }) => !fits)]
}

function lateOf(lines: readonly LedgerLine[], isOurs: (line: LedgerLine) => boolean): readonly LedgerLine[] {
  return lines
    .filter((line) => line.overdue > 0n && isOurs(line))
    .toSorted((one, other) => (one.due < other.due ? -1 : 1))
}

/** What waits for members hosted here: an answer, a verdict, a delivery that is not late yet. */
function asksOf(known: Known): readonly Ask[] {
  return [...answersDue(known), ...verdictsDue(known), ...deliveriesDue(known)]
}

function answersDue(known: Known): readonly Ask[] {
  return known.agreements
    .filter(({ state, parties }) => state === 'proposed' && known.own.has(parties[1]))
    .map(({ id, body, parties }) => ({
      kind: 'sign',
      agreement: id,
      title: body.title,
      other: nameOf(known, parties[0]),
    }))
}

function verdictsDue(known: Known): readonly Ask[] {
  return runningObligations(known)
    .filter(({ obligation }) => known.own.has(obligation.to))
    .flatMap(({ agreement, obligation: { by, body, deliveries } }) =>
      deliveries
        .filter(({ verdict }) => verdict === null)
        .map(({ said }): Ask => ({
          kind: 'judge',
          agreement: agreement.id,
          title: agreement.body.title,
          other: nameOf(known, by),
          unit: body.unit,
          amount: said,
        })),
    )
}

function deliveriesDue(known: Known): readonly Ask[] {
  return runningObligations(known)
    .filter(
      ({ obligation: { by, body, ...rest } }) =>
        known.own.has(by) && body.due >= known.today && doneOf(rest) < rest.amount,
    )
    .toSorted((one, other) => (one.obligation.body.due < other.obligation.body.due ? -1 : 1))
    .map(({ agreement, obligation }) => ({
      kind: 'owe',
      agreement: agreement.id,
      title: agreement.body.title,
      other: nameOf(known, obligation.to),
      unit: obligation.body.unit,
      amount: obligation.amount - doneOf(obligation),
      due: obligation.body.due,
    }))
}

function runningObligations({ agreements }: Known) {
  return agreements
    .filter(({ state }) => state === 'active' || state === 'delivered' || state === 'disputed')
    .flatMap((agreement) => agreement.obligations.map((obligation) => ({ agreement, obligation })))
}

function doneOf({ delivered, acknowledged }: Pick<AssessedObligation, 'delivered' | 'acknowledged'>): bigint {
  return delivered > acknowledged ? delivered : acknowledged
}

/** Rounds whose deadline is still to come. */
async function openRounds({ database }: VisitDeps, now: number): Promise<readonly OpenRoundEntry[]> {
  const rounds = await statementsOf(database.read, ['matching-round/1'])
  return rounds
    .filter(({ retracted, record }) => retracted === null && momentOf(record.body.deadline) > now)
    .map(({ id, record: { body } }) => ({ id, title: body.title, deadline: momentOf(body.deadline) }))
    .toSorted((one, other) => one.deadline - other.deadline)
}
