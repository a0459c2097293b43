import type { ByteRange } from '../../kernel/byte-range.ts'
import { HASH_BYTES } from './hash.ts'

/** Bytes per row: hash, end of the stored chunk, cumulative raw end, CRC-32. See docs/spec/content.md. */
export const CHUNK_ROW_BYTES = 44
const STORED_END = 32
const RAW_END = 36
const CRC = 40

/** What the table keeps of one chunk. */
export interface ChunkRow {
  /** Keyed BLAKE3 of the raw bytes, 32 bytes. */
  readonly hash: Uint8Array
  /** Bytes of the chunk in the xorb, its 8-byte header included. */
  readonly storedLength: number
  readonly rawLength: number
  /** CRC-32 (zlib) over the stored bytes: header and payload. */
  readonly crc: number
}

/** `[start, end)` in chunk numbers within one xorb. */
export interface ChunkRange {
  readonly start: number
  readonly end: number
}

/**
 * Where each chunk of a xorb lies, read straight from its encoded form. An index outside
 * `[0, count)` throws.
 */
export class ChunkTable {
  /** The encoded form, as kept in the database. */
  readonly bytes: Uint8Array
  /** Chunks in the xorb. */
  readonly count: number
  readonly #view: DataView

  /** Throws when `bytes` is no whole number of rows. */
  constructor(bytes: Uint8Array) {
    if (bytes.length % CHUNK_ROW_BYTES !== 0) throw new RangeError('a chunk table has 44 bytes per chunk')
    this.bytes = bytes
    this.count = bytes.length / CHUNK_ROW_BYTES
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A view of the chunk's 32-byte hash. */
  hash(index: number): Uint8Array {
    const at = this.#at(index)
    return this.bytes.subarray(at, at + HASH_BYTES)
  }

  /** Where the chunk lies in the xorb, its header included. */
  storedRange(index: number): ByteRange {
    return { start: this.#endBefore(index, STORED_END), end: this.#field(index, STORED_END) }
  }

  /** Where the chunk's raw bytes lie when the xorb is decoded whole. */
  rawRange(index: number): ByteRange {
    return { start: this.#endBefore(index, RAW_END), end: this.#field(index, RAW_END) }
  }

  /** CRC-32 over the chunk's stored bytes. */
  crc(index: number): number {
    return this.#field(index, CRC)
  }

  /** Where a run of chunks lies in the xorb; empty runs are a mistake. */
  storedSpan({ start, end }: ChunkRange): ByteRange {
    return { start: this.#endBefore(start, STORED_END), end: this.#field(end - 1, STORED_END) }
  }

  /** Where a run of chunks lies when the xorb is decoded whole. */
  rawSpan({ start, end }: ChunkRange): ByteRange {
    return { start: this.#endBefore(start, RAW_END), end: this.#field(end - 1, RAW_END) }
  }

  /** Bytes of all chunks in the xorb, headers included, footer not. */
  get storedBytes(): number {
    return this.count === 0 ? 0 : this.#field(this.count - 1, STORED_END)
  }

  /** Bytes of all chunks decoded; may exceed 64 MiB. */
  get rawBytes(): number {
    return this.count === 0 ? 0 : this.#field(this.count - 1, RAW_END)
  }

  /** The chunk that holds byte `rawOffset` of the decoded xorb; `[0, rawBytes)`. Logarithmic. */
  chunkAt(rawOffset: number): number {
    let low = 0
    let high = this.count - 1
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#field(middle, RAW_END) <= rawOffset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The table of a run of chunks, as if they were a xorb of their own. */
  slice({ start, end }: ChunkRange): ChunkTable {
    return encodeChunkTable(Array.from({ length: end - start }, (_, index) => this.row(start + index)))
  }

  /** What the table keeps of one chunk; its hash is a view. */
  row(index: number): ChunkRow {
    const stored = this.storedRange(index)
    const raw = this.rawRange(index)
    return {
      hash: this.hash(index),
      storedLength: stored.end - stored.start,
      rawLength: raw.end - raw.start,
      crc: this.crc(index),
    }
  }

  /** Every row in order. */
  *rows(): Generator<ChunkRow> {
    for (let index = 0; index < this.count; index++) yield this.row(index)
  }

  #at(index: number): number {
    if (!(index >= 0 && index < this.count)) throw new RangeError(`no chunk ${index} among ${this.count}`)
    return index * CHUNK_ROW_BYTES
  }

  #field(index: number, field: number): number {
    return this.#view.getUint32(this.#at(index) + field, true)
  }

  #endBefore(index: number, field: number): number {
    return index === 0 ? 0 : this.#field(index - 1, field)
  }
}

/** Encodes rows in the order of the xorb. */
export function encodeChunkTable(rows: Iterable<ChunkRow>): ChunkTable {
  const list = [...rows]
  const bytes = new Uint8Array(list.length * CHUNK_ROW_BYTES)
  const view = new DataView(bytes.buffer)
  let storedEnd = 0
  let rawEnd = 0
  list.forEach((row, index) => {
    const at = index * CHUNK_ROW_BYTES
    storedEnd += row.storedLength
    rawEnd += row.rawLength
    bytes.set(row.hash, at)
    view.setUint32(at + STORED_END, storedEnd, true)
    view.setUint32(at + RAW_END, rawEnd, true)
    view.setUint32(at + CRC, row.crc, true)
  })
  return new ChunkTable(bytes)
}
