import { describe, expect, it } from 'vitest'

import { createClockWatch } from './clock-watch.ts'
import { HOUR } from './time.ts'

const NOW = Date.UTC(2026, 10, 24)
const said = (at: number) => new Date(at).toUTCString()

describe('a clock that is held against others', () => {
  it('believes itself before anybody answered, and when nobody says a date', () => {
    const watch = createClockWatch(() => NOW)
    watch.heard('one', undefined)
    watch.heard('two', 'yesterday')
    expect(watch.ahead()).toBe(0)
  })

  it('takes the median over the last of each: one that lies changes nothing', () => {
    const watch = createClockWatch(() => NOW)
    watch.heard('one', said(NOW - HOUR))
    expect(watch.ahead()).toBe(HOUR)
    for (const host of ['one', 'two', 'three']) watch.heard(host, said(NOW))
    watch.heard('liar', said(0))
    watch.heard('liar', said(0))
    expect(watch.ahead()).toBe(0)
  })

  it('forgets whom it has not heard of for long', () => {
    const watch = createClockWatch(() => NOW)
    for (let host = 0; host < 40; host++) watch.heard(`old ${host}`, said(0))
    for (let host = 0; host < 32; host++) watch.heard(`new ${host}`, said(NOW))
    expect(watch.ahead()).toBe(0)
  })
})
