/** What two members agree: what each owes the other, what was delivered and shown, and what the other said to it. */
export {
  AgreementDraft,
  AGREEMENT_STATES,
  AGREEMENT_TYPES,
  type AgreementFields,
  type AgreementState,
  type AgreementStatement,
  type AssessedAgreement,
  type AssessedDelivery,
  type AssessedEvidence,
  type AssessedObligation,
  EVIDENCE_FAULTS,
  type EvidenceFault,
  type KnownEvidence,
  type Opened,
  type Step,
} from './types.ts'
export { assessAgreements, canShow, committedOf, otherOf } from './rules/index.ts'
export {
  type Agreements,
  type AnnouncedRevision,
  type Beginning,
  createAgreements,
  type DeliveryWords,
  type End,
  isAllAccepted,
  isRunning,
  type NamedFile,
} from './commands/index.ts'
export { type Contact, type KeptDraft, readAgreements } from './queries.ts'
export { startOpeningEvidence } from './commands/opening.ts'
