/** Members of other nodes whose logs are held here. */
export { type Address, createMemberCommands, type MemberCommands } from './commands/index.ts'
export { type Following, startFollowing } from './commands/keep-up.ts'
export { type FollowEvents, logFollowEvents } from './events.ts'
export { foldedLogs, MEMBER_TABLES, project, refoldMember } from './projection.ts'
export { findFollow, listFollows } from './queries.ts'
export { fingerprint, pauseAfter } from './rules.ts'
export type { Candidate, ContentPolicy, Follow, Terms, Trust } from './types.ts'
