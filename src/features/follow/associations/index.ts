/** Associations: members that bind themselves to a charter, without a server. */
export {
  type AssociationCommands,
  type Change,
  type CharterDraft,
  createAssociationCommands,
  type Founding,
  type RosterDraft,
  type RosterMember,
} from './commands/index.ts'
export {
  associationsNamed,
  chartersOn,
  findAssociation,
  listAssociations,
  type WitnessedBy,
  type WitnessedLog,
  witnessedLogs,
} from './queries.ts'
export { ROUND, type Witnessing, witnessPolicyOf } from './rules/index.ts'
export { type Association, MISCONDUCT_KINDS, type OpenRound } from './types.ts'
