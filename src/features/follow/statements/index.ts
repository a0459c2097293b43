/** What members said, kept as it was said, for features that compute from it. */
export { attempt, checked, hostedNamed, memberNamed, type NamedMember, say } from './commands.ts'
export { findStatement, statementsOf } from './queries.ts'
export { KEPT_TYPES, type KeptType, type RecordOf, type Statement } from './types.ts'
