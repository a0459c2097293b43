/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Millis = number

/** Tells the time. Only `main.ts` makes a real one; tests step a fake. */
export type Clock = () => Millis

/** `2026-11-24T05:00:00.000Z`, the form Hugging Face clients parse. */
export function isoTime(at: Millis): string {
  return new Date(at).toISOString()
}

/** The moment that an ISO 8601 text names; NaN when it names none. */
export function momentOf(text: string): Millis {
  return new Date(text).getTime()
}

/** Whole seconds since 1970, for token expiry and git. */
export function unixSeconds(at: Millis): number {
  return Math.floor(at / 1000)
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
