/** People, organisations, what they may do, and how they prove who they are. Nothing here ever leaves the node. */
import {
  type AccountsDeps,
  createLinkCommands,
  createMemberCommands,
  createPeopleCommands,
  createSessionCommands,
  createSetUpCommands,
  createTokenCommands,
} from './commands/index.ts'
import { createQueries } from './queries.ts'

/** Everything the node knows of its accounts, and everything that changes it. */
export type Accounts = ReturnType<typeof createAccounts>

/** Builds the accounts of one node. Starts nothing and holds no state of its own. */
export function createAccounts(deps: AccountsDeps) {
  return Object.freeze({
    ...createQueries(deps),
    ...createSetUpCommands(deps),
    ...createMemberCommands(deps),
    ...createPeopleCommands(deps),
    ...createTokenCommands(deps),
    ...createLinkCommands(deps),
    ...createSessionCommands(deps),
  })
}

export type { AccountsDeps, FoundedMember, NewMember, SetUp, SignIn } from './commands/index.ts'
export { adoptMember, enrolOwner, releaseMember } from './commands/index.ts'
export { accountByName } from './queries.ts'
export { type Credentials, hostedMembers, roleIn, SESSION_COOKIE, sessionSecretIn } from './queries.ts'
export {
  includesRight,
  isOfMember,
  isSameName,
  memberOfNamespace,
  refusalOf,
  refusalOfName,
  refusalToCreate,
  refusalToOperate,
  rightTo,
} from './rules.ts'
export * from './types.ts'
