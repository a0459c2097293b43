import { MemberId } from '../../../../kernel/names.ts'
import { DAY, type Millis } from '../../../../kernel/time.ts'
import type { AssociationRule, Roster } from '../../../../records/index.ts'

/** How long a round is left to its convener and its voters before it may be given up. */
export const ROUND: Millis = 7 * DAY

/** Ids of a list of members, sorted: ids are ASCII. */
export function idsOf(members: Roster): readonly MemberId[] {
  return Object.keys(members)
    .map((id) => MemberId.parse(id))
    .toSorted()
}

/** Who convenes a round of an epoch: the members of the list before take turns. */
export function convenerOf(members: readonly MemberId[], epoch: number, round: number): MemberId {
  const convener = members[(epoch + round) % members.length]
  if (convener === undefined) throw new RangeError('a list has at least one member')
  return convener
}

/** Whose agreement counts in a round. */
export function votersOf(
  rule: AssociationRule,
  members: readonly MemberId[],
  epoch: number,
  round: number,
): readonly MemberId[] {
  return rule.kind === 'convener' ? [convenerOf(members, epoch, round)] : members
}

/** How many of the voters must agree: more than two thirds; k, but never fewer than a majority; or the one. */
export function quorumOf(rule: AssociationRule, voters: number): number {
  switch (rule.kind) {
    case 'two-thirds':
      return Math.floor((voters * 2) / 3) + 1
    case 'k-of-n':
      return Math.max(Math.min(rule.k, voters), Math.floor(voters / 2) + 1)
    case 'convener':
      return 1
  }
}

/**
 * How many voters must give a round up before the next one opens: a quorum, and so many that what they had agreed to names
 * at most one list that may have been adopted.
 */
export function abandonQuorumOf(rule: AssociationRule, voters: number): number {
  const quorum = quorumOf(rule, voters)
  return Math.max(quorum, 2 * (voters - quorum) + 1)
}
