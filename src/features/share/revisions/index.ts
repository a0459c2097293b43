/** Refs, commits and files of a repository. */
export {
  createRevisionCommands,
  packObject,
  type Committed,
  type LargeFiles,
  type RevisionCommands,
} from './commands/index.ts'
export { createRevisionQueries, type ListOptions, type RevisionQueries } from './queries.ts'
export {
  ignoreRule,
  INITIAL_GITATTRIBUTES,
  largeFileRule,
  LARGEST_REGULAR_FILE,
  LARGEST_REGULAR_TOTAL,
  MOST_OPERATIONS,
  uploadMode,
  type UploadMode,
} from './rules.ts'
export type { CommitRequest, CommitSummary, Operation, PackedObject, Ref } from './types.ts'
