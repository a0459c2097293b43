/** How needs meet offers, pure. docs/spec/matching.md says the same in words. */
export { check, type CheckProblem, type CheckReason, CHECK_REASONS } from './check/index.ts'
export { decide } from './match.ts'
export { sceneOf } from './network.ts'
export { readRound } from './round.ts'
export { formatFraction, type Fraction, parseFraction } from './fraction.ts'
