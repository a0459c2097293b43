import { readFileSync } from 'node:fs'

import {
  CHUNK_KEY,
  HASH_BYTES,
  MAX_CHUNK_RAW_BYTES,
  SCHEME,
  type KeyedHash,
  type Scheme,
} from '../xet/index.ts'

/** The compute-heavy parts of the Xet format, in WebAssembly. Not shared between threads. */
export interface Codec {
  /** Keyed BLAKE3 of at most 256 KiB. */
  readonly keyedHash: KeyedHash
  /** Hash of a chunk's raw bytes, at most 128 KiB. */
  hashChunk(raw: Uint8Array): Uint8Array<ArrayBuffer>
  /**
   * Encodes a chunk of at most 128 KiB. The result is a view that holds until the next call; it may be up to
   * 23 bytes longer than `raw`.
   */
  encodeChunk(scheme: Scheme, raw: Uint8Array): Uint8Array
  /**
   * Decodes a chunk's payload into `into` at `offset`. False, and nothing is written, when the payload does
   * not decode to exactly `rawLength` bytes or `into` has no room for them, whatever the payload is.
   */
  decodeChunk(
    scheme: Scheme,
    stored: Uint8Array,
    rawLength: number,
    into: Uint8Array,
    offset: number,
  ): boolean
  /**
   * Length of the chunk that begins at `bytes[start]`, or 0 when that depends on bytes past `end`, where what
   * is known ends. At the end of a file the rest is the last chunk.
   */
  nextCut(bytes: Uint8Array, start: number, end: number): number
  /** 4 MiB + 256 KiB of the codec's own memory: bytes placed here are hashed, encoded and cut without a copy. */
  readonly window: Uint8Array<ArrayBuffer>
}

/** What assembly/index.ts exports. */
interface CodecExports {
  readonly memory: WebAssembly.Memory
  readonly INPUT: WebAssembly.Global<'i32'>
  readonly OUTPUT: WebAssembly.Global<'i32'>
  readonly KEY: WebAssembly.Global<'i32'>
  readonly DIGEST: WebAssembly.Global<'i32'>
  readonly WINDOW: WebAssembly.Global<'i32'>
  readonly WINDOW_BYTES: WebAssembly.Global<'i32'>
  hashKeyed(source: number, length: number): void
  nextCut(start: number, end: number): number
  decodeLz4(stored: number, length: number, rawLength: number): number
  decodePlanes(stored: number, length: number, rawLength: number): number
  encodeLz4(raw: number, length: number): number
  encodePlanes(raw: number, length: number): number
}

/** Bytes at most of one hash, and of a stored chunk; MAX_INPUT in assembly/memory.ts. */
const MAX_INPUT_BYTES = 256 * 1024

/** Starts a codec: about a millisecond and, once used, 5 MiB. One per thread is enough. */
export function loadCodec(): Codec {
  const wasm = new WebAssembly.Module(readFileSync(new URL('codec.wasm', import.meta.url)))
  // CodecExports lists what assembly/index.ts exports, and a test holds the committed module equal to its source.
  const codec = new WebAssembly.Instance(wasm).exports as unknown as CodecExports
  const memory = new Uint8Array(codec.memory.buffer)
  const window = memory.subarray(codec.WINDOW.value, codec.WINDOW.value + codec.WINDOW_BYTES.value)

  /** The address of `bytes` in the module, to which they are copied unless they lie in the window. */
  function place(bytes: Uint8Array, limit: number): number {
    if (bytes.length > limit) throw new RangeError(`${bytes.length} bytes where the codec takes ${limit}`)
    if (bytes.buffer === memory.buffer && bytes.byteOffset >= window.byteOffset) return bytes.byteOffset
    memory.set(bytes, codec.INPUT.value)
    return codec.INPUT.value
  }

  function keyedHash(key: Uint8Array, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    if (key.length !== HASH_BYTES) throw new RangeError('a key has 32 bytes')
    memory.set(key, codec.KEY.value)
    codec.hashKeyed(place(bytes, MAX_INPUT_BYTES), bytes.length)
    return new Uint8Array(memory.subarray(codec.DIGEST.value, codec.DIGEST.value + HASH_BYTES))
  }

  function encodeChunk(scheme: Scheme, raw: Uint8Array): Uint8Array {
    if (scheme === SCHEME.none) return raw
    const address = place(raw, MAX_CHUNK_RAW_BYTES)
    const length =
      scheme === SCHEME.lz4 ? codec.encodeLz4(address, raw.length) : codec.encodePlanes(address, raw.length)
    return memory.subarray(codec.OUTPUT.value, codec.OUTPUT.value + length)
  }

  function decodeChunk(
    scheme: Scheme,
    stored: Uint8Array,
    rawLength: number,
    into: Uint8Array,
    offset: number,
  ) {
    if (!(rawLength <= MAX_CHUNK_RAW_BYTES && offset >= 0 && offset + rawLength <= into.length)) return false
    if (scheme === SCHEME.none) {
      if (stored.length !== rawLength) return false
      into.set(stored, offset)
      return true
    }
    if (stored.length > MAX_INPUT_BYTES) return false
    const address = place(stored, MAX_INPUT_BYTES)
    const isDecoded =
      scheme === SCHEME.lz4
        ? codec.decodeLz4(address, stored.length, rawLength)
        : codec.decodePlanes(address, stored.length, rawLength)
    if (isDecoded === 0) return false
    into.set(memory.subarray(codec.OUTPUT.value, codec.OUTPUT.value + rawLength), offset)
    return true
  }

  function nextCut(bytes: Uint8Array, start: number, end: number): number {
    const next = bytes.subarray(start, Math.min(end, start + MAX_CHUNK_RAW_BYTES))
    const address = place(next, MAX_CHUNK_RAW_BYTES)
    return codec.nextCut(address, address + next.length)
  }

  const hashChunk = (raw: Uint8Array) => keyedHash(CHUNK_KEY, raw)
  return Object.freeze({ keyedHash, hashChunk, encodeChunk, decodeChunk, nextCut, window })
}
