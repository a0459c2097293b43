/** Members of other nodes whose logs are held here. */
export { type Address, createMemberCommands, type MemberCommands } from './commands/index.ts'
export { type Following, startFollowing } from './commands/keep-up.ts'
export { noteOverQuota } from './commands/follow.ts'
export { type FollowEvents, logFollowEvents } from './events.ts'
export { foldedLogs, MEMBER_TABLES, project, refoldMember } from './projection.ts'
export { addUsage, findFollow, heldBytesOf, listFollows, usageOf } from './queries.ts'
export {
  fingerprint,
  isFileWanted,
  isRepositoryWanted,
  pauseAfter,
  readContentTerms,
  readQuota,
  spentQuota,
  writeContentTerms,
} from './rules.ts'
export type { Candidate, ContentPolicy, Follow, Quota, Terms, Trust } from './types.ts'
