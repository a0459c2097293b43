import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readRange } from './byte-range.ts'

describe('a Range header', () => {
  it.each([
    ['bytes=0-0', 10, { start: 0, end: 1 }],
    ['bytes=5-', 10, { start: 5, end: 10 }],
    ['bytes=5-99', 10, { start: 5, end: 10 }],
    ['bytes=-3', 10, { start: 7, end: 10 }],
    ['bytes=-30', 10, { start: 0, end: 10 }],
  ])('%s of %i bytes is a part', (header, size, range) => {
    expect(readRange(header, size)).toEqual({ kind: 'part', range })
  })

  it.each([
    ['bytes=10-', 10],
    ['bytes=0-', 0],
    ['bytes=-0', 10],
  ])('%s of %i bytes cannot be satisfied', (header, size) => {
    expect(readRange(header, size)).toEqual({ kind: 'unsatisfiable' })
  })

  it.each([undefined, 'items=0-1', 'bytes=a-b', 'bytes=3-1', 'bytes=0-1,3-4', 'bytes=-'])(
    '%s means the whole',
    (header) => {
      expect(readRange(header, 10)).toEqual({ kind: 'whole' })
    },
  )

  it('never reaches outside the file', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat({ max: 1e6 }), (first, last, size) => {
        const read = readRange(`bytes=${first}-${last}`, size)
        if (read.kind === 'part')
          expect(read.range.start < read.range.end && read.range.end <= size).toBe(true)
        else expect(first >= size || last < first).toBe(true)
      }),
    )
  })
})
