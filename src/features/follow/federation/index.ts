/** The federation as this node sees it: whom it knows, and who follows whom. */
export { type CopiedVersion, findHome, foreignNames, holdersOf, readFederation } from './queries.ts'
export { ageOf, inOrder, nearest } from './rules.ts'
export type { Age, Federation, Holder, Home, KnownLog, KnownMember, Tie } from './types.ts'
