import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { isoTime, type Millis, MINUTE } from '../../../../kernel/time.ts'
import type { Roster } from '../../../../records/index.ts'
import type { Terms } from '../../members/index.ts'
import { say } from '../../statements/index.ts'
import { associationsNamed, findAssociation, listAssociations, policyOf } from '../queries.ts'
import { endorsedBy, idsOf } from '../rules/index.ts'
import type { Association } from '../types.ts'
import {
  followRoster,
  type FollowRosterDeps,
  inspectRoster,
  keepRosterTerms,
  type RosterMember,
  rosterTerms,
} from './follow-roster.ts'
import { type CharterDraft, draftAssociation, type Founding, foundAssociation } from './found.ts'
import { type Change, draftRoster, namedIn, openFor, proposeRoster, type RosterDraft } from './propose.ts'
import { speak, type SpeakDeps } from './speak.ts'

export type { Change, CharterDraft, Founding, RosterDraft, RosterMember, SpeakDeps }

export type AssociationCommands = ReturnType<typeof createAssociationCommands>

/**
 * What members hosted here say of associations; each is named by handle or id. The caller has decided that whoever asks may speak
 * for the member.
 */
export function createAssociationCommands(deps: SpeakDeps & FollowRosterDeps) {
  const { database, clock } = deps
  /** Until when a member is not looked for. */
  const soughtInVain = new Map<MemberId, Millis>()

  /** By name or id. Refused with `associationNotFound` where there is none, or more than one. */
  async function show(name: string): Promise<Result<Association>> {
    const [found, another] = await associationsNamed(database.read, name)
    return found && !another ? succeed(found) : fail(failure('associationNotFound', { name }))
  }

  return {
    list: (): Promise<readonly Association[]> => listAssociations(database.read),
    find: (id: string): Promise<Association | null> => findAssociation(database.read, id),
    show,
    policy: (association: Association): Promise<string> => policyOf(database.read, association),

    /** Whom one is about to trust by following an association. */
    async inspectMembers(
      name: string,
      allowPrivate: boolean,
      signal: AbortSignal,
    ): Promise<Result<readonly RosterMember[]>> {
      const found = await show(name)
      return found.ok ? succeed(await inspectRoster(deps, found.value, allowPrivate, signal)) : found
    },
    /** Follows every member that can be reached; with `areNewFollowed` whoever comes onto the list later, too. */
    async follow(
      name: string,
      terms: Terms,
      areNewFollowed: boolean,
      signal: AbortSignal,
    ): Promise<Result<readonly RosterMember[]>> {
      const found = await show(name)
      if (!found.ok) return found
      await keepRosterTerms(database, found.value.id, areNewFollowed ? terms : null)
      return followRoster(deps, found.value, terms, signal)
    },
    /** Follows whoever came onto the list of an association that is followed. Who was sought in vain is sought again later. */
    async followNewMembers(signal: AbortSignal): Promise<void> {
      for (const { id, terms } of await rosterTerms(database)) {
        const association = await findAssociation(database.read, id)
        if (!association) continue
        const sought = withoutSome(association, (member) => (soughtInVain.get(member) ?? 0) > clock())
        const outcome = await followRoster(deps, sought, terms, signal)
        if (!outcome.ok) continue
        for (const { memberId, state } of outcome.value)
          if (state === 'notReached') soughtInVain.set(memberId, clock() + SEEK_EVERY)
      }
    },

    found: (speaker: string, founding: Founding) => foundAssociation(deps, speaker, founding),
    /** What `found` would say; nothing is said. */
    draft: (speaker: string, founding: Founding) => draftAssociation(deps, speaker, founding),
    propose: (speaker: string, name: string, change: Change) => proposeRoster(deps, speaker, name, change),
    /** What `propose` would say; nothing is said. */
    draftRoster: (speaker: string, name: string, change: Change) => draftRoster(deps, speaker, name, change),

    /** Binds a member to a charter. Refused with `alreadySaid` where it is bound. */
    sign: (speaker: string, name: string): Promise<Result<void>> =>
      speak(deps, speaker, name, async (tx, floor) => {
        const { id, charterPlace } = floor.association
        if (isBound(floor)) throw new Refusal(failure('alreadySaid'))
        await say(tx, deps, floor.speaker, 'association-sign/1', { association: id, charter: charterPlace })
      }),

    /** Agrees to what is proposed in the open round. Refused with `nothingProposed`, `alreadySaid`. */
    endorse: (speaker: string, name: string): Promise<Result<void>> =>
      speak(deps, speaker, name, async (tx, floor) => {
        const { epoch, round, proposal, abandoned } = openFor(floor)
        if (!proposal) throw new Refusal(failure('nothingProposed'))
        const before = endorsedBy(floor.statements, floor.speaker, epoch)
        if (abandoned.includes(floor.speaker) || before.some((each) => each.round === round))
          throw new Refusal(failure('alreadySaid'))
        const body = { association: floor.association.id, epoch, round, roster: proposal.hash }
        await say(tx, deps, floor.speaker, 'association-endorse/1', body)
      }),

    /** Gives a stuck round up. Refused with `roundNotOver` before its time, and with `alreadySaid`. */
    abandon: (speaker: string, name: string): Promise<Result<void>> =>
      speak(deps, speaker, name, async (tx, floor) => {
        const { epoch, round, until, abandoned } = openFor(floor)
        if (clock() < until)
          throw new Refusal(failure('roundNotOver', { until: isoTime(until).slice(0, 10) }))
        if (abandoned.includes(floor.speaker)) throw new Refusal(failure('alreadySaid'))
        const endorsed = endorsedBy(floor.statements, floor.speaker, epoch)
        const body = { association: floor.association.id, epoch, round, endorsed }
        await say(tx, deps, floor.speaker, 'association-abandon/1', body)
      }),

    /** A member is bound by the charter no more. Refused with `notInAssociation`. */
    leave: (speaker: string, name: string): Promise<Result<void>> =>
      speak(deps, speaker, name, async (tx, floor) => {
        if (!isBound(floor)) throw new Refusal(failure('notInAssociation'))
        await say(tx, deps, floor.speaker, 'association-leave/1', { association: floor.association.id })
      }),
  }
}

/** How long somebody whose node was not found is left alone: looking asks every node that is followed. */
const SEEK_EVERY = 10 * MINUTE

function withoutSome(association: Association, isLeftOut: (member: MemberId) => boolean): Association {
  const kept = (members: Roster) =>
    Object.fromEntries(namedIn(members).flatMap(({ id, handle }) => (isLeftOut(id) ? [] : [[id, handle]])))
  return { ...association, members: kept(association.members), awaited: kept(association.awaited) }
}

function isBound({ association, speaker }: Parameters<Parameters<typeof speak>[3]>[1]): boolean {
  const { members, left, applicants, unsigned } = association
  if (applicants.has(speaker)) return true
  return idsOf(members).includes(speaker) && !left.includes(speaker) && !unsigned.includes(speaker)
}
