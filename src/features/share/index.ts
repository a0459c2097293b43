/** What a member shares: repositories, their revisions, and the queue of what becomes public. */
import type { Database } from '../../database/index.ts'
import type { Random } from '../../kernel/random.ts'
import type { Clock } from '../../kernel/time.ts'
import {
  createDownloadCounter,
  createRepositoryCommands,
  type DownloadCounter,
  type RepositoryCommands,
} from './repositories/index.ts'
import {
  createRevisionCommands,
  createRevisionQueries,
  type LargeFiles,
  type RevisionCommands,
  type RevisionQueries,
} from './revisions/index.ts'

export * from './examination/index.ts'
export { manifestOf } from './manifests/index.ts'
export { queueTombstone, objectsBetween, type StoredObject } from './outgoing/index.ts'
export * from './copies/index.ts'
export {
  digestAll,
  digestOf,
  eraseBlobs,
  erasedOf,
  erasureOf,
  forbidFile,
  type Naming,
  repositoriesNaming,
  takeErased,
} from './erasures/index.ts'
export * from './repositories/index.ts'
export * from './revisions/index.ts'
export { refusalOfCopy } from './rules.ts'
export type { Author, Entry, FileEntry, Gate, Repository } from './types.ts'

/** The feature, ready to use. */
export interface Share {
  readonly repositories: RepositoryCommands
  readonly revisions: RevisionCommands
  readonly queries: RevisionQueries
  readonly downloads: DownloadCounter
}

export function createShare(deps: {
  database: Database
  largeFiles: LargeFiles
  clock: Clock
  random: Random
}): Share {
  const queries = createRevisionQueries()
  const revisions = createRevisionCommands({ ...deps, queries })
  const repositories = createRepositoryCommands({ ...deps, revisions, queries })
  return { queries, revisions, repositories, downloads: createDownloadCounter(deps.database) }
}
