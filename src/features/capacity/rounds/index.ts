/** Rounds of matching: announced first, decided by what is in the logs, computed again by whoever wants to. */
export {
  createRounds,
  type Present,
  refusalOf,
  type RoundEntry,
  type Rounds,
  type RoundView,
} from './commands.ts'
export {
  assessRounds,
  isOfRound,
  isSameResult,
  membersConcerned,
  type RoundFacts,
  roundInputOf,
  statementsIn,
  stateOf,
} from './rules/index.ts'
export {
  type AssessedRound,
  type Computation,
  type Computed,
  type Cut,
  type LackingLog,
  LACKS,
  type NoInput,
  type PassedOver,
  ROUND_STATES,
  type RoundDraft,
  type RoundInput,
  type RoundState,
  type StatedResult,
} from './types.ts'
