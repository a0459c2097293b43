/** Repositories of followed members: fetched, verified, and kept here to be read. */
export { mirrorRepository } from './commands/index.ts'
export { createDoubts } from './commands/doubts.ts'
export { logMirrorEvents, type MirrorEvents } from './events.ts'
export { type CopiedRepository, repositoriesOf } from './queries.ts'
export type { Doubts, Lie, MirrorDeps, Mirrored, MirrorRequest } from './types.ts'
