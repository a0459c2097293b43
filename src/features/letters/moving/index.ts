/** What was said between members, when one of them moves to another node. */
export { createMoving } from './commands.ts'
