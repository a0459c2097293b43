import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { TermsBuilder } from './terms-builder.ts'

/** A stored run offered to the builder, or a new chunk. */
const step = fc.oneof(
  fc.record({ xorb: fc.constantFrom('a', 'b'), start: fc.nat(50), count: fc.integer({ min: 1, max: 20 }) }),
  fc.constant('new' as const),
)

describe('a file’s terms', () => {
  it('are short on the average only in a file of few terms', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { builder, chunks } = build(steps)
        // Beyond the first few, a run has eight chunks at least, and new chunks may lie between two runs.
        expect(builder.terms.length).toBeLessThanOrEqual(10 + (2 * chunks) / 8)
      }),
    )
  })

  it('cover all chunks, and no two that follow one another could be one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const { builder, chunks } = build(steps)
        const covered = builder.terms.reduce((total, term) => total + term.chunks.end - term.chunks.start, 0)
        expect(covered).toBe(chunks)
        expect(builder.terms.reduce((total, term) => total + term.rawLength, 0)).toBe(100 * chunks)
        const pairs = builder.terms.slice(1).map((term, index) => ({ term, before: builder.terms[index] }))
        expect(
          pairs.filter(
            ({ term, before }) => term.xorb === before?.xorb && term.chunks.start === before.chunks.end,
          ),
        ).toEqual([])
      }),
    )
  })

  it('take a short run at the start, and where it continues the last', () => {
    const builder = new TermsBuilder<string>()
    for (let chunk = 0; chunk < 8; chunk++) {
      expect(builder.isWorthwhile(`xorb ${chunk}`, { start: 0, end: 1 })).toBe(true)
      builder.add(`xorb ${chunk}`, { start: 0, end: 1 }, 100)
    }
    expect(builder.isWorthwhile('xorb 3', { start: 1, end: 8 })).toBe(false)
    expect(builder.isWorthwhile('xorb 3', { start: 1, end: 9 })).toBe(true)
    expect(builder.isWorthwhile('xorb 7', { start: 1, end: 2 })).toBe(true)
  })

  function build(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) {
    const builder = new TermsBuilder<string>()
    let [chunks, stored] = [0, 0]
    for (const step of steps) {
      const run = step !== 'new' && { start: step.start, end: step.start + step.count }
      if (run && builder.isWorthwhile(step.xorb, run)) {
        builder.add(step.xorb, run, 100 * step.count)
        chunks += step.count
      } else {
        builder.add('own', { start: stored, end: stored + 1 }, 100)
        stored++
        chunks++
      }
    }
    return { builder, chunks }
  }
})
