import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../../../kernel/bytes.ts'
import { readSafetensorsHeader, readSafetensorsIndex } from './rules.ts'

const SILERO = join(
  process.env['AYNI_TEST_DATA'] ?? '../shared/data',
  'silero-vad/silero_vad_16k.safetensors',
)

function file(header: unknown, dataBytes = 0): Uint8Array {
  const json = utf8(typeof header === 'string' ? header : JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  return concatBytes([length, json, new Uint8Array(dataBytes)])
}

function read(bytes: Uint8Array) {
  return readSafetensorsHeader(bytes, bytes.length)
}

const MATRIX = { dtype: 'BF16', shape: [2, 3], data_offsets: [0, 12] }
const VECTOR = { dtype: 'F32', shape: [4], data_offsets: [12, 28] }

describe('a safetensors header', () => {
  it('gives every tensor in the order of its bytes', () => {
    expect(read(file({ b: VECTOR, a: MATRIX, __metadata__: { format: 'pt' } }, 28))).toEqual({
      kind: 'header',
      header: {
        metadata: { format: 'pt' },
        tensors: [
          { name: 'a', precision: 'BF16', shape: [2, 3], parameterCount: 6, bytes: 12 },
          { name: 'b', precision: 'F32', shape: [4], parameterCount: 4, bytes: 16 },
        ],
      },
    })
  })

  it('may hold no tensor, scalars, empty tensors and types below a byte', () => {
    const header = {
      scalar: { dtype: 'I64', shape: [], data_offsets: [0, 8] },
      empty: { dtype: 'F32', shape: [0, 7], data_offsets: [8, 8] },
      small: { dtype: 'F4', shape: [2, 8], data_offsets: [8, 16] },
    }
    expect(read(file(header, 16))).toMatchObject({ kind: 'header' })
    expect(read(file({}))).toMatchObject({ kind: 'header', header: { tensors: [] } })
  })

  it('asks for the bytes it still needs, and no more', () => {
    const bytes = file({ a: MATRIX }, 12)
    expect(readSafetensorsHeader(bytes.subarray(0, 5), bytes.length)).toEqual({ kind: 'more', needed: 8 })
    const asked = readSafetensorsHeader(bytes.subarray(0, 8), bytes.length)
    expect(asked).toEqual({ kind: 'more', needed: bytes.length - 12 })
    expect(readSafetensorsHeader(bytes.subarray(0, bytes.length - 12), bytes.length)).toMatchObject({
      kind: 'header',
    })
  })

  it('keeps a tensor whose name is dangerous as a key', () => {
    const reading = read(file('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1))
    expect(reading).toMatchObject({ kind: 'header', header: { tensors: [{ name: '__proto__', bytes: 1 }] } })
  })

  it.skipIf(!existsSync(SILERO))('of a real model counts its parameters', async () => {
    const reading = read(await readFile(SILERO))
    if (reading.kind !== 'header') throw new Error(reading.kind)
    const { tensors } = reading.header
    expect(new Set(tensors.map(({ precision }) => precision))).toEqual(new Set(['F32']))
    const parameters = tensors.reduce((sum, { parameterCount }) => sum + parameterCount, 0)
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)
    expect(bytes).toBe(parameters * 4)
    expect(parameters).toBeGreaterThan(200_000)
  })
})

describe('a malformed safetensors header is refused', () => {
  it.each([
    ['not JSON', file('{"a":', 0), 'header is not a JSON object'],
    ['a list', file('[]'), 'header is not a JSON object'],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }), '__metadata__ holds more than text'],
    ['an unknown type', file({ a: { ...MATRIX, dtype: 'F17' } }, 12), 'tensor "a": unknown type F17'],
    ['a negative length', file({ a: { ...MATRIX, shape: [-2, 3] } }, 12), 'tensor "a": not a tensor entry'],
    [
      'a wrong length',
      file({ a: { ...MATRIX, shape: [2, 4] } }, 12),
      'tensor "a": length does not match its shape',
    ],
    [
      'an overflowing shape',
      file({ a: { ...MATRIX, shape: [2 ** 40, 2 ** 40] } }, 12),
      'tensor "a": too many elements',
    ],
    ['a hole', file({ a: MATRIX, b: { ...VECTOR, data_offsets: [13, 29] } }, 29), 'bytes between tensors'],
    ['an overlap', file({ a: MATRIX, b: { ...VECTOR, data_offsets: [8, 24] } }, 24), 'tensors overlap'],
    ['a truncated file', file({ a: MATRIX }, 11), 'tensors do not end where the file ends'],
    ['bytes after the tensors', file({ a: MATRIX }, 13), 'tensors do not end where the file ends'],
    ['a header past the end', file({ a: MATRIX }).subarray(0, 20), 'header reaches past the end of the file'],
    ['an enormous header', new Uint8Array(8).fill(255), 'header longer than 100 MB'],
    ['no length field', new Uint8Array(7), 'shorter than its length field'],
  ])('%s', (_, bytes, message) => {
    expect(read(bytes)).toEqual({ kind: 'malformed', message })
  })

  it('without an exception, whatever the bytes', () => {
    const json = fc.json().map((text) => file(text, 8))
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 64 }), json)
    fc.assert(
      fc.property(bytes, fc.nat(64), (prefix, more) => {
        const reading = readSafetensorsHeader(prefix, prefix.length + more)
        if (reading.kind === 'more') expect(reading.needed).toBeGreaterThan(prefix.length)
        else expect(['header', 'malformed']).toContain(reading.kind)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an index of shards', () => {
  it('names each shard once, beside itself', () => {
    const index = {
      weight_map: {
        a: 'model-00002-of-00002.safetensors',
        b: 'model-00001-of-00002.safetensors',
        c: 'model-00001-of-00002.safetensors',
      },
    }
    expect(readSafetensorsIndex(JSON.stringify(index), 'unet/')).toEqual([
      'unet/model-00001-of-00002.safetensors',
      'unet/model-00002-of-00002.safetensors',
    ])
  })

  it.each(['', '[]', '{"weight_map":[]}', '{"weight_map":{"a":1}}'])(
    'is refused when it is none: %j',
    (text) => {
      expect(readSafetensorsIndex(text, '')).toBeNull()
    },
  )
})
