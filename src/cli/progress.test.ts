import { describe, expect, it } from 'vitest'

import { createTranslator } from '../web/i18n/index.ts'
import { progressLine, startCount, startProgress } from './progress.ts'

function terminal(columns: number) {
  const written: string[] = []
  return { written, isTTY: true, columns, write: (text: string) => written.push(text) }
}

describe('progress', () => {
  it('tells share, amounts, speed, time left and name', () => {
    const state = { total: 4_000_000, done: 1_000_000, name: 'model.safetensors' }
    expect(progressLine(state, 500_000, createTranslator('en'))).toBe(
      '[######                  ] 25%  1 MB of 4 MB  500 kB/s  6 s  model.safetensors',
    )
  })

  it('says nothing where stderr is no terminal', () => {
    const written: string[] = []
    {
      using progress = startProgress({
        stderr: { write: (text: string) => written.push(text) },
        clock: () => 0,
      })
      progress.expect(10)
      progress.advance(10)
    }
    expect(written).toEqual([])
  })

  it('draws on one line, ten times a second at most, within the width, and takes the line away', () => {
    const stderr = terminal(40)
    let now = 0
    {
      using progress = startProgress({ stderr, clock: () => now })
      progress.expect(1000)
      for (let step = 0; step < 100; step++) {
        now += 10
        progress.advance(10)
      }
    }
    expect(stderr.written.length).toBeLessThan(13)
    const lines = stderr.written.map((text) => text.replace('\r\u001b[K', ''))
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40)
    expect(lines.at(-1)).toBe('')
    expect(lines.at(-2)).toContain('[########################] 100%')
  })

  it('shows the speed of the last while, so that a stall shows', () => {
    const stderr = terminal(200)
    let now = 0
    using progress = startProgress({ stderr, clock: () => now })
    progress.expect(10_000)
    now = 1000
    progress.advance(1000)
    expect(stderr.written.at(-1)).toContain('1 kB/s')
    for (let second = 2; second < 40; second++) {
      now = second * 1000
      progress.show('stalled')
    }
    expect(stderr.written.at(-1)).toContain('0 bytes/s')
  })
})

describe('a count', () => {
  it('is drawn on one line, ten times a second at most, and taken away', () => {
    const stderr = terminal(40)
    let now = 0
    {
      using count = startCount({ stderr, clock: () => now }, 'entries')
      for (let done = 0; done <= 3; done++, now += 50) count.show(done, 3)
    }
    const line = '\r\u001b[K'
    expect(stderr.written).toEqual([`${line}0 of 3 entries`, `${line}2 of 3 entries`, line])
  })

  it('says nothing where stderr is no terminal', () => {
    const written: string[] = []
    {
      const stderr = { write: (text: string) => written.push(text) }
      using count = startCount({ stderr, clock: () => 0 }, 'entries')
      count.show(1, 2)
    }
    expect(written).toEqual([])
  })
})
