import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../../../kernel/bytes.ts'
import { readGgufHeader } from './rules.ts'

function integer(bytes: number, value: number | bigint): Uint8Array {
  const buffer = new Uint8Array(8)
  new DataView(buffer.buffer).setBigUint64(0, BigInt(value), true)
  return buffer.subarray(0, bytes)
}

const u32 = (value: number) => integer(4, value)
const u64 = (value: number | bigint) => integer(8, value)
const string = (text: string) => concatBytes([u64(utf8(text).length), utf8(text)])
const word = (key: string, value: string) => concatBytes([string(key), u32(8), string(value)])
const count = (key: string, value: number) => concatBytes([string(key), u32(4), u32(value)])
const list = (key: string, type: number, items: Uint8Array[]) =>
  concatBytes([string(key), u32(9), u32(type), u64(items.length), ...items])

/** A tensor entry: dimensions innermost first, as the format wants them. */
const tensor = (name: string, dimensions: number[], type: number, offset = 0) =>
  concatBytes([string(name), u32(dimensions.length), ...dimensions.map(u64), u32(type), u64(offset)])

interface Parts {
  values?: Uint8Array[]
  tensors?: Uint8Array[]
  dataBytes?: number
  version?: number
}

function file({ values = [], tensors = [], dataBytes = 0, version = 3 }: Parts = {}): Uint8Array {
  const head = concatBytes([
    utf8('GGUF'),
    u32(version),
    u64(tensors.length),
    u64(values.length),
    ...values,
    ...tensors,
  ])
  const padding = (32 - (head.length % 32)) % 32
  return concatBytes([head, new Uint8Array(padding + dataBytes)])
}

const LLAMA = [
  word('general.architecture', 'llama'),
  count('general.file_type', 15),
  count('llama.context_length', 32_768),
  count('llama.block_count', 16),
  count('llama.embedding_length', 2048),
  count('llama.attention.head_count', 32),
  count('llama.attention.head_count_kv', 8),
  word('tokenizer.chat_template', '{{ messages }}'),
  list(
    'tokenizer.ggml.tokens',
    8,
    Array.from({ length: 3000 }, (_, index) => string(`token ${index}`)),
  ),
  list(
    'tokenizer.ggml.scores',
    6,
    Array.from({ length: 3000 }, () => u32(0)),
  ),
]
const TENSORS = [
  tensor('token_embd.weight', [2048, 100], 12),
  tensor('output_norm.weight', [2048], 0, 115_200),
]

function read(bytes: Uint8Array) {
  return readGgufHeader(bytes, bytes.length)
}

describe('a GGUF header', () => {
  it.each([2, 3])('says what the model is, in version %i', (version) => {
    const reading = read(file({ values: LLAMA, tensors: TENSORS, dataBytes: 115_200 + 8192, version }))
    expect(reading).toEqual({
      kind: 'header',
      header: {
        version,
        architecture: 'llama',
        role: 'model',
        quantisation: 'Q4_K_M',
        contextLength: 32_768,
        hasChatTemplate: true,
        tensors: [
          {
            name: 'token_embd.weight',
            precision: 'Q4_K',
            shape: [100, 2048],
            parameterCount: 204_800,
            bytes: 115_200,
          },
          { name: 'output_norm.weight', precision: 'F32', shape: [2048], parameterCount: 2048, bytes: 8192 },
        ],
      },
    })
  })

  it('may say nothing at all', () => {
    expect(read(file())).toEqual({
      kind: 'header',
      header: {
        version: 3,
        architecture: null,
        role: 'model',
        quantisation: null,
        contextLength: null,
        hasChatTemplate: false,
        tensors: [],
      },
    })
  })

  it('is read from any prefix that is long enough, and never asks for less than it has', () => {
    const bytes = file({ values: LLAMA, tensors: TENSORS, dataBytes: 115_200 + 8192 })
    let rounds = 0
    for (let length = 64; ; rounds++) {
      const reading = readGgufHeader(bytes.subarray(0, length), bytes.length)
      if (reading.kind !== 'more') {
        expect(reading).toEqual(read(bytes))
        break
      }
      expect(reading.needed).toBeGreaterThan(length)
      length = Math.max(reading.needed, 2 * length)
    }
    expect(rounds).toBeLessThan(12)
  })
})

describe('a malformed GGUF header is refused', () => {
  const huge = 2n ** 63n
  it.each([
    ['another format', utf8('GGML00000000000000000000'), 'does not begin with GGUF'],
    ['version 1', file({ version: 1 }), 'version 1 is not read'],
    ['big-endian', file({ version: 0x03000000 }), 'big-endian files are not read'],
    ['a truncated head', utf8('GGUF').slice(), 'header reaches past the end of the file'],
    ['2^63 tensors', concatBytes([utf8('GGUF'), u32(3), u64(huge), u64(0)]), 'a length is too large'],
    ['2^40 tensors', concatBytes([utf8('GGUF'), u32(3), u64(2 ** 40), u64(0)]), 'more than 1000000 tensors'],
    ['2^40 values', concatBytes([utf8('GGUF'), u32(3), u64(0), u64(2 ** 40)]), 'more than 100000 values'],
    [
      'a long text',
      file({ values: [concatBytes([string('a'), u32(8), u64(2 ** 30)])] }),
      'a text is too long',
    ],
    [
      'an unknown value type',
      file({ values: [concatBytes([string('a'), u32(13)])] }),
      'unknown value type 13',
    ],
    [
      'an array past the end',
      file({ values: [concatBytes([string('a'), u32(9), u32(4), u64(2000)])] }),
      'more than 64 array elements',
    ],
    [
      'nested arrays',
      file({
        values: [
          concatBytes([
            string('a'),
            u32(9),
            ...Array.from({ length: 8 }, () => concatBytes([u32(9), u64(1)])),
          ]),
        ],
      }),
      'arrays nested too deep',
    ],
    [
      'an odd alignment',
      file({ values: [count('general.alignment', 33)] }),
      'alignment is not a power of two',
    ],
    ['no alignment', file({ values: [count('general.alignment', 0)] }), 'alignment is not a power of two'],
    ['an unknown tensor type', file({ tensors: [tensor('a', [4], 99)] }), 'unknown tensor type 99'],
    [
      'nine dimensions',
      file({ tensors: [tensor('a', [1, 1, 1, 1, 1, 1, 1, 1, 1], 0)] }),
      'a tensor has too many dimensions',
    ],
    [
      'an overflowing shape',
      file({ tensors: [tensor('a', [2 ** 40, 2 ** 40], 0)] }),
      'a tensor is too large',
    ],
    [
      'missing data',
      file({ tensors: [tensor('a', [1024], 0)], dataBytes: 4095 }),
      'tensors reach past the end of the file',
    ],
  ])('%s', (_, bytes, message) => {
    expect(read(bytes)).toEqual({ kind: 'malformed', message })
  })

  it('without an exception, whatever the bytes', () => {
    const whole = file({ values: LLAMA.slice(0, 8), tensors: TENSORS })
    const damaged = fc
      .tuple(fc.nat(whole.length - 1), fc.uint8Array({ minLength: 1, maxLength: 9 }))
      .map(([at, junk]) => {
        const bytes = whole.slice()
        bytes.set(junk.subarray(0, bytes.length - at), at)
        return bytes
      })
    const random = fc.uint8Array({ maxLength: 200 }).map((tail) => concatBytes([utf8('GGUF'), u32(3), tail]))
    fc.assert(
      fc.property(fc.oneof(damaged, random), fc.nat(1_000_000), (prefix, more) => {
        const reading = readGgufHeader(prefix, prefix.length + more)
        if (reading.kind === 'more') expect(reading.needed).toBeGreaterThan(prefix.length)
        else expect(['header', 'malformed']).toContain(reading.kind)
      }),
      { numRuns: 2000 },
    )
  })
})
