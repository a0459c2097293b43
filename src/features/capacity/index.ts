/** Needs meet offers: what members need and offer, rounds that match it, agreements, deliveries, and what it all comes to. */
export { type Capacity, type CapacityDeps, createCapacity } from './commands.ts'
export * from './agreements/index.ts'
export * from './matching/index.ts'
export * from './rounds/index.ts'
export * from './statements/index.ts'
export * from './ledger/index.ts'
