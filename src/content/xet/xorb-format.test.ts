import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { referenceUpload } from '../../../test/vectors/xet/recipes.ts'
import { XetHash } from '../../kernel/names.ts'
import { loadCodec } from '../codec/index.ts'
import { encodeChunkTable, type ChunkRow } from './chunk-table.ts'
import { xetHashOf } from './hash.ts'
import { xorbHash } from './merkle.ts'
import {
  SCHEME,
  buildFooter,
  footerLength,
  isFooterAt,
  readChunkHeader,
  writeChunkHeader,
  type ChunkHeader,
} from './xorb-format.ts'

const header: fc.Arbitrary<ChunkHeader> = fc.record({
  scheme: fc.constantFrom(...Object.values(SCHEME)),
  storedLength: fc.integer({ min: 1, max: 262_144 }),
  rawLength: fc.integer({ min: 1, max: 131_072 }),
})

describe('a chunk header', () => {
  it('reads back as it was written', () => {
    fc.assert(
      fc.property(header, fc.nat(20), (header, at) => {
        const bytes = new Uint8Array(at + 8)
        writeChunkHeader(bytes, at, header)
        expect(readChunkHeader(bytes, at)).toEqual(header)
      }),
    )
  })

  it.each([
    ['of another version', '0100010001000100'],
    ['of scheme 3', '0000010003000100'],
    ['of scheme 99, "choose for me"', '0000010063000100'],
    ['of no stored bytes', '0000000001000100'],
    ['of no raw bytes', '0000010001000000'],
    ['of more stored bytes than 256 KiB', '0001000401000100'],
    ['of more raw bytes than 128 KiB', '0000010001010002'],
    ['cut short', '00000100010001'],
  ])('%s is none', (_, hex) => {
    expect(readChunkHeader(Uint8Array.fromHex(hex), 0)).toBeNull()
  })
})

describe('a footer', () => {
  const { hash, xorb } = referenceUpload()
  const codec = loadCodec()
  const { rows, end } = readRows()

  it('is found where the chunks end', () => {
    expect(isFooterAt(xorb, end)).toBe(true)
    expect(isFooterAt(xorb, 0)).toBe(false)
    expect(isFooterAt(xorb.subarray(0, end + 6), end)).toBe(false)
  })

  it('equals the reference client’s, save for the bytes that it may choose', () => {
    const built = buildFooter(XetHash.parse(hash), encodeChunkTable(rows))
    const chosen = built.length - 4 - 16
    const reference = Uint8Array.from(xorb.subarray(end)).fill(0, chosen, chosen + 16)
    expect(built).toEqual(reference)
    expect(built.length).toBe(footerLength(rows.length))
  })

  it('carries the hash of its chunks', () => {
    const chunks = rows.map((row) => ({ hash: row.hash, length: row.rawLength }))
    expect(xetHashOf(xorbHash(chunks, codec.keyedHash))).toBe(hash)
  })

  function readRows(): { rows: ChunkRow[]; end: number } {
    const rows: ChunkRow[] = []
    let end = 0
    for (let header = readChunkHeader(xorb, 0); header; header = readChunkHeader(xorb, end)) {
      const { scheme, storedLength, rawLength } = header
      const raw = new Uint8Array(rawLength)
      codec.decodeChunk(scheme, xorb.subarray(end + 8, end + 8 + storedLength), rawLength, raw, 0)
      rows.push({ hash: codec.hashChunk(raw), storedLength: 8 + storedLength, rawLength, crc: 0 })
      end += 8 + storedLength
    }
    return { rows, end }
  }
})
