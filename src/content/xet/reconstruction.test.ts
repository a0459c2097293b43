import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { XetHash } from '../../kernel/names.ts'
import { encodeChunkTable, type ChunkTable } from './chunk-table.ts'
import { xetHashOf } from './hash.ts'
import { planReconstruction, type Reconstruction } from './reconstruction.ts'
import { rawLengthOf, type Term } from './terms.ts'

const [first, second] = [xorbNamed(1), xorbNamed(2)]
/** Ten chunks of 100, 101, .. 109 raw bytes; stored they take ten bytes more. */
const table = tableOf(Array.from({ length: 10 }, (_, index) => 100 + index))
const known = () => table

describe('a reconstruction', () => {
  const terms = [term(first, 0, 3), term(second, 2, 4), term(first, 3, 5)] // 303, 205 and 207 bytes

  it('of the whole file takes every term, and joins stretches that touch', () => {
    const plan = planned(terms)
    expect(plan.offsetIntoFirstRange).toBe(0)
    expect(plan.terms).toEqual(terms)
    expect(plan.fetches).toEqual(
      new Map([
        [first, [{ chunks: { start: 0, end: 5 }, bytes: { start: 0, end: 560 } }]],
        [second, [{ chunks: { start: 2, end: 4 }, bytes: { start: 221, end: 446 } }]],
      ]),
    )
  })

  it('of a range drops terms outside it and trims the others to whole chunks', () => {
    const plan = planned(terms, { start: 250, end: 410 })
    expect(plan.offsetIntoFirstRange).toBe(49)
    expect(plan.terms).toEqual([term(first, 2, 3), term(second, 2, 4)])
  })

  it('of one byte takes one chunk', () => {
    const plan = planned(terms, { start: 303, end: 304 })
    expect(plan).toMatchObject({ offsetIntoFirstRange: 0, terms: [term(second, 2, 3)] })
  })

  it('keeps stretches apart that do not touch', () => {
    const plan = planned([term(first, 7, 8), term(first, 0, 2), term(first, 1, 3)])
    expect(plan.fetches.get(first)?.map(({ chunks }) => chunks)).toEqual([
      { start: 0, end: 3 },
      { start: 7, end: 8 },
    ])
  })

  it('of a range past the end is cut off there', () => {
    expect(planned(terms, { start: 700, end: 10_000 }).terms).toEqual([term(first, 4, 5)])
  })

  it('of a range that starts at the end or later is refused', () => {
    for (const start of [715, 716, 1e9]) {
      expect(planReconstruction(terms, known, { start, end: start + 1 })).toEqual({
        ok: false,
        failure: { reason: 'rangeNotSatisfiable', detail: { size: 715 } },
      })
    }
  })

  it('of an empty file is empty, whatever the range', () => {
    const empty = { offsetIntoFirstRange: 0, terms: [], fetches: new Map() }
    expect(planned([])).toEqual(empty)
    expect(planned([], { start: 0, end: 256_000_000 })).toEqual(empty)
  })

  const anyTerm = fc
    .tuple(fc.constantFrom(first, second), fc.nat(9), fc.nat(9))
    .map(([xorb, a, b]) => term(xorb, Math.min(a, b), Math.max(a, b) + 1))
  const anyRange = fc.tuple(fc.nat(), fc.nat())

  it('rebuilds exactly the range', () => {
    fc.assert(
      fc.property(fc.array(anyTerm, { minLength: 1, maxLength: 12 }), anyRange, (terms, [a, b]) => {
        const size = rawLengthOf(terms)
        const start = a % size
        const range = { start, end: start + 1 + (b % (size - start)) }
        const plan = planned(terms, range)
        const rebuilt = bytesOf(plan.terms).slice(plan.offsetIntoFirstRange)
        expect(rebuilt.slice(0, range.end - range.start)).toEqual(
          bytesOf(terms).slice(range.start, range.end),
        )
        expect(plan.offsetIntoFirstRange).toBeLessThan(110)
        expect(rawLengthOf(plan.terms)).toBe(bytesOf(plan.terms).length)
      }),
    )
  })

  it('holds every term in exactly one stretch, and stretches neither overlap nor touch', () => {
    fc.assert(
      fc.property(fc.array(anyTerm, { minLength: 1, maxLength: 12 }), (terms) => {
        const plan = planned(terms)
        for (const { xorb, chunks } of plan.terms) {
          const holding = plan.fetches
            .get(xorb)
            ?.filter((fetch) => fetch.chunks.start <= chunks.start && chunks.end <= fetch.chunks.end)
          expect(holding).toHaveLength(1)
        }
        for (const fetches of plan.fetches.values()) {
          const gaps = fetches
            .slice(1)
            .map((fetch, index) => fetch.chunks.start - (fetches[index]?.chunks.end ?? 0))
          expect(gaps.every((gap) => gap > 0)).toBe(true)
        }
      }),
    )
  })
})

/** Stands for the decoded bytes of terms: one distinct number per byte of a xorb. */
function bytesOf(terms: readonly Term[]): number[] {
  return terms.flatMap(({ xorb, chunks }) => {
    const { start, end } = table.rawSpan(chunks)
    return Array.from({ length: end - start }, (_, index) => (xorb === first ? 0 : 1e6) + start + index)
  })
}

function planned(terms: readonly Term[], range?: { start: number; end: number }): Reconstruction {
  const plan = planReconstruction(terms, known, range)
  if (!plan.ok) throw new Error(plan.failure.reason)
  return plan.value
}

function term(xorb: XetHash, start: number, end: number): Term {
  const raw = table.rawSpan({ start, end })
  return { xorb, chunks: { start, end }, rawLength: raw.end - raw.start }
}

function xorbNamed(byte: number): XetHash {
  return xetHashOf(new Uint8Array(32).fill(byte))
}

function tableOf(lengths: readonly number[]): ChunkTable {
  const hash = new Uint8Array(32)
  return encodeChunkTable(
    lengths.map((rawLength) => ({ hash, rawLength, storedLength: rawLength + 10, crc: 0 })),
  )
}
