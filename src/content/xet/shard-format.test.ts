import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { contentOf, referenceUpload } from '../../../test/vectors/xet/recipes.ts'
import { XetHash } from '../../kernel/names.ts'
import { loadCodec } from '../codec/index.ts'
import { encodeChunkTable } from './chunk-table.ts'
import { xetHashOf } from './hash.ts'
import { hmacHash, verificationHash } from './merkle.ts'
import { buildDedupAnswer, parseShard, type Shard } from './shard-format.ts'

const { keyedHash } = loadCodec()
const upload = referenceUpload()

describe('an uploaded shard', () => {
  const shard = parsed(upload.shard)

  it('tells its files: hash, terms, SHA-256', () => {
    const expected = upload.files.map((file) => ({
      hash: file.hash,
      size: file.size,
      sha256: createHash('sha256').update(contentOf(file)).digest('hex'),
    }))
    const found = [...shard.files].map((file) => ({
      hash: file.hash,
      size: file.terms.reduce((total, term) => total + term.rawLength, 0),
      sha256: file.sha256,
    }))
    expect(found).toHaveLength(shard.fileCount)
    expect(new Set(found)).toEqual(new Set(expected))
  })

  it('tells its xorbs: hash, chunks', () => {
    const [xorb] = shard.xorbs
    expect([xorb?.hash, xorb?.count]).toEqual([upload.hash, 5])
    const lengths = Array.from({ length: 5 }, (_, index) => xorb?.chunkLength(index))
    expect(lengths).toEqual([70_003, 9_002, 131_072, 16_377, 2_552])
  })

  it('carries a verification hash for each term that its chunks bear out', () => {
    const [xorb] = shard.xorbs
    for (const file of shard.files) {
      const expected = file.terms.map(({ chunks: { start, end } }) =>
        verificationHash(
          Array.from(
            { length: end - start },
            (_, index) => xorb?.chunkHash(start + index) ?? new Uint8Array(),
          ),
          keyedHash,
        ),
      )
      expect(file.verification.map((hash) => Uint8Array.from(hash))).toEqual(expected)
    }
  })

  it('may be read again', () => {
    expect([...shard.files]).toEqual([...shard.files])
  })

  it('may end after its xorbs or carry a footer', () => {
    const withoutFooter = parsed(upload.shard.subarray(0, upload.shard.length - 200))
    expect([...withoutFooter.files]).toEqual([...shard.files])
  })
})

describe('a hostile shard', () => {
  it('is refused or read, never thrown at', () => {
    const change = fc.tuple(fc.nat(upload.shard.length - 1), fc.integer({ min: 0, max: 255 }))
    const mutated = fc
      .array(change, { minLength: 1, maxLength: 8 })
      .map((changes) =>
        changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), Uint8Array.from(upload.shard)),
      )
    const cut = fc.nat(upload.shard.length).map((length) => Uint8Array.from(upload.shard.subarray(0, length)))
    fc.assert(
      fc.property(fc.oneof(mutated, cut, fc.uint8Array()), (bytes) => {
        const shard = parseShard(bytes)
        if (!shard.ok) {
          expect(shard.failure.reason).toBe('invalidShard')
          return
        }
        expect([...shard.value.files]).toHaveLength(shard.value.fileCount)
        expect([...shard.value.xorbs]).toHaveLength(shard.value.xorbCount)
      }),
      { numRuns: 2000 },
    )
  })

  const FIRST_FILE = 48
  const FIRST_TERM = 96
  it.each([
    ['that claims more terms than it has', FIRST_FILE + 36, 0xffff_ffff],
    ['whose file carries no verification', FIRST_FILE + 32, 0x4000_0000],
    ['whose term has no chunks', FIRST_TERM + 44, 0],
    ['whose term passes the end of any xorb', FIRST_TERM + 44, 8193],
    ['whose term is longer than its chunks can be', FIRST_TERM + 36, 0x7fff_ffff],
    ['of another version', 32, 3],
  ])('%s is refused', (_, at, value) => {
    const bytes = Uint8Array.from(upload.shard)
    new DataView(bytes.buffer).setUint32(at, value, true)
    expect(parseShard(bytes)).toMatchObject({ ok: false, failure: { reason: 'invalidShard' } })
  })
})

describe('a deduplication answer', () => {
  const hash = XetHash.parse(upload.hash)
  const hmacKey = new Uint8Array(32).fill(9)
  const rows = [3, 5, 8].map((length) => ({
    hash: new Uint8Array(32).fill(length),
    storedLength: length + 8,
    rawLength: length,
    crc: 0,
  }))
  const bytes = buildDedupAnswer(
    { xorbs: [{ hash, table: encodeChunkTable(rows) }], hmacKey, created: 1000, expires: 2000 },
    keyedHash,
  )
  const view = new DataView(bytes.buffer)

  it('tells of xorbs, of no file, and shows chunk hashes only under its key', () => {
    const answer = parsed(bytes)
    const [xorb] = answer.xorbs
    expect(answer.fileCount).toBe(0)
    expect(xorb?.hash).toBe(hash)
    expect([0, 1, 2].map((index) => xorb?.chunkLength(index))).toEqual([3, 5, 8])
    expect([0, 1, 2].map((index) => Uint8Array.from(xorb?.chunkHash(index) ?? []))).toEqual(
      rows.map((row) => hmacHash(row.hash, hmacKey, keyedHash)),
    )
  })

  it('ends in a footer that points its empty lookups at itself', () => {
    const footer = bytes.length - 200
    const u64 = (at: number) => Number(view.getBigUint64(footer + at, true))
    expect([24, 40, 56, 192].map(u64)).toEqual([footer, footer, footer, footer])
    expect([32, 48, 64].map(u64)).toEqual([0, 0, 0])
    expect([0, 8, 16, 104, 112, 184].map(u64)).toEqual([1, 48, 96, 1000, 2000, 16])
    expect(bytes.subarray(footer + 72, footer + 104)).toEqual(hmacKey)
  })
})

describe('a production deduplication answer', () => {
  const path = `${process.env.AYNI_TEST_DATA ?? '../shared/data'}/xet/gpt2-64-8bits.tflite.shard`

  it.skipIf(!existsSync(path))('is read, and built again byte for byte (needs the shared test data)', () => {
    const bytes = readFileSync(path)
    const answer = parsed(bytes)
    const footer = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 200, 200)
    const xorbs = [...answer.xorbs].map((xorb) => ({
      hash: xorb.hash,
      table: encodeChunkTable(
        Array.from({ length: xorb.count }, (_, index) => ({
          hash: xorb.chunkHash(index),
          storedLength: 8,
          rawLength: xorb.chunkLength(index),
          crc: 0,
        })),
      ),
    }))
    const rebuilt = buildDedupAnswer(
      {
        xorbs,
        hmacKey: Uint8Array.from(bytes.subarray(-128, -96)),
        created: Number(footer.getBigUint64(104, true)),
        expires: Number(footer.getBigUint64(112, true)),
      },
      (_key, hash) => Uint8Array.from(hash),
    )
    expect([answer.fileCount, answer.xorbCount]).toEqual([0, 3])
    expect(xetHashOf(Uint8Array.from(bytes.subarray(96, 128)))).toBe(xorbs[0]?.hash)
    expect(withoutStorageFacts(rebuilt)).toEqual(withoutStorageFacts(Uint8Array.from(bytes)))
  })

  /** Blanks what no answer's reader uses: flags, spare fields, sizes on disk. */
  function withoutStorageFacts(bytes: Uint8Array): Uint8Array {
    const view = new DataView(bytes.buffer)
    for (let at = 96; at + 200 < bytes.length - 48; at += 48) view.setUint32(at + 44, 0)
    return bytes
  }
})

function parsed(bytes: Uint8Array): Shard {
  const shard = parseShard(bytes)
  if (!shard.ok) throw new Error(JSON.stringify(shard.failure))
  return shard.value
}
