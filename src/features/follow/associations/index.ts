/** Associations: members that bind themselves to a charter, without a server. */
export {
  type AssociationCommands,
  type Change,
  createAssociationCommands,
  type Founding,
  type RosterMember,
} from './commands/index.ts'
export { associationsNamed, findAssociation, listAssociations } from './queries.ts'
export { ROUND, witnessPolicyOf } from './rules/index.ts'
export { type Association, MISCONDUCT_KINDS, type OpenRound } from './types.ts'
