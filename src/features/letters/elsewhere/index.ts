/** What people of this node read at other members that let them in. */
export { createElsewhere, type Elsewhere } from './commands.ts'
export type { Permission, Question } from './types.ts'
