/** What can be wrong with a result, in the order in which it is looked for. */
export const CHECK_REASONS = [
  'malformed',
  'resultHash',
  'otherRound',
  'otherRule',
  'leftOut',
  'allocation',
  'notEligible',
  'overNeed',
  'overOffer',
  'overReserve',
  'overCap',
  'belowMinimum',
  'belowBase',
  'received',
  'level',
  'set',
  'notTight',
  'betterOff',
  'fairness',
  'explanation',
] as const
export type CheckReason = (typeof CHECK_REASONS)[number]

/** The first thing that is wrong, and where. */
export interface CheckProblem {
  readonly reason: CheckReason
  readonly place: string
}

export type Finding = CheckProblem | null

export function wrong(reason: CheckReason, place: string): CheckProblem {
  return { reason, place }
}

/** The first finding of a list of checks. */
export function first<Each>(all: Iterable<Each>, look: (each: Each, at: number) => Finding): Finding {
  let at = 0
  for (const each of all) {
    const finding = look(each, at++)
    if (finding) return finding
  }
  return null
}
