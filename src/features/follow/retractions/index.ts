/** What members have taken back. */
export { retract, type RetractionRequest } from './commands.ts'
export { retractionsIn } from './queries.ts'
export { isRetractable } from './rules.ts'
export type { Retraction } from './types.ts'
