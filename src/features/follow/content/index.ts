/** Large files of followed members, fetched while they are served. */
export { createRemoteContent, type RemoteContentDeps } from './commands/index.ts'
export { logRemoteContentEvents, type RemoteContentEvents } from './events.ts'
export { findAnyRepository, heldFiles, sourcesOf } from './queries.ts'
export type {
  FetchedAll,
  MissedFile,
  PointedFile,
  RemoteContent,
  RemoteFile,
  Source,
  TransferLimits,
} from './types.ts'
