import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { AssociationId, Handle, MemberId } from '../../../../kernel/names.ts'
import type { Result } from '../../../../kernel/result.ts'
import { enough } from '../../../../log/index.ts'
import { type AssociationRule, associationIdOf, type Roster } from '../../../../records/index.ts'
import { attempt, hostedNamed, memberNamed, type NamedMember, say, type SpeakDeps } from './speak.ts'

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

/**
 * Proposes an association, in the name of one of its founding members, which signs it thereby. Refused with `memberNotFound`,
 * `handleTaken`, `invalidField`, `personalData`.
 */
export function foundAssociation(
  deps: SpeakDeps,
  speaker: string,
  founding: Founding,
): Promise<Result<AssociationId>> {
  return attempt(deps.database, async (tx) => {
    const founder = await hostedNamed(tx, speaker)
    const members = [founder]
    for (const name of founding.members) members.push(await memberNamed(tx, name))
    const roster = rosterOf(members)
    const { name, purpose, rule, deletionDays } = founding
    const witnesses = founding.witnesses ?? enough(Object.keys(roster).length - 1)
    const body = {
      name,
      purpose,
      members: roster,
      rule,
      witnesses,
      ...(deletionDays !== null && { deletionDays }),
    }
    await say(tx, deps, founder.id, 'association-charter/1', body)
    return associationIdOf(body)
  })
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
