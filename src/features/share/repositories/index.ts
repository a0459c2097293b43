/** Repositories as a whole: made, found, moved, opened and closed, removed. */
export {
  createDownloadCounter,
  createRepositoryCommands,
  dropRepository,
  type DownloadCounter,
  type RepositoryCommands,
} from './commands.ts'
export { findRepository, repositoriesWithOldCard, repositoryById, standingOf } from './queries.ts'
export type { Lookup, NewRepository, SettingsChange } from './types.ts'
