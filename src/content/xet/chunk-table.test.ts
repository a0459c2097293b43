import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ChunkTable, encodeChunkTable, type ChunkRow } from './chunk-table.ts'

const row: fc.Arbitrary<ChunkRow> = fc.record({
  hash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  storedLength: fc.integer({ min: 9, max: 262_152 }),
  rawLength: fc.integer({ min: 1, max: 131_072 }),
  crc: fc.integer({ min: 0, max: 0xffff_ffff }),
})
const rows = fc.array(row, { minLength: 1, maxLength: 200 })

describe('a chunk table', () => {
  it('gives back the rows it was made of', () => {
    fc.assert(
      fc.property(rows, (rows) => {
        expect([...new ChunkTable(encodeChunkTable(rows).bytes).rows()]).toEqual(rows)
      }),
    )
  })

  it('holds each chunk in 44 bytes, little-endian, with running ends', () => {
    const hash = new Uint8Array(32).fill(0xab)
    const table = encodeChunkTable([
      { hash, storedLength: 0x0102, rawLength: 0x03, crc: 0x04050607 },
      { hash, storedLength: 0x01, rawLength: 0x02, crc: 0 },
    ])
    expect(table.bytes.toHex()).toBe(
      'ab'.repeat(32) + '020100000300000007060504' + 'ab'.repeat(32) + '030100000500000000000000',
    )
  })

  it('places chunks one after the other', () => {
    fc.assert(
      fc.property(rows, (rows) => {
        const table = encodeChunkTable(rows)
        let [storedEnd, rawEnd] = [0, 0]
        rows.forEach((row, index) => {
          expect(table.storedRange(index)).toEqual({ start: storedEnd, end: (storedEnd += row.storedLength) })
          expect(table.rawRange(index)).toEqual({ start: rawEnd, end: (rawEnd += row.rawLength) })
        })
        expect([table.count, table.storedBytes, table.rawBytes]).toEqual([rows.length, storedEnd, rawEnd])
        expect(table.storedSpan({ start: 0, end: rows.length })).toEqual({ start: 0, end: storedEnd })
        expect(table.rawSpan({ start: 0, end: rows.length })).toEqual({ start: 0, end: rawEnd })
      }),
    )
  })

  it('finds the chunk that holds a byte', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (rows, offset) => {
        const table = encodeChunkTable(rows)
        const wanted = offset % table.rawBytes
        const { start, end } = table.rawRange(table.chunkAt(wanted))
        expect(start <= wanted && wanted < end).toBe(true)
      }),
    )
  })

  it('may be cut down to a run', () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(), (rows, a, b) => {
        const [start, end] = [a % rows.length, (b % rows.length) + 1]
        const range = { start: Math.min(start, end - 1), end }
        expect([...encodeChunkTable(rows).slice(range).rows()]).toEqual(rows.slice(range.start, range.end))
      }),
    )
  })

  it('reads ends past 2 GiB', () => {
    const hash = new Uint8Array(32)
    const table = encodeChunkTable([{ hash, storedLength: 3e9, rawLength: 4e9, crc: 0xffff_ffff }])
    expect([table.storedBytes, table.rawBytes, table.crc(0)]).toEqual([3e9, 4e9, 0xffff_ffff])
  })

  it('may be empty', () => {
    const table = encodeChunkTable([])
    expect([table.count, table.storedBytes, table.rawBytes]).toEqual([0, 0, 0])
  })

  it('knows no chunk outside itself', () => {
    expect(() => encodeChunkTable([]).hash(0)).toThrow(RangeError)
    expect(() => new ChunkTable(new Uint8Array(45))).toThrow(RangeError)
  })
})
