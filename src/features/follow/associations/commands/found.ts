import type { Reader } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { AssociationId, Handle, MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { enough } from '../../../../log/index.ts'
import {
  type AssociationCharter,
  type AssociationRule,
  associationIdOf,
  type Roster,
} from '../../../../records/index.ts'
import { attempt, checked, hostedNamed, memberNamed, type NamedMember, say } from '../../statements/index.ts'
import type { SpeakDeps } from './speak.ts'

/** What a charter says, with members as people here name them. */
export interface Founding {
  readonly name: string
  readonly purpose: string
  /** Besides the member that proposes it. */
  readonly members: readonly string[]
  readonly rule: AssociationRule
  readonly deletionDays: number | null
  /** Null takes more than two thirds of those who can vouch for a member: all others. */
  readonly witnesses: number | null
}

/** A charter as it would be said, and by whom. */
export interface CharterDraft {
  readonly founder: MemberId
  readonly charter: AssociationCharter['body']
}

/**
 * Proposes an association, in the name of one of its founding members, which signs it thereby. Refused with `memberNotFound`,
 * `memberUnknown`, `handleTaken`, `invalidField`, `personalData`.
 */
export function foundAssociation(
  deps: SpeakDeps,
  speaker: string,
  founding: Founding,
): Promise<Result<AssociationId>> {
  return attempt(deps.database, async (tx) => {
    const { founder, charter } = await draft(tx, deps, speaker, founding)
    await say(tx, deps, founder, 'association-charter/1', charter)
    return associationIdOf(charter)
  })
}

/** The charter that {@link foundAssociation} would say, refused as there; nothing is said. */
export async function draftAssociation(
  deps: SpeakDeps,
  speaker: string,
  founding: Founding,
): Promise<Result<CharterDraft>> {
  try {
    return succeed(await draft(deps.database.read, deps, speaker, founding))
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}

async function draft(
  reader: Reader,
  deps: SpeakDeps,
  speaker: string,
  founding: Founding,
): Promise<CharterDraft> {
  const founder = await hostedNamed(reader, speaker)
  const members = [founder]
  for (const name of founding.members) members.push(await memberNamed(reader, name))
  const roster = rosterOf(members)
  const count = Object.keys(roster).length
  const { name, purpose, rule, deletionDays } = founding
  const witnesses = founding.witnesses ?? enough(count - 1)
  const body = {
    name,
    purpose,
    members: roster,
    rule,
    witnesses,
    ...(deletionDays !== null && { deletionDays }),
  }
  const wrong = wrongField(founding, witnesses, count)
  if (wrong !== null) throw new Refusal(failure('invalidField', { field: wrong }, wrong))
  const record = checked(deps, 'association-charter/1', body)
  if (record.type !== 'association-charter/1') throw new Error(`a charter was read as ${record.type}`)
  return { founder: founder.id, charter: record.body }
}

/** What the whole charter asks of its fields together. */
function wrongField({ rule }: Founding, witnesses: number, members: number): string | null {
  if (members < 2) return 'members'
  if (witnesses > members - 1) return 'witnesses' // nobody vouches for its own log
  return rule.kind === 'k-of-n' && rule.k > members ? 'rule' : null
}

/** A list of members; throws `handleTaken` where two have one handle. */
export function rosterOf(members: readonly NamedMember[]): Roster {
  const byHandle = new Map<Handle, MemberId>()
  for (const { id, handle } of members) {
    if ((byHandle.get(handle) ?? id) !== id) throw new Refusal(failure('handleTaken', { handle }, 'add'))
    byHandle.set(handle, id)
  }
  return Object.fromEntries(Array.from(byHandle, ([handle, id]) => [id, handle]))
}
