/** When a host is asked again: `Retry-After`, and a circuit breaker with exponential back-off. Pure. */
import { DAY, MINUTE, type Millis, SECOND } from '../../kernel/time.ts'

/** What is remembered of a host that failed. A host that answers well is forgotten. */
export interface Trouble {
  /** Failures in a row. */
  readonly failures: number
  readonly lastAt: Millis
  /** Not asked before. */
  readonly until: Millis
}

/** So many failures in a row are borne without a pause. */
const BORNE_FAILURES = 2
const FIRST_PAUSE = 5 * SECOND
const LONGEST_PAUSE = 15 * MINUTE

export interface FailedRequest {
  readonly startedAt: Millis
  readonly now: Millis
  /** Evenly drawn from [0, 1): spreads the members that lost the same host. */
  readonly chance: number
}

/**
 * Adds a failure. From the third in a row the host is paused: 5 s, doubled each time up to 15 min, less up to half of
 * it by chance. Requests that were under way together count once.
 */
export function addFailure(trouble: Trouble | undefined, request: FailedRequest): Trouble {
  if (trouble && request.startedAt < trouble.lastAt) return trouble
  const failures = (trouble?.failures ?? 0) + 1
  const until = failures > BORNE_FAILURES ? request.now + pauseAfter(failures, request.chance) : 0
  return { failures, lastAt: request.now, until: Math.max(until, trouble?.until ?? 0) }
}

function pauseAfter(failures: number, chance: number): Millis {
  const whole = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - BORNE_FAILURES - 1))
  return Math.round(whole * (1 - chance / 2))
}

/** Adds an answer 429 or 503: the host says when, or the back-off does, from its first pause on. */
export function addBusy(
  trouble: Trouble | undefined,
  request: FailedRequest & { readonly retryAfter: string | undefined },
): Trouble {
  const asked = readRetryAfter(request.retryAfter, request.now)
  const before =
    trouble && request.startedAt < trouble.lastAt ? trouble.failures - 1 : (trouble?.failures ?? 0)
  const failures = Math.max(before, BORNE_FAILURES) + 1
  const until = asked ?? request.now + pauseAfter(failures, request.chance)
  return { failures, lastAt: request.now, until: Math.max(until, trouble?.until ?? 0) }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/
const LONGEST_ASKED = DAY

/**
 * The instant that `Retry-After` names, in seconds or as a date (RFC 9110 §10.2.3): at least a second and at most a
 * day from `now`. `undefined` where it is missing or unreadable.
 */
export function readRetryAfter(header: string | undefined, now: Millis): Millis | undefined {
  const text = header?.trim() ?? ''
  const at = /^\d{1,10}$/.test(text) ? now + Number(text) * SECOND : readHttpDate(text)
  return at === undefined ? undefined : Math.min(Math.max(at, now + SECOND), now + LONGEST_ASKED)
}

function readHttpDate(text: string): Millis | undefined {
  const [, day, monthName = '', year, time] = HTTP_DATE.exec(text) ?? []
  const month = MONTHS.indexOf(monthName) + 1
  if (month === 0) return undefined
  try {
    return Temporal.Instant.from(`${year}-${String(month).padStart(2, '0')}-${day}T${time}Z`)
      .epochMilliseconds
  } catch (error) {
    if (error instanceof RangeError) return undefined // 31 February and the like
    throw error
  }
}
