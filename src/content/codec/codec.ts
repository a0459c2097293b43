import type { KeyedHash, Scheme } from '../xet/index.ts'

/** The compute-heavy parts of the Xet format, in WebAssembly. Not shared between threads, never re-entered. */
export interface Codec {
  /** Keyed BLAKE3. `bytes` has at most 256 KiB. */
  readonly keyedHash: KeyedHash
  /** Hash of a chunk's raw bytes, at most 128 KiB. */
  hashChunk(raw: Uint8Array): Uint8Array<ArrayBuffer>
  /**
   * Encodes a chunk of at most 128 KiB. The result is a view into the codec, valid until its next call; it
   * may be longer than `raw`.
   */
  encodeChunk(scheme: Scheme, raw: Uint8Array): Uint8Array
  /**
   * Decodes a chunk's payload into `into` at `offset`. False when it does not decode to exactly `rawLength`
   * bytes, whatever the payload is; then `into` holds what it held.
   */
  decodeChunk(
    scheme: Scheme,
    stored: Uint8Array,
    rawLength: number,
    into: Uint8Array,
    offset: number,
  ): boolean
  /**
   * Length of the chunk that begins at `bytes[start]`, or 0 when that depends on bytes past `end`, the end
   * of what is known. At the end of a file the rest is the last chunk.
   */
  nextCut(bytes: Uint8Array, start: number, end: number): number
  /** 4 MiB + 256 KiB of the codec's own memory: bytes placed here are hashed, encoded and cut without a copy. */
  readonly window: Uint8Array<ArrayBuffer>
}
