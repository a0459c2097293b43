/** Asking to read a repository, here or at another member, and the right that comes of it. */
export { createRequestCommands, type RequestCommands } from './commands/index.ts'
export { pseudonymOf, type RequestDeps } from './commands/ask.ts'
export { hear } from './commands/hear.ts'
export { isGranted } from './queries.ts'
export type * from './types.ts'
