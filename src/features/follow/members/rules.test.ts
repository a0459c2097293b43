import { describe, expect, it } from 'vitest'

import { DAY, HOUR, MINUTE, SECOND } from '../../../kernel/time.ts'
import { isStale, pauseAfter, pauseOfStream } from './rules.ts'

describe('the pause before a member is asked again', () => {
  it.each([
    [{ failures: 0, isHearing: false }, MINUTE],
    [{ failures: 0, isHearing: true }, HOUR],
    [{ failures: 1, isHearing: true }, 2 * MINUTE],
    [{ failures: 1, isHearing: false }, 2 * MINUTE],
    [{ failures: 3, isHearing: false }, 8 * MINUTE],
    [{ failures: 1000, isHearing: false }, HOUR],
  ])('after %j', (state, expected) => {
    expect(pauseAfter(state, 0.5)).toBe(expected)
    expect(pauseAfter(state, 0)).toBe(expected * 0.9)
    expect(pauseAfter(state, 1)).toBe(Math.round(expected * 1.1))
  })

  it('grows for a stream from half a second or so to a minute or so', () => {
    expect([0, 3, 50].map((failures) => pauseOfStream(failures, 0.5))).toEqual([SECOND, 8 * SECOND, MINUTE])
  })
})

it.each([
  [null, 10 * DAY, false],
  [0, DAY - 1, false],
  [0, DAY, true],
])('an address that shows old checkpoints, well at %s, is stale at %s: %s', (checkedAt, now, expected) => {
  expect(isStale(checkedAt, now)).toBe(expected)
})
