/** The network: the one guarded way to ask other machines. */
export { type FetcherOptions, openFetcher } from './fetcher.ts'
export { type Resolve, resolveBySystem } from './connection.ts'
export { LIMITS, type NetworkLimits } from './limits.ts'
