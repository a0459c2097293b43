/** Repositories promised to everybody: by whom, until when, and how many copies there really are. */
export { createPublicGoodCommands, type KeptGood, type PublicGoodCommands } from './commands/index.ts'
export { type CheckDeps, startCheckingCopies } from './commands/check.ts'
export { logPublicGoodEvents, type PublicGoodEvents } from './events.ts'
export {
  copiesOf,
  holdingOf,
  isPromiseWaiting,
  largeFilesOf,
  listPublicGoods,
  originOfPublicGood,
  publicGoodOf,
} from './queries.ts'
export { counts, endOf, standing } from './rules.ts'
export type { Copy, CopyState, Holding, PublicGood, Terms as PromisedTerms } from './types.ts'
