/** Members of other nodes whose logs are held here. */
export { type Address, createMemberCommands, type MemberCommands } from './commands/index.ts'
export { type Following, startFollowing } from './commands/keep-up.ts'
export type { CarriedFiles } from './commands/sync.ts'
export { noteOverQuota } from './commands/follow.ts'
export { type FollowEvents, logFollowEvents } from './events.ts'
export { foldedLogs, MEMBER_TABLES, project, refoldMember } from './projection.ts'
export { addUsage, findFollow, heldBytesOf, listFollows, usageOf } from './queries.ts'
export {
  AMOUNT_UNITS,
  type AmountUnit,
  failureOf,
  fingerprint,
  isRepositoryWanted,
  NOTHING_LEFT_OUT,
  pauseAfter,
  readBytes,
  readContentTerms,
  readQuota,
  spentQuota,
  USUAL_QUOTA,
  whyLeftOut,
  withFile,
  writeAmount,
  writeContentTerms,
} from './rules.ts'
export type {
  Candidate,
  ContentFilter,
  ContentPolicy,
  Course,
  FileAmount,
  Follow,
  LeftOut,
  Quota,
  Terms,
  Trust,
} from './types.ts'
