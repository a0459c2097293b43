/** What became of agreements, pure. docs/spec/agreements.md says the same in words. */
export { committedOf, PROPOSAL_HOLDS } from './committed.ts'
export { canShow, evidenceKey, formatOf } from './evidence.ts'
export { assessAgreements, otherOf } from './standing.ts'
export { countEvidence } from './count.ts'
export { MAX_EVIDENCE_BYTES } from './lines.ts'
