/** What two members agree: what each owes the other, what was delivered and shown, and what the other said to it. */
export {
  AGREEMENT_STATES,
  AGREEMENT_TYPES,
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
