/** Everything a member can say to the world: one schema per record type, with its major version. See docs/spec/records.md. */
export {
  INERT_REASONS,
  MAX_DEPTH,
  MAX_LEAF_BYTES,
  MAX_WRITTEN_LEAF_BYTES,
  readLeaf,
  writeLeaf,
  type InertLeaf,
  type InertReason,
  type RecordLeaf,
} from './envelope.ts'
export {
  PublicRecord,
  RECORD_TYPES,
  isRecordType,
  needsRecoveryQuorum,
  type RecordType,
} from './public-record.ts'
export { MAX_REFERENCES, RecordTime, Reference } from './statement.ts'

export { MemberGenesis, memberIdOf } from './member-genesis.ts'
export { MemberProfile } from './member-profile.ts'
export { Endpoint, MemberEndpoints } from './member-endpoints.ts'
export { MemberKeys } from './member-keys.ts'
export { MemberMessageKeys } from './member-message-keys.ts'
export { LogSuccession } from './log-succession.ts'
export { LogObserved, MAX_OBSERVED_HEADS } from './log-observed.ts'
export { LogFork } from './log-fork.ts'
export { ModelOrDataset, RepositoryRevision } from './repository-revision.ts'
export { RepositoryWithdrawal } from './repository-withdrawal.ts'
export { PublicGood } from './public-good.ts'
export { RecordRetraction, RetractionReason } from './record-retraction.ts'
export { AttachmentTombstone } from './attachment-tombstone.ts'
export { AssociationCharter, AssociationRule, associationIdOf, charterHashOf } from './association-charter.ts'
export { AssociationSignature } from './association-signature.ts'
export { AssociationRoster, rosterHashOf } from './association-roster.ts'
export { AssociationEndorsement } from './association-endorsement.ts'
export { AssociationAbandonment } from './association-abandonment.ts'
export { AssociationLeave } from './association-leave.ts'
export {
  Accelerator,
  CAPACITY_KINDS,
  CAPACITY_UNITS,
  CapacityKind,
  CapacityUnit,
  Condition,
  Country,
  SECTORS,
  Sector,
  UNITS_OF,
  WHOLE_UNITS,
} from './capacity.ts'
export { LanguageCode } from './language.ts'
export { Need } from './need.ts'
export { Eligible, Exclusion, Offer, Reserve, Standing } from './offer.ts'
export { Pledge } from './pledge.ts'
export { CountryGroup } from './country-group.ts'
export { MatchingRound, MatchingRule, MAX_ROUND_MEMBERS } from './matching-round.ts'
export { CutLog, MatchingResult } from './matching-result.ts'
export { Agreement, MAX_OBLIGATIONS, Obligation } from './agreement.ts'
export { AgreementSignature } from './agreement-signature.ts'
export { AgreementEnd } from './agreement-end.ts'
export { Delivery, Evidence } from './delivery.ts'
export { DeliveryVerdict } from './delivery-verdict.ts'
export { MAX_ROSTER_MEMBERS, Roster } from './roster.ts'

export { findPersonalData, type PersonalData, type PersonalDataKind } from './personal-data.ts'
export { PublicKey, TreeHashText } from './key.ts'
export { NoteText } from './note-text.ts'
export {
  MAX_MANIFEST_BYTES,
  MAX_MANIFEST_FILES,
  Manifest,
  ManifestFile,
  readManifest,
  writeManifest,
  type ManifestProblem,
} from './manifest.ts'
