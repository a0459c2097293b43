/** Whether a body comes fast enough. Pure: counts ticks, so that time spent by the reader is not held against the host. */
import type { Millis } from '../../kernel/time.ts'

export interface PaceLimits {
  /** How often the pace is looked at: the grain of all that follows. */
  readonly tickMs: Millis
  /** Longest silence while the reader waits. */
  readonly silenceMs: Millis
  /** Longest time in which the reader takes nothing. */
  readonly readerMs: Millis
  /** Fewest bytes a second, averaged over `windowMs` of waiting; 0 asks for none. */
  readonly floorBytesPerSecond: number
  readonly windowMs: Millis
}

/** What was seen so far, in ticks. */
export interface Pace {
  readonly silent: number
  readonly unread: number
  readonly waited: number
  readonly windowBytes: number
}

export const FRESH_PACE: Pace = { silent: 0, unread: 0, waited: 0, windowBytes: 0 }

/** What happened since the last tick. */
export interface Tick {
  /** The reader waits for the host. */
  readonly isWaiting: boolean
  /** The reader took some of the body. */
  readonly hasTaken: boolean
  /** Bytes that came over the wire. */
  readonly bytes: number
}

export type PaceVerdict =
  | { readonly isKept: true; readonly pace: Pace }
  | { readonly isKept: false; readonly step: 'silence' | 'speed' | 'reader' }

/** Judges one tick. */
export function judgePace(pace: Pace, tick: Tick, limits: PaceLimits): PaceVerdict {
  const windowBytes = pace.windowBytes + tick.bytes
  if (!tick.isWaiting) {
    const unread = tick.hasTaken ? 0 : pace.unread + 1
    if (unread * limits.tickMs >= limits.readerMs) return { isKept: false, step: 'reader' }
    return { isKept: true, pace: { ...pace, silent: 0, unread, windowBytes } }
  }
  const silent = tick.bytes > 0 ? 0 : pace.silent + 1
  if (silent * limits.tickMs >= limits.silenceMs) return { isKept: false, step: 'silence' }
  const waited = pace.waited + 1
  if (waited * limits.tickMs < limits.windowMs) {
    return { isKept: true, pace: { silent, unread: 0, waited, windowBytes } }
  }
  const floor = (limits.floorBytesPerSecond * waited * limits.tickMs) / 1000
  if (windowBytes < floor) return { isKept: false, step: 'speed' }
  return { isKept: true, pace: { ...FRESH_PACE, silent } }
}
