/** Decisions about vouching for logs, pure. */
import { HOUR, MINUTE, type Millis, momentOf, SECOND } from '../kernel/time.ts'

/** No clock that is right shows less: a machine whose battery is empty begins in 1970. */
const BUILT = momentOf('2025-01-01T00:00:00Z')
/** Clocks of well-kept machines differ by less. */
const TOLERANCE = 5 * MINUTE
/** After so long a checkpoint that has not changed is vouched for anew when its log asks. */
const FRESH_FOR = HOUR

/** Why nothing is added to a log any more: what its member said when it went on in another log, or what was found here. */
export const FREEZE_REASONS = ['compromise', 'fork', 'loss', 'moved', 'twin'] as const

/** Why a clock is not to be believed: it shows a time that is long past, another than those of others, or less than it did. */
export type ClockDoubt = 'past' | 'apart' | 'backwards'

/** Whether a clock is to be believed, see {@link timeToVouch}; null when it is. */
export function doubtOfClock({
  now,
  last,
  ahead,
}: {
  readonly now: Millis
  readonly last: Millis | null
  readonly ahead: Millis
}): ClockDoubt | null {
  if (now < BUILT) return 'past'
  if (Math.abs(ahead) > TOLERANCE) return 'apart'
  return last !== null && now < last - TOLERANCE ? 'backwards' : null
}

/**
 * The time, of whole seconds, at which to vouch for a log now; null while the clock is not to be believed. `last` is when it
 * was vouched for before, and no later statement is dated earlier. `ahead` says how much this clock shows more than those of
 * others.
 */
export function timeToVouch({
  now,
  last,
  ahead,
}: {
  readonly now: Millis
  readonly last: Millis | null
  readonly ahead: Millis
}): Millis | null {
  if (doubtOfClock({ now, last, ahead })) return null
  return Math.max(Math.floor(now / SECOND) * SECOND, last ?? 0)
}

/** Whether what was vouched for at `time` is to be dated anew. */
export function isFresh(time: Millis, now: Millis): boolean {
  return now - time < FRESH_FOR
}

/**
 * How many of `followers` must vouch for a checkpoint so that the log cannot show two histories to two halves of them: more than
 * two thirds. So many that lie or are silent are borne as are left.
 */
export function enough(followers: number): number {
  return Math.floor((2 * followers) / 3) + 1
}

/** The name under which a member vouches for logs of others. */
export function witnessName(member: string): string {
  return `ayni/${member}/witness`
}
