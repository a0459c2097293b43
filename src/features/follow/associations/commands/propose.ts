import type { Reader, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { Handle, MemberId, type Sha256 } from '../../../../kernel/names.ts'
import type { Result } from '../../../../kernel/result.ts'
import { type Roster, rosterHashOf } from '../../../../records/index.ts'
import { memberNamed, type NamedMember, say } from '../../statements/index.ts'
import { isWaiting } from '../queries.ts'
import type { Association, OpenRound } from '../types.ts'
import { rosterOf } from './found.ts'
import { type Floor, speak, type SpeakDeps } from './speak.ts'

/** Who shall be taken in and who shall not belong any more, as people here name them. */
export interface Change {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Whom a list would take in and whom not, before it is proposed. */
export interface RosterDraft {
  readonly before: Roster
  readonly members: Roster
}

/**
 * Proposes who belongs from now on, and agrees to it. Whoever has left is left out. Refused with `notConvener`, `notSigned`,
 * `handleTaken`, `earlierListFirst`, `alreadySaid`.
 */
export function proposeRoster(
  deps: SpeakDeps,
  speaker: string,
  name: string,
  change: Change,
): Promise<Result<{ readonly epoch: number; readonly round: number; readonly roster: Sha256 }>> {
  return speak(deps, speaker, name, async (tx, floor) => {
    const { association } = floor
    const { open, members } = await rosterFor(tx, floor, change)
    const place = { association: association.id, epoch: open.epoch, round: open.round }
    const list = { association: association.id, epoch: open.epoch, members, previous: association.hash }
    const evidence = evidenceOf(association, open, members)
    await say(tx, deps, floor.speaker, 'association-roster/1', {
      ...list,
      round: open.round,
      ...(evidence.length > 0 && { evidence }),
    })
    const roster = rosterHashOf(list)
    await say(tx, deps, floor.speaker, 'association-endorse/1', { ...place, roster })
    return { epoch: open.epoch, round: open.round, roster }
  })
}

/** The list that {@link proposeRoster} would propose, refused as there; nothing is said. */
export function draftRoster(
  deps: SpeakDeps,
  speaker: string,
  name: string,
  change: Change,
): Promise<Result<RosterDraft>> {
  return speak(deps, speaker, name, async (tx, floor) => {
    const { open, members } = await rosterFor(tx, floor, change)
    evidenceOf(floor.association, open, members)
    return { before: floor.association.members, members }
  })
}

async function rosterFor(
  tx: Writer,
  floor: Floor,
  change: Change,
): Promise<{ readonly open: OpenRound; readonly members: Roster }> {
  const { association } = floor
  const open = openFor(floor)
  if (open.convener !== floor.speaker)
    throw new Refusal(
      failure('notConvener', { convener: association.members[open.convener] ?? open.convener }),
    )
  if (open.proposal) throw new Refusal(failure('alreadySaid'))
  const members = open.forced ? repeated(open.forced, change) : await changed(tx, association, change)
  return { open, members }
}

/** The open round, for a member whose word counts in it. Throws `associationNotOpen`, `notInAssociation`. */
export function openFor({ association, speaker }: Pick<Floor, 'association' | 'speaker'>): OpenRound {
  const { open, members, left } = association
  if (!open) throw new Refusal(failure('associationNotOpen'))
  if (!Object.hasOwn(members, speaker) || left.includes(speaker))
    throw new Refusal(failure('notInAssociation'))
  return open
}

/** What may have been adopted already is proposed as it was, or nothing is. */
function repeated({ members }: NonNullable<OpenRound['forced']>, { add, remove }: Change): Roster {
  if (members === null || add.length > 0 || remove.length > 0) throw new Refusal(failure('earlierListFirst'))
  return members
}

async function changed(tx: Writer, association: Association, { add, remove }: Change): Promise<Roster> {
  const before = namedIn(association.members)
  const gone = new Set<MemberId>(association.left)
  for (const name of remove) gone.add(listed(before, name).id)
  const kept = before.filter(({ id }) => !gone.has(id))
  const added: NamedMember[] = []
  for (const name of add) added.push(await applicant(tx, association, name))
  const members = rosterOf([...kept, ...added])
  if (kept.length === before.length && added.length === 0)
    throw new Refusal(failure('invalidField', { field: 'add' }, 'add'))
  return members
}

/** The members of a list by the handles that they have there. */
export function namedIn(members: Roster): readonly NamedMember[] {
  return Object.entries(members).map(([id, handle]) => ({
    id: MemberId.parse(id),
    handle: Handle.parse(handle),
  }))
}

function listed(members: readonly NamedMember[], name: string): NamedMember {
  const found = members.find(({ id, handle }) => id === name || handle === name)
  if (!found) throw new Refusal(failure('memberUnknown', { member: name }, 'remove'))
  return found
}

/** Somebody who has signed, by the handle of its own profile. */
async function applicant(tx: Reader, { applicants }: Association, name: string): Promise<NamedMember> {
  const member = await memberNamed(tx, name)
  if (!applicants.has(member.id)) throw new Refusal(failure('notSigned', { member: name }, 'add'))
  return member
}

/** Where those taken in have signed, and what opened the round. A place that is not known yet cannot be shown: `notWritten`. */
function evidenceOf({ applicants, members: before }: Association, open: OpenRound, members: Roster) {
  const added = namedIn(members).filter(({ id }) => !Object.hasOwn(before, id))
  const evidence = [...added.flatMap(({ id }) => applicants.get(id) ?? []), ...open.openedBy]
  if (evidence.some(isWaiting)) throw new Refusal(failure('notWritten'))
  return evidence
}
