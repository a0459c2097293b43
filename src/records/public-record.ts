import { z } from 'zod'

import { AgreementEnd } from './agreement-end.ts'
import { AgreementSignature } from './agreement-signature.ts'
import { Agreement } from './agreement.ts'
import { AssociationAbandonment } from './association-abandonment.ts'
import { AssociationCharter } from './association-charter.ts'
import { AssociationEndorsement } from './association-endorsement.ts'
import { AssociationLeave } from './association-leave.ts'
import { AssociationRoster } from './association-roster.ts'
import { AssociationSignature } from './association-signature.ts'
import { AttachmentTombstone } from './attachment-tombstone.ts'
import { CountryGroup } from './country-group.ts'
import { DeliveryVerdict } from './delivery-verdict.ts'
import { Delivery } from './delivery.ts'
import { LogFork } from './log-fork.ts'
import { LogObserved } from './log-observed.ts'
import { LogSuccession } from './log-succession.ts'
import { MatchingResult } from './matching-result.ts'
import { MatchingRound } from './matching-round.ts'
import { MemberEndpoints } from './member-endpoints.ts'
import { MemberGenesis } from './member-genesis.ts'
import { MemberKeys } from './member-keys.ts'
import { MemberMessageKeys } from './member-message-keys.ts'
import { MemberProfile } from './member-profile.ts'
import { Need } from './need.ts'
import { Offer } from './offer.ts'
import { Pledge } from './pledge.ts'
import { PublicGood } from './public-good.ts'
import { RecordRetraction } from './record-retraction.ts'
import { RepositoryRevision } from './repository-revision.ts'
import { RepositoryWithdrawal } from './repository-withdrawal.ts'

/**
 * A public statement of a member. `type` carries the major version; within one only optional members are added to a body.
 * Members of a body that its schema does not know are dropped here and stay in the leaf.
 */
export const PublicRecord = z.discriminatedUnion('type', [
  MemberGenesis,
  MemberProfile,
  MemberEndpoints,
  MemberKeys,
  MemberMessageKeys,
  LogSuccession,
  LogObserved,
  LogFork,
  RepositoryRevision,
  RepositoryWithdrawal,
  PublicGood,
  RecordRetraction,
  AttachmentTombstone,
  AssociationCharter,
  AssociationSignature,
  AssociationRoster,
  AssociationEndorsement,
  AssociationAbandonment,
  AssociationLeave,
  Need,
  Offer,
  Pledge,
  CountryGroup,
  MatchingRound,
  MatchingResult,
  Agreement,
  AgreementSignature,
  AgreementEnd,
  Delivery,
  DeliveryVerdict,
])
export type PublicRecord = z.infer<typeof PublicRecord>

/** A type that this version understands. */
export type RecordType = PublicRecord['type']

/** Every type that this version understands. */
export const RECORD_TYPES: readonly RecordType[] = PublicRecord.options.map(({ shape }) => shape.type.value)

const KNOWN: ReadonlySet<string> = new Set(RECORD_TYPES)

/** Whether this version understands the type. */
export function isRecordType(type: string): type is RecordType {
  return KNOWN.has(type)
}

const SIGNED: ReadonlySet<RecordType> = new Set<RecordType>([
  'member-genesis/1',
  'member-keys/1',
  'log-succession/1',
])

/** Whether a leaf of this type counts only with the recovery quorum's signatures. Checking them is the log's part. */
export function needsRecoveryQuorum(type: RecordType): boolean {
  return SIGNED.has(type)
}
