import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { DAY, MINUTE, SECOND } from '../../kernel/time.ts'
import { addBusy, addFailure, readRetryAfter, type Trouble } from './patience.ts'

const NOW = Date.UTC(2026, 10, 24, 5)

function failTimes(times: number, chance = 0): Trouble | undefined {
  let trouble: Trouble | undefined
  for (let time = 0; time < times; time++) trouble = addFailure(trouble, { startedAt: NOW, now: NOW, chance })
  return trouble
}

describe('Retry-After', () => {
  it.each([
    ['120', NOW + 2 * MINUTE],
    [' 7 ', NOW + 7 * SECOND],
    ['0', NOW + SECOND],
    ['9999999999', NOW + DAY],
    ['Tue, 24 Nov 2026 05:01:30 GMT', NOW + 90 * SECOND],
    ['Tue, 24 Nov 2026 04:00:00 GMT', NOW + SECOND],
    ['Fri, 24 Nov 2056 04:00:00 GMT', NOW + DAY],
    ['Tue, 31 Feb 2026 04:00:00 GMT', undefined],
    ['Tue, 24 Foo 2026 04:00:00 GMT', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is read', (header, at) => {
    expect(readRetryAfter(header, NOW)).toBe(at)
  })

  it('never names an instant outside a second to a day from now', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat().map(String), fc.string()), (header) => {
        const wait = (readRetryAfter(header, NOW) ?? NOW + SECOND) - NOW
        expect(wait >= SECOND && wait <= DAY).toBe(true)
      }),
    )
  })
})

describe('the back-off', () => {
  it('bears two failures, then doubles its pause up to a quarter of an hour', () => {
    const pauses = [1, 2, 3, 4, 5, 10, 11, 100].map((times) => (failTimes(times)?.until ?? 0) - NOW)
    expect(pauses.map((pause) => Math.max(pause, 0))).toEqual([
      0,
      0,
      5 * SECOND,
      10 * SECOND,
      20 * SECOND,
      640 * SECOND,
      15 * MINUTE,
      15 * MINUTE,
    ])
  })

  it('takes up to half of the pause away by chance', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 2000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (times, chance) => {
          const whole = (failTimes(times)?.until ?? 0) - NOW
          const pause = (failTimes(times, chance)?.until ?? 0) - NOW
          expect(pause >= whole / 2 && pause <= whole).toBe(true)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('counts requests once that failed together', () => {
    const first = addFailure(undefined, { startedAt: NOW, now: NOW + 10, chance: 0 })
    const second = addFailure(first, { startedAt: NOW + 5, now: NOW + 12, chance: 0 })
    expect(second).toEqual(first)
  })

  it('waits as long as a busy host asks, or at once as after three failures', () => {
    const request = { startedAt: NOW, now: NOW, chance: 0 }
    expect(addBusy(undefined, { ...request, retryAfter: '60' }).until).toBe(NOW + MINUTE)
    expect(addBusy(undefined, { ...request, retryAfter: undefined }).until).toBe(NOW + 5 * SECOND)
    const again = addBusy(addBusy(undefined, { ...request, retryAfter: undefined }), {
      ...request,
      retryAfter: undefined,
    })
    expect(again.until).toBe(NOW + 10 * SECOND)
  })

  it('never shortens a pause', () => {
    const asked = addBusy(undefined, { startedAt: NOW, now: NOW, chance: 0, retryAfter: '3600' })
    expect(addFailure(asked, { startedAt: NOW, now: NOW, chance: 0 }).until).toBe(asked.until)
  })
})
