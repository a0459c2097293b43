import { blake3 } from '@noble/hashes/blake3.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { contentOf, fileVectors, referenceUpload, type Recipe } from '../../../test/vectors/xet/recipes.ts'
import { CHUNK_KEY, SCHEME, fileHash, readChunkHeader, xetHashOf, type Scheme } from '../xet/index.ts'
import { loadCodec } from './index.ts'

const codec = loadCodec()
const KIB = 1024
const FRAMED: readonly Scheme[] = [SCHEME.lz4, SCHEME.planes]

/** Content of each kind, long enough for two LZ4 blocks. */
const CONTENTS: readonly Recipe[] = (['random', 'constant', 'text', 'weights'] as const).map((kind) => ({
  kind,
  seed: 5,
  size: 128 * KIB,
}))

describe('keyed hashing', () => {
  const bytes = contentOf({ kind: 'random', seed: 1, size: 256 * KIB })
  const sizes = [
    0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 3072, 3073, 4096, 5120, 7169, 65536, 131072, 262144,
  ]

  it.each(sizes)('equals BLAKE3 for %i bytes', (size) => {
    const input = bytes.subarray(0, size)
    expect(codec.keyedHash(CHUNK_KEY, input)).toEqual(blake3(input, { key: CHUNK_KEY }))
  })

  it('equals BLAKE3 for any key and length', () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    fc.assert(
      fc.property(key, fc.uint8Array({ maxLength: 20 * KIB }), (key, input) => {
        expect(codec.keyedHash(key, input)).toEqual(blake3(input, { key }))
      }),
      { numRuns: 50 },
    )
  })

  it('does not depend on what was hashed before', () => {
    const first = codec.hashChunk(bytes.subarray(0, 5000))
    codec.hashChunk(bytes.subarray(100, 100_000))
    expect(codec.hashChunk(bytes.subarray(0, 5000))).toEqual(first)
  })

  it('takes bytes in the window where they lie', () => {
    codec.window.set(bytes, 12_345)
    const placed = codec.window.subarray(12_345, 12_345 + 100_001)
    expect(codec.hashChunk(placed)).toEqual(codec.hashChunk(bytes.subarray(0, 100_001)))
  })

  it('refuses more than 256 KiB', () => {
    expect(() => codec.keyedHash(CHUNK_KEY, new Uint8Array(256 * KIB + 1))).toThrow(RangeError)
  })
})

describe('cutting', () => {
  it.each(fileVectors())('gives $kind bytes ($size, seed $seed) the reference client’s hash', (vector) => {
    const bytes = contentOf(vector)
    const chunks = cutAll(bytes).map((chunk) => ({ hash: codec.hashChunk(chunk), length: chunk.length }))
    expect(xetHashOf(fileHash(chunks, codec.keyedHash))).toBe(vector.hash)
  })

  it('finds the same cuts however little it is shown at a time', () => {
    const bytes = contentOf({ kind: 'random', seed: 3, size: 700_000 })
    const whole = cutAll(bytes).map((chunk) => chunk.length)
    fc.assert(
      fc.property(fc.integer({ min: 5000, max: 200_000 }), (step) => {
        expect(cutInSteps(bytes, step)).toEqual(whole)
      }),
      { numRuns: 20 },
    )
  })

  it('needs at least the shortest chunk to decide, and at most the longest', () => {
    const zeros = new Uint8Array(200 * KIB)
    expect(codec.nextCut(zeros, 0, 8191)).toBe(0)
    expect(codec.nextCut(zeros, 0, 128 * KIB - 1)).toBe(0)
    expect(codec.nextCut(zeros, 0, 200 * KIB)).toBe(128 * KIB)
  })
})

describe('a chunk', () => {
  it.each(CONTENTS)('of $kind bytes survives every scheme at every length', ({ kind, seed, size }) => {
    const content = contentOf({ kind, seed, size })
    const lengths = [
      1, 2, 3, 4, 5, 12, 13, 28, 29, 63, 64, 65, 66, 67, 1000, 65_535, 65_536, 65_537, 131_071, 131_072,
    ]
    for (const length of lengths) {
      for (const scheme of [SCHEME.none, ...FRAMED]) {
        const raw = content.subarray(0, length)
        const stored = codec.encodeChunk(scheme, raw).slice()
        expect(decoded(scheme, stored, length), `scheme ${scheme}, length ${length}`).toEqual(raw)
        expect(stored.length).toBeLessThanOrEqual(length + 23)
      }
    }
  })

  it('survives every scheme, whatever its bytes', () => {
    const repetitive = fc
      .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 })), {
        maxLength: 12,
        minLength: 1,
      })
      .map((parts) =>
        Uint8Array.from(
          parts.flatMap(([unit, times]) => Array.from({ length: times }, () => [...unit]).flat()),
        ),
      )
    fc.assert(
      fc.property(repetitive, fc.constantFrom(...FRAMED), (raw, scheme) => {
        expect(decoded(scheme, codec.encodeChunk(scheme, raw).slice(), raw.length)).toEqual(raw)
      }),
    )
  })

  it('becomes much shorter where its scheme fits', () => {
    const text = contentOf({ kind: 'text', seed: 1, size: 128 * KIB })
    const weights = contentOf({ kind: 'weights', seed: 1, size: 128 * KIB })
    expect(codec.encodeChunk(SCHEME.lz4, text).length).toBeLessThan(0.4 * text.length)
    expect(codec.encodeChunk(SCHEME.planes, weights).length).toBeLessThan(0.85 * weights.length)
  })

  it('is read as other clients write it', () => {
    const { xorb, files } = referenceUpload()
    const content = new Map(files.map((recipe) => [recipe.size, contentOf(recipe)]))
    let at = 0
    const raw: Uint8Array[] = []
    for (let header = readChunkHeader(xorb, at); header; header = readChunkHeader(xorb, at)) {
      const stored = xorb.subarray(at + 8, at + 8 + header.storedLength)
      raw.push(decoded(header.scheme, stored, header.rawLength))
      at += 8 + header.storedLength
    }
    const [weights, random, ...text] = raw
    expect(weights).toEqual(content.get(70_003))
    expect(random).toEqual(content.get(9_002))
    expect(Buffer.concat(text)).toEqual(Buffer.from(content.get(150_001) ?? []))
  })

  it('is read from frames with checksums, a content size and blocks that refer to earlier ones', () => {
    // "abcdefgh" as literals; then a match of 8 bytes at distance 8, into the block before, and 5 literals.
    const header = ['04224d18', '5c40', '1500000000000000', '00']
    const first = ['09000000', '80', hexOf('abcdefgh'), 'aaaaaaaa']
    const second = ['09000000', '04', '0800', '50', hexOf('xyz!?'), 'bbbbbbbb']
    const end = ['00000000', 'cccccccc']
    const frame = Uint8Array.fromHex([...header, ...first, ...second, ...end].join(''))
    expect(new TextDecoder().decode(decoded(SCHEME.lz4, frame, 21))).toBe('abcdefghabcdefghxyz!?')
  })
})

describe('a hostile chunk', () => {
  const raw = contentOf({ kind: 'text', seed: 2, size: 20_000 })
  const margin = 64

  it('never decodes to other than the length asked for, and never touches what lies around it', () => {
    const into = new Uint8Array(raw.length + 2 * margin)
    fc.assert(
      fc.property(
        hostileFrame(),
        fc.constantFrom(...FRAMED),
        fc.integer({ min: 1, max: raw.length }),
        (stored, scheme, length) => {
          into.fill(0xee)
          const isDecoded = codec.decodeChunk(scheme, stored, length, into, margin)
          const untouched = isDecoded ? [into.subarray(0, margin), into.subarray(margin + length)] : [into]
          expect(untouched.every((part) => part.every((byte) => byte === 0xee))).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })

  it('shows nothing of what was decoded before', () => {
    fc.assert(
      fc.property(hostileFrame(), fc.constantFrom(...FRAMED), (stored, scheme) => {
        const [first, second] = [0x11, 0x99].map((secret) => {
          codec.decodeChunk(
            SCHEME.lz4,
            frameOf(new Uint8Array(raw.length + 5000).fill(secret)),
            raw.length + 5000,
            new Uint8Array(30_000),
            0,
          )
          const into = new Uint8Array(raw.length)
          return [codec.decodeChunk(scheme, stored, raw.length, into, 0), into]
        })
        expect(first).toEqual(second)
      }),
      { numRuns: 1000 },
    )
  })

  it('leaves the codec working', () => {
    fc.assert(
      fc.property(hostileFrame(), fc.constantFrom(...FRAMED), (stored, scheme) => {
        codec.decodeChunk(scheme, stored, 131_072, new Uint8Array(131_072), 0)
        expect(decoded(scheme, codec.encodeChunk(scheme, raw).slice(), raw.length)).toEqual(raw)
      }),
      { numRuns: 200 },
    )
  })

  it.each([
    ['of the wrong length', (frame: Uint8Array) => frame, 19_999],
    ['cut short', (frame: Uint8Array) => frame.subarray(0, -1), 20_000],
    ['followed by more', (frame: Uint8Array) => Buffer.concat([frame, Buffer.of(0)]), 20_000],
    ['with a dictionary', (frame: Uint8Array) => frame.with(4, 0x61), 20_000],
    ['longer than a chunk may be', (frame: Uint8Array) => frame, 131_073],
    ['of nothing', () => new Uint8Array(), 20_000],
    ['too big to take', () => new Uint8Array(262_145), 20_000],
  ])('%s is refused', (_, spoil, length) => {
    expect(codec.decodeChunk(SCHEME.lz4, spoil(frameOf(raw)), length, new Uint8Array(140_000), 0)).toBe(false)
  })

  it('is refused where there is no room for it', () => {
    expect(codec.decodeChunk(SCHEME.lz4, frameOf(raw), raw.length, new Uint8Array(raw.length), 1)).toBe(false)
    expect(codec.decodeChunk(SCHEME.none, raw, raw.length, new Uint8Array(raw.length), 1)).toBe(false)
    expect(codec.decodeChunk(SCHEME.none, raw, raw.length - 1, new Uint8Array(raw.length), 0)).toBe(false)
  })

  /** Noise behind a frame's magic number, or a true frame with a few bytes changed. */
  function hostileFrame(): fc.Arbitrary<Uint8Array> {
    const noise = fc
      .uint8Array({ maxLength: 400 })
      .map((bytes) => Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, ...bytes))
    const oneBlock = fc
      .uint8Array({ minLength: 1, maxLength: 300 })
      .map((bytes) =>
        Uint8Array.of(
          ...Uint8Array.fromHex('04224d18604082'),
          bytes.length & 255,
          bytes.length >> 8,
          0,
          0,
          ...bytes,
          0,
          0,
          0,
          0,
        ),
      )
    const frame = frameOf(raw)
    const change = fc.tuple(fc.integer({ min: 4, max: frame.length - 1 }), fc.integer({ min: 0, max: 255 }))
    const mutated = fc
      .array(change, { minLength: 1, maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), frame))
    return fc.oneof(noise, oneBlock, mutated)
  }
})

function frameOf(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(codec.encodeChunk(SCHEME.lz4, raw))
}

function decoded(scheme: Scheme, stored: Uint8Array, rawLength: number): Uint8Array {
  const into = new Uint8Array(rawLength)
  expect(codec.decodeChunk(scheme, stored, rawLength, into, 0)).toBe(true)
  return into
}

function cutAll(bytes: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let start = 0; start < bytes.length;) {
    const end = start + (codec.nextCut(bytes, start, bytes.length) || bytes.length - start)
    chunks.push(bytes.subarray(start, end))
    start = end
  }
  return chunks
}

function cutInSteps(bytes: Uint8Array, step: number): number[] {
  const lengths: number[] = []
  let start = 0
  for (
    let end = Math.min(step, bytes.length);
    start < bytes.length;
    end = Math.min(end + step, bytes.length)
  ) {
    for (let cut = codec.nextCut(bytes, start, end); cut > 0; cut = codec.nextCut(bytes, start, end)) {
      lengths.push(cut)
      start += cut
    }
    if (end === bytes.length && start < end) {
      lengths.push(end - start)
      start = end
    }
  }
  return lengths
}

function hexOf(text: string): string {
  return new TextEncoder().encode(text).toHex()
}
