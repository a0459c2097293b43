/** Everything that changes accounts. */
export { createLinkCommands } from './links.ts'
export {
  adoptMember,
  createMemberCommands,
  enrolOwner,
  type FoundedMember,
  type NewMember,
  releaseMember,
} from './members.ts'
export { createPeopleCommands } from './people.ts'
export { createSessionCommands, type SignIn } from './sessions.ts'
export { createSetUpCommands, type SetUp } from './set-up.ts'
export { createTokenCommands } from './tokens.ts'
export type { AccountsDeps } from './transaction.ts'
