import type { MemberId, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { PublicRecord, Reference } from '../../../records/index.ts'

/** Types of records that are kept as they were said: what they come to is computed when it is asked for, by other features. */
export const KEPT_TYPES = [
  'need/1',
  'offer/1',
  'pledge/1',
  'country-group/1',
  'matching-round/1',
  'matching-result/1',
  'agreement/1',
  'agreement-signature/1',
  'agreement-end/1',
  'delivery/1',
  'delivery-verdict/1',
] as const satisfies readonly PublicRecord['type'][]
export type KeptType = (typeof KEPT_TYPES)[number]

/** Of each type its records. */
type Records = { readonly [Type in KeptType]: Extract<PublicRecord, { type: Type }> }

/** A record of one of these types. */
export type RecordOf<Type extends KeptType> = Records[Type]

/** What a member said, and where it stands. */
export interface Statement<Type extends KeptType = KeptType> {
  /** The leaf hash of the record: its id wherever people or programs name it. */
  readonly id: Sha256
  readonly memberId: MemberId
  readonly place: Reference
  /** When it became true, as its member says. */
  readonly time: Millis
  readonly record: RecordOf<Type>
  /** Where its member took it back, if it did: place of the retraction in the same member's logs. */
  readonly retracted: Pick<Reference, 'origin' | 'index'> | null
}
