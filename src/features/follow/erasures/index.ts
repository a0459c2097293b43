/** Files that members erased: what is said of it, and what follows here. */
export { createErasureCommands, type ErasureCommands } from './commands.ts'
export { findErased, listErased } from './queries.ts'
export type {
  ErasedFile,
  ErasurePlan,
  ErasureRequest,
  ErasureScope,
  NamingRepository,
  Tombstone,
} from './types.ts'
