/** Repositories of other members, as their homes say they are: kept here to be read. */
export {
  continuesFrom,
  type CopyDeps,
  dropCopy,
  forgetArriving,
  forgetBatch,
  hideRepository,
  keepArriving,
  type MovedRepository,
  standCopy,
  standMoved,
  formerNames,
  keepFormerName,
} from './commands.ts'
export { heldObjects } from './queries.ts'
export type {
  ArrivingObject,
  Copy,
  CopyProblem,
  CopyRequest,
  Delivery,
  ExpectedFiles,
  HeldObject,
} from './types.ts'
