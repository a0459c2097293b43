import type { AssociationId, MemberId, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { AssociationCharter, PublicRecord, Reference, Roster } from '../../../records/index.ts'

/** A record that speaks of one association. */
export type AssociationRecord = Extract<PublicRecord, { type: `association-${string}` }>

/** A statement of a member about an association, and where it stands. */
export interface Said {
  readonly memberId: MemberId
  readonly place: Reference
  readonly time: Millis
  readonly record: AssociationRecord
  /** Of a charter or a roster: its hash. */
  readonly hash: Sha256 | null
}

/** How a member broke the rule. The statements that show it stand in its own log. */
export interface Misconduct {
  readonly memberId: MemberId
  readonly kind: MisconductKind
  readonly epoch: number
  readonly round: number
  readonly places: readonly Reference[]
}

/**
 * It agreed to two lists in one round, proposed two, agreed in a round that it had given up, or left out what it had
 * agreed to.
 */
export const MISCONDUCT_KINDS = [
  'twoEndorsements',
  'twoRosters',
  'endorsedAfterAbandoning',
  'falseAbandonment',
] as const
export type MisconductKind = (typeof MISCONDUCT_KINDS)[number]

/** A list of members that a round's convener proposed by the rule. */
export interface Proposal {
  readonly by: MemberId
  readonly place: Reference
  readonly round: number
  readonly members: Roster
  readonly hash: Sha256
  readonly time: Millis
  /** Who has agreed, by id. */
  readonly endorsed: readonly MemberId[]
}

/** How the next list of members is being decided. */
export interface OpenRound {
  readonly epoch: number
  readonly round: number
  readonly convener: MemberId
  /** Whose agreement counts, and how many of them it takes. */
  readonly voters: readonly MemberId[]
  readonly quorum: number
  /** After this time the round may be given up. */
  readonly until: Millis
  readonly proposal: Proposal | null
  /** Who has given this round up, and how many must. */
  readonly abandoned: readonly MemberId[]
  readonly abandonQuorum: number
  /** What the convener must propose, as it may have been adopted in an earlier round; null where it may choose. */
  readonly forced: { readonly hash: Sha256; readonly members: Roster | null } | null
  /** The abandonments that opened this round: evidence of whatever is proposed in it. */
  readonly openedBy: readonly Reference[]
}

/** An association as it stands by the statements that are known. */
export interface Association {
  readonly id: AssociationId
  readonly charter: AssociationCharter['body']
  readonly charterPlace: Reference
  /** Founding members that have not signed. While there are any, nobody is bound. */
  readonly unsigned: readonly MemberId[]
  /** Number of the list of members in force; the founders are number 0. */
  readonly epoch: number
  readonly members: Roster
  readonly hash: Sha256
  /** When that list was agreed, by what its members say; null while the founding is not complete. */
  readonly since: Millis | null
  /** Members of the list that have left since. */
  readonly left: readonly MemberId[]
  /** Who has signed and is not on the list, and where the newest signature of each stands. */
  readonly applicants: ReadonlyMap<MemberId, Reference>
  /** Members whom a quorum agreed to take in and whose logs are not here: until they are, the list does not count here. */
  readonly awaited: Roster
  /** Null while the founding is not complete, and where two lists of one epoch were adopted. */
  readonly open: OpenRound | null
  /** Two lists of one epoch were adopted: too many members broke the rule. */
  readonly isContradictory: boolean
  readonly misconduct: readonly Misconduct[]
}
