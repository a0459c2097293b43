import type { XetHash } from '../../kernel/names.ts'
import type { ChunkRange } from './chunk-table.ts'
import { HASH_BYTES, xetHashBytes, xetHashOf } from './hash.ts'

/** Bytes per term: xorb hash, first chunk, end chunk, raw length, four spare zero bytes. See docs/spec/content.md. */
export const TERM_BYTES = 48
const START = 32
const END = 36
const RAW_LENGTH = 40

/** A run of consecutive chunks of one xorb; a file is a list of them. */
export interface Term {
  readonly xorb: XetHash
  readonly chunks: ChunkRange
  /** Sum of the chunks' raw lengths, in bytes. */
  readonly rawLength: number
}

/** The terms of a file as kept in the database. */
export function encodeTerms(terms: readonly Term[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(terms.length * TERM_BYTES)
  const view = new DataView(bytes.buffer)
  terms.forEach((term, index) => {
    const at = index * TERM_BYTES
    bytes.set(xetHashBytes(term.xorb), at)
    view.setUint32(at + START, term.chunks.start, true)
    view.setUint32(at + END, term.chunks.end, true)
    view.setUint32(at + RAW_LENGTH, term.rawLength, true)
  })
  return bytes
}

/** Reads {@link encodeTerms}' output. Throws when `bytes` is no whole number of terms. */
export function decodeTerms(bytes: Uint8Array): Term[] {
  if (bytes.length % TERM_BYTES !== 0) throw new RangeError('terms have 48 bytes each')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length / TERM_BYTES }, (_, index) => {
    const at = index * TERM_BYTES
    return {
      xorb: xetHashOf(bytes.subarray(at, at + HASH_BYTES)),
      chunks: { start: view.getUint32(at + START, true), end: view.getUint32(at + END, true) },
      rawLength: view.getUint32(at + RAW_LENGTH, true),
    }
  })
}

/** Size in bytes of the file that `terms` describe. */
export function rawLengthOf(terms: readonly Term[]): number {
  return terms.reduce((total, term) => total + term.rawLength, 0)
}
