/** The queue of public records, which the log reads in order. */
export { queueRevision, queueWithdrawal } from './commands.ts'
