import { z } from 'zod'

import { type MemberId, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import {
  Agreement,
  type Delivery,
  type Evidence,
  Obligation,
  type Reference,
} from '../../../records/index.ts'
import type { Statement } from '../../follow/index.ts'

/** The records that make an agreement and say what became of it. */
export const AGREEMENT_TYPES = [
  'agreement/1',
  'agreement-signature/1',
  'agreement-end/1',
  'delivery/1',
  'delivery-verdict/1',
] as const
export type AgreementType = (typeof AGREEMENT_TYPES)[number]
export type AgreementStatement = Statement<AgreementType>

export const AGREEMENT_STATES = [
  'proposed',
  'declined',
  'active',
  'delivered',
  'disputed',
  'accepted',
  'closed',
  'cancelled',
] as const
export type AgreementState = (typeof AGREEMENT_STATES)[number]

/** What opening a piece of evidence gave: how many of the unit it shows and by what, or why it shows nothing. */
export type Opened =
  | { readonly state: 'counted'; readonly amount: bigint; readonly shown: string }
  | { readonly state: 'refused'; readonly reason: EvidenceFault }
export const EVIDENCE_FAULTS = [
  'otherUnit',
  'notPublished',
  'hashMismatch',
  'notAFile',
  'tooLarge',
  'notUnderstood',
] as const
export type EvidenceFault = (typeof EVIDENCE_FAULTS)[number]

/** Everything that decides what a piece of evidence counts. */
export interface EvidenceAsked {
  readonly evidence: Evidence
  readonly unit: Obligation['unit']
  readonly from: string
  readonly until: string
  /** Who may have published a revision that is named. */
  readonly parties: readonly [MemberId, MemberId]
}

/** What is known here of evidence, by `evidenceKey`; what has no entry was not opened here yet. */
export type KnownEvidence = ReadonlyMap<string, Opened>

/** A piece of evidence as it counts here. `repeated`: an earlier delivery, or this one, has shown it already. */
export interface AssessedEvidence {
  readonly evidence: Evidence
  readonly opened: Opened | { readonly state: 'repeated' } | { readonly state: 'unopened' }
}

/** What a party said it delivered, what of that is shown, and what the other said to it. */
export interface AssessedDelivery {
  readonly id: Sha256
  readonly place: Reference
  readonly time: Millis
  readonly by: MemberId
  readonly body: Delivery['body']
  /** What was said. */
  readonly said: bigint
  /** What of it its evidence shows: at most what was said. */
  readonly delivered: bigint
  readonly evidence: readonly AssessedEvidence[]
  readonly verdict: Verdict | null
}

/** The receiving party's last word on a delivery. */
export interface Verdict {
  readonly verdict: 'accepted' | 'disputed'
  readonly reason: string | null
  readonly place: Reference
  readonly time: Millis
}

/** What one party owes, and what became of it. */
export interface AssessedObligation {
  readonly index: number
  readonly body: Obligation
  readonly by: MemberId
  readonly to: MemberId
  readonly amount: bigint
  /** Said to be delivered and not shown. */
  readonly claimed: bigint
  /** Shown by evidence that was opened and counted. */
  readonly delivered: bigint
  /** What of `delivered` the receiver accepted. */
  readonly accepted: bigint
  /** Said in deliveries that the receiver disputes. */
  readonly disputed: bigint
  /** Said in deliveries that the receiver accepted, shown or not. */
  readonly acknowledged: bigint
  readonly deliveries: readonly AssessedDelivery[]
  /** Whether on this day (`2026-11-24`) something is owed that was due before. */
  isOverdue(day: string): boolean
}

/** One thing that was said of an agreement, for its history. */
export interface Step {
  readonly what:
    | 'proposed'
    | 'signed'
    | 'declined'
    | 'claimed'
    | 'accepted'
    | 'disputed'
    | 'closed'
    | 'cancelled'
  readonly by: MemberId
  readonly time: Millis
  readonly place: Reference
  /** Of which obligation, where it is of one. */
  readonly obligation: number | null
}

/** An agreement as it stands by the statements that are known. */
export interface AssessedAgreement {
  readonly id: Sha256
  readonly place: Reference
  readonly time: Millis
  readonly body: Agreement['body']
  /** Who stated it, and whom it is with. */
  readonly parties: readonly [MemberId, MemberId]
  readonly state: AgreementState
  /** Whether both have signed, whatever came of it. */
  readonly isSigned: boolean
  /** Why it was cancelled, or what was said when it was closed. */
  readonly reason: string | null
  readonly obligations: readonly AssessedObligation[]
  /** As their members say when: a picture of it, nothing is decided by it. */
  readonly steps: readonly Step[]
}

const { title, description, language, from, until, country, sector, goals } = Agreement.shape.body.shape
const { kind, unit, amount, text, due } = Obligation.shape

/** An agreement as somebody writes it down: members by handle or id, statements by id. What it must be to be said is looked at then. */
export const AgreementDraft = z.strictObject({
  with: z.string(),
  title,
  description,
  language,
  obligations: z
    .array(
      z.strictObject({
        by: z.string(),
        kind,
        unit,
        amount,
        text,
        due,
        need: Sha256.exactOptional(),
        offer: Sha256.exactOptional(),
        pledge: Sha256.exactOptional(),
      }),
    )
    .min(1)
    .max(32),
  from,
  until,
  country,
  sector,
  goals,
  result: Sha256.exactOptional(),
})
export type AgreementDraft = z.infer<typeof AgreementDraft>

/** As much of an agreement as is known before somebody fills in the rest. */
export interface AgreementFields extends Partial<Omit<AgreementDraft, 'obligations' | 'result'>> {
  readonly result?: string
  readonly obligations: readonly (Partial<Omit<AgreementDraft['obligations'][number], 'amount'>> & {
    readonly amount: number | null
  })[]
}
