/** What rounds come to and are computed from, pure. docs/spec/rounds.md says the same in words. */
export { assessRounds, isSameResult, stateOf } from './assess.ts'
export { membersConcerned, statementsIn } from './cut.ts'
export { type RoundFacts, roundInputOf } from './input.ts'
export { byPlace } from './order.ts'
export { isOfRound } from './parts.ts'
