import { describe, expect, it } from 'vitest'

import { LIMITS } from './limits.ts'
import { FRESH_PACE, judgePace, type PaceLimits, type Tick } from './pace.ts'

const waiting = (bytes: number): Tick => ({ isWaiting: true, hasTaken: bytes > 0, bytes })
const working: Tick = { isWaiting: false, hasTaken: true, bytes: 0 }
const idle: Tick = { isWaiting: false, hasTaken: false, bytes: 0 }
const times = (count: number, tick: Tick) => Array<Tick>(count).fill(tick)

/** The second in which the body is given up and why, or `kept`. */
function judge(ticks: readonly Tick[], limits: PaceLimits = LIMITS): string {
  let pace = FRESH_PACE
  for (const [second, tick] of ticks.entries()) {
    const verdict = judgePace(pace, tick, limits)
    if (!verdict.isKept) return `${verdict.step} ${second + 1}`
    pace = verdict.pace
  }
  return 'kept'
}

const LINK = 64 * 1024 // 512 kbit/s

describe('the pace of a body', () => {
  it.each([
    ['1 B/s', times(100, waiting(1)), 'speed 30'],
    ['nothing at all', times(100, waiting(0)), 'silence 30'],
    [
      'a byte every 29 s',
      Array.from({ length: 100 }, (_, at) => waiting(at % 29 === 28 ? 1 : 0)),
      'speed 30',
    ],
    ['a link of 512 kbit/s', times(600, waiting(LINK)), 'kept'],
    [
      'the same, stalled for 29 s of every 30',
      Array.from({ length: 600 }, (_, at) => waiting(at % 30 === 0 ? LINK : 0)),
      'kept',
    ],
    ['the same, stalled for 30 s', [waiting(LINK), ...times(30, waiting(0))], 'silence 31'],
    ['a quarter of 128 kbit/s', times(600, waiting(4 * 1024)), 'kept'],
    ['a reader that works for an hour', times(3600, working), 'kept'],
    ['a reader that went away', times(3600, idle), 'reader 120'],
    [
      'a reader that takes its time now and then',
      [...times(119, idle), working, ...times(119, idle)],
      'kept',
    ],
    ['a burst, then 1 B/s', [waiting(10 * LINK), ...times(100, waiting(1))], 'speed 60'],
  ])('%s: %#', (_, ticks, verdict) => {
    expect(judge(ticks)).toBe(verdict)
  })

  it('of a stream is judged by its signs of life only', () => {
    const stream = { ...LIMITS, silenceMs: LIMITS.streamSilenceMs, floorBytesPerSecond: 0 }
    expect(
      judge(
        Array.from({ length: 3600 }, (_, at) => waiting(at % 170 === 0 ? 1 : 0)),
        stream,
      ),
    ).toBe('kept')
    expect(judge(times(3600, waiting(0)), stream)).toBe('silence 180')
  })
})
