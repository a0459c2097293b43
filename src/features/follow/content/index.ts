/** Large files of followed members, fetched while they are served. */
export { dailyAllowance } from './commands/allowance.ts'
export { dropHolder } from './commands/holders.ts'
export { createRemoteContent, type RemoteContentDeps } from './commands/index.ts'
export { logRemoteContentEvents, type RemoteContentEvents } from './events.ts'
export { findAnyRepository, heldFiles, sourcesOf, sourcesOfMember } from './queries.ts'
export type {
  Allowance,
  FetchedAll,
  MissedFile,
  PointedFile,
  RemoteContent,
  RemoteFile,
  Source,
  TransferLimits,
  WantedFiles,
} from './types.ts'
