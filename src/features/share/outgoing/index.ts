/** What goes out: the queue of public records, which the log reads in order, and the git objects that a follower asks for. */
export { queueErasures, queueRevision, queueTombstone, queueWithdrawal } from './commands.ts'
export { objectsBetween, type StoredObject } from './queries.ts'
