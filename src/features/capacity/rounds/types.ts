import type { Failure } from '../../../kernel/failure.ts'
import type { MemberId, Origin, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { MatchingResult, MatchingRound, Reference } from '../../../records/index.ts'
import type { MatchResult, Round, RuleName } from '../matching/index.ts'
import type { StatedNeed, StatedOffer } from '../statements/index.ts'

/** Logs as far as they take part. */
export type Cut = MatchingResult['body']['cut']
export type CutLog = Cut[number]

/** What a member computed of a round, as it stated it. */
export interface StatedResult {
  readonly id: Sha256
  readonly memberId: MemberId
  readonly place: Reference
  readonly time: Millis
  readonly body: MatchingResult['body']
}

/** A round as it stands by what is known. */
export interface AssessedRound {
  /** The leaf hash of its record. */
  readonly id: Sha256
  /** The member that announced it. */
  readonly memberId: MemberId
  readonly place: Reference
  readonly time: Millis
  readonly body: MatchingRound['body']
  /** Whether it was taken back before it was decided. */
  readonly isWithdrawn: boolean
  /** The first result that its member stated. */
  readonly decision: StatedResult | null
  /** What its member stated later and is not the same. */
  readonly contradictions: readonly StatedResult[]
  /** The same statement of other members, one of each. */
  readonly confirmations: readonly StatedResult[]
  /** What other members computed from the same cut and is not the same. */
  readonly disagreements: readonly StatedResult[]
}

/** A round as people write it: members by handle or id, groups of countries by id or by the short name of a list. */
export interface RoundDraft {
  readonly kind: MatchingRound['body']['kind']
  readonly unit: MatchingRound['body']['unit']
  readonly title: string
  readonly description: string
  readonly language: string
  readonly rule: RuleName
  /** Of the priority rule: which group comes before which. */
  readonly order: readonly string[]
  /** `2026-12-01T12:00:00.000Z`. */
  readonly deadline: string
  /** None lets everybody take part. */
  readonly members: readonly string[]
  readonly weights: readonly { readonly group: string; readonly weight: number }[]
  readonly shown: readonly string[]
}

/** Before its deadline, after it, decided by a result, or taken back. */
export const ROUND_STATES = ['open', 'due', 'decided', 'withdrawn'] as const
export type RoundState = (typeof ROUND_STATES)[number]

/** An offer that names a group of countries which is not in the cut: for whom it is cannot be known, and it takes no part. */
export interface PassedOver {
  readonly offer: StatedOffer
  readonly group: Reference
}

/** What a round is computed from: its file, and the statements behind the ids in it. */
export interface RoundInput {
  readonly round: Round
  readonly needs: ReadonlyMap<string, StatedNeed>
  readonly offers: ReadonlyMap<string, StatedOffer>
  readonly passedOver: readonly PassedOver[]
}

/** Why nothing can be computed from a cut, wherever it is tried. */
export type NoInput =
  /** Lists that the round names and no log of the cut has. */
  | { readonly kind: 'groupsLacking'; readonly groups: readonly Reference[] }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** Why a log of a cut cannot be used here: it is not here, shorter, not read, or has another history. */
export const LACKS = ['unknown', 'short', 'notRead', 'otherRoot'] as const
export interface LackingLog {
  readonly origin: Origin
  readonly lack: (typeof LACKS)[number]
  /** Entries that are here, and that are needed. */
  readonly has: number
  readonly size: number
}

export interface Computed {
  readonly kind: 'computed'
  readonly input: RoundInput
  readonly result: MatchResult
  /** Entries of the cut whose bytes were erased here: they may be missing in what was computed. */
  readonly erased: number
}

/** What this node finds when it computes a round at a cut. */
export type Computation =
  | Computed
  | { readonly kind: 'logsLacking'; readonly logs: readonly LackingLog[] }
  | NoInput
