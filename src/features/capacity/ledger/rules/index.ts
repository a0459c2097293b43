/** What promises, agreements and deliveries come to, and how others are told of it; pure. */
export { type Group, ledgerOf, type Promised, totalsOf } from './accounts.ts'
export { type Activity, type NameOf, type Publisher, writeIati } from './iati.ts'
export { linesOf, type PledgeOfOffer } from './lines.ts'
export { stepBelow } from './steps.ts'
export { writeTable } from './table.ts'
