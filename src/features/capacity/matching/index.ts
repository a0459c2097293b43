/** How needs meet offers by a rule that was published first: rounds as data, exact results, certificates. */
export { check, match, roundHash } from './commands.ts'
export {
  CHECK_REASONS,
  type CheckProblem,
  type CheckReason,
  formatFraction,
  type Fraction,
  parseFraction,
  readRound,
} from './rules/index.ts'
export {
  type Allocation,
  type Explanation,
  type Fairness,
  MatchResult,
  MAX_ROUND_BYTES,
  MOST,
  REFUSALS,
  type Refused,
  Round,
  type RuleName,
  RULES,
} from './types.ts'
