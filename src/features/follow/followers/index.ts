/** Members of other nodes that hold copies of the logs written here. */
export { createFollowerCommands, type FollowerCommands } from './commands/index.ts'
export { logFollowerEvents } from './events.ts'
export { listFollowers } from './queries.ts'
export type { Announcement, Follower } from './types.ts'
