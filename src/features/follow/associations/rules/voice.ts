import { type MemberId, partsOfOrigin, type Sha256 } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'
import type { AssociationRoster, Reference } from '../../../../records/index.ts'
import type { Misconduct, MisconductKind, Said } from '../types.ts'

/** An agreement to a list, in a round. */
export interface Endorsement {
  readonly round: number
  readonly roster: Sha256
  readonly time: Millis
  readonly place: Reference
}

/** A round that was given up, and all before it. */
export interface Abandonment {
  readonly round: number
  readonly time: Millis
  readonly place: Reference
}

/** A list that was proposed. Whether by the rule is not looked at. */
export interface Candidate {
  readonly hash: Sha256
  readonly body: AssociationRoster['body']
  readonly time: Millis
  readonly place: Reference
}

/** What one member said of one epoch of an association: each by round, in the order of its log. */
export interface Ballot {
  readonly endorsements: ReadonlyMap<number, Endorsement>
  readonly abandonments: readonly Abandonment[]
  readonly candidates: ReadonlyMap<number, Candidate>
}

/** What one member said of one association. */
export interface Voice {
  /** Where it bound itself, be it that it left later; the newest last. */
  readonly signatures: readonly Said[]
  /** Whether it is bound by the charter now. */
  readonly isBound: boolean
  readonly ballots: ReadonlyMap<number, Ballot>
  readonly misconduct: readonly Misconduct[]
}

interface OpenBallot extends Ballot {
  readonly endorsements: Map<number, Endorsement>
  readonly abandonments: Abandonment[]
  readonly candidates: Map<number, Candidate>
}

/** Every member's voice. The order in which statements came does not matter: each log has its own. */
export function listen(statements: readonly Said[]): ReadonlyMap<MemberId, Voice> {
  const byMember = Map.groupBy(statements.toSorted(inOrderOfLogs), ({ memberId }) => memberId)
  return new Map(Array.from(byMember, ([memberId, said]) => [memberId, hear(said)]))
}

/** By member, and for each in the order in which it spoke. */
export function inOrderOfLogs(left: Said, right: Said): number {
  if (left.memberId !== right.memberId) return left.memberId < right.memberId ? -1 : 1
  const logs = partsOfOrigin(left.place.origin).log - partsOfOrigin(right.place.origin).log
  return logs || left.place.index - right.place.index
}

/** Who is not bound by the charter has no voice. Of two agreements in one round the first counts. */
function hear(statements: readonly Said[]): Voice {
  const signatures: Said[] = []
  const ballots = new Map<number, OpenBallot>()
  const misconduct: Misconduct[] = []
  let isBound = false
  for (const said of statements) {
    const { type } = said.record
    if (type === 'association-charter/1' || type === 'association-sign/1') {
      signatures.push(said)
      isBound = true
    } else if (type === 'association-leave/1') isBound = false
    else if (isBound) misconduct.push(...cast(ballots, said))
  }
  return { signatures, isBound, ballots, misconduct }
}

/** Puts a statement into its ballot; what it shows to be against the rule. */
function cast(ballots: Map<number, OpenBallot>, said: Said): readonly Misconduct[] {
  const { record, memberId, place, time } = said
  if (
    record.type !== 'association-endorse/1' &&
    record.type !== 'association-abandon/1' &&
    record.type !== 'association-roster/1'
  )
    return []
  const { epoch, round } = record.body
  const ballot = ballots.get(epoch) ?? emptyBallot()
  ballots.set(epoch, ballot)
  const blame = (kind: MisconductKind, ...before: readonly Reference[]) => [
    { memberId, kind, epoch, round, places: [...before, place] },
  ]
  switch (record.type) {
    case 'association-endorse/1':
      return endorse(ballot, { round, roster: record.body.roster, time, place }, blame)
    case 'association-abandon/1':
      if (!isWhole(ballot, record.body.endorsed)) return blame('falseAbandonment')
      ballot.abandonments.push({ round, time, place })
      return []
    case 'association-roster/1':
      return propose(ballot, said, record.body, blame)
  }
}

function emptyBallot(): OpenBallot {
  return { endorsements: new Map(), abandonments: [], candidates: new Map() }
}

type Blame = (kind: MisconductKind, ...before: readonly Reference[]) => readonly Misconduct[]

function endorse(ballot: OpenBallot, endorsement: Endorsement, blame: Blame): readonly Misconduct[] {
  const { round, roster } = endorsement
  const first = ballot.endorsements.get(round)
  if (first) return first.roster === roster ? [] : blame('twoEndorsements', first.place)
  const over = highest(ballot.abandonments)
  if (over && over.round >= round) return blame('endorsedAfterAbandoning', over.place)
  ballot.endorsements.set(round, endorsement)
  return []
}

function propose(
  ballot: OpenBallot,
  { hash, time, place }: Said,
  body: Candidate['body'],
  blame: Blame,
): readonly Misconduct[] {
  const first = ballot.candidates.get(body.round)
  if (first) return first.hash === hash ? [] : blame('twoRosters', first.place)
  if (hash !== null) ballot.candidates.set(body.round, { hash, body, time, place })
  return []
}

/** Whether an abandonment lists exactly what its member had agreed to, in the order of its log. */
function isWhole(
  { endorsements }: Ballot,
  listed: readonly { readonly round: number; readonly roster: Sha256 }[],
): boolean {
  const own = [...endorsements.values()]
  return (
    own.length === listed.length &&
    own.every(({ round, roster }, at) => listed[at]?.round === round && listed[at].roster === roster)
  )
}

/** What a member has agreed to in an epoch, in the order of its log: what an abandonment must list. */
export function endorsedBy(
  statements: readonly Said[],
  member: MemberId,
  epoch: number,
): readonly { readonly round: number; readonly roster: Sha256 }[] {
  const own = statements.filter(({ memberId }) => memberId === member)
  const endorsements =
    listen(own).get(member)?.ballots.get(epoch)?.endorsements ?? new Map<number, Endorsement>()
  return Array.from(endorsements.values(), ({ round, roster }) => ({ round, roster }))
}

/** The abandonment that reaches furthest; the earliest of those. */
export function highest(abandonments: readonly Abandonment[]): Abandonment | null {
  return abandonments.reduce<Abandonment | null>(
    (best, each) => (best === null || each.round > best.round ? each : best),
    null,
  )
}
