import type { XetHash } from '../../kernel/names.ts'
import type { ChunkTable } from './chunk-table.ts'
import { HASH_BYTES, xetHashBytes } from './hash.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** Chunks at most in a xorb. Xet specification, xorb.md. */
export const MAX_CHUNKS = 8192
/** Raw bytes at most in a chunk. xet-core, deduplication/src/constants.rs: twice the 64 KiB target. */
export const MAX_CHUNK_RAW_BYTES = 128 * KIB
/** Stored bytes at most in a chunk, header not counted. xet-core refuses more than twice the raw bound. */
export const MAX_CHUNK_STORED_BYTES = 256 * KIB
/** Bytes at most of a xorb's chunks, headers included, footer not. */
export const MAX_XORB_BYTES = 64 * MIB
/** Bytes at most of an uploaded xorb: 400 KiB leave room for a footer of 8192 chunks (320 KiB). */
export const MAX_XORB_UPLOAD_BYTES = MAX_XORB_BYTES + 400 * KIB
/** Bytes of the header before each chunk. */
export const CHUNK_HEADER_BYTES = 8

/** How a chunk's bytes are stored. */
export const SCHEME = {
  /** As they are. */
  none: 0,
  /** One LZ4 frame. */
  lz4: 1,
  /** Byte planes (bytes at i mod 4 together), then one LZ4 frame. */
  planes: 2,
} as const
export type Scheme = (typeof SCHEME)[keyof typeof SCHEME]

/** The eight bytes before a chunk. */
export interface ChunkHeader {
  readonly scheme: Scheme
  /** Bytes that follow the header. */
  readonly storedLength: number
  readonly rawLength: number
}

/** Reads a header; null when the eight bytes are none that a chunk within the limits may have. */
export function readChunkHeader(bytes: Uint8Array, at: number): ChunkHeader | null {
  if (at < 0 || at + CHUNK_HEADER_BYTES > bytes.length || bytes[at] !== 0) return null
  const storedLength = readU24(bytes, at + 1)
  const scheme = schemeOf(bytes[at + 4])
  const rawLength = readU24(bytes, at + 5)
  if (scheme === null) return null
  if (storedLength === 0 || storedLength > MAX_CHUNK_STORED_BYTES) return null
  if (rawLength === 0 || rawLength > MAX_CHUNK_RAW_BYTES) return null
  return { scheme, storedLength, rawLength }
}

/** Writes a header of eight bytes at `at`. */
export function writeChunkHeader(bytes: Uint8Array, at: number, header: ChunkHeader): void {
  bytes[at] = 0
  writeU24(bytes, at + 1, header.storedLength)
  bytes[at + 4] = header.scheme
  writeU24(bytes, at + 5, header.rawLength)
}

function schemeOf(byte: number | undefined): Scheme | null {
  return byte === SCHEME.none || byte === SCHEME.lz4 || byte === SCHEME.planes ? byte : null
}

function readU24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
}

function writeU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value
  bytes[at + 1] = value >> 8
  bytes[at + 2] = value >> 16
}

// The footer, version 1: xet-core, xorb_object/xorb_object_format.rs (XorbObjectInfoV1).
const FOOTER_TAG = new TextEncoder().encode('XETBLOB')
const HASHES_TAG = new TextEncoder().encode('XBLBHSH')
const BOUNDS_TAG = new TextEncoder().encode('XBLBBND')
const FOOTER_VERSION = 1
const HASHES_VERSION = 0
const BOUNDS_VERSION = 1
/** `info_len` = 92 + 40 n; it does not count its own four bytes. */
const FOOTER_FIXED_BYTES = 92
const FOOTER_BYTES_PER_CHUNK = HASH_BYTES + 4 + 4
const TAG_AND_VERSION = 8

/** Whether a footer, not a chunk, begins at `at`: no chunk header starts with its tag. */
export function isFooterAt(bytes: Uint8Array, at: number): boolean {
  return FOOTER_TAG.every((byte, index) => bytes[at + index] === byte)
}

/** Bytes of the footer of a xorb with `chunks` chunks. */
export function footerLength(chunks: number): number {
  return FOOTER_FIXED_BYTES + FOOTER_BYTES_PER_CHUNK * chunks + 4
}

/** The footer that makes a stored xorb explain itself; the same xorb always gets the same bytes. */
export function buildFooter(hash: XetHash, table: ChunkTable): Uint8Array<ArrayBuffer> {
  const footer = new FooterWriter(footerLength(table.count))
  footer.tag(FOOTER_TAG, FOOTER_VERSION)
  footer.hash(xetHashBytes(hash))
  const hashesAt = footer.position
  footer.tag(HASHES_TAG, HASHES_VERSION)
  footer.u32(table.count)
  for (let index = 0; index < table.count; index++) footer.hash(table.hash(index))
  const boundsAt = footer.position
  footer.tag(BOUNDS_TAG, BOUNDS_VERSION)
  footer.u32(table.count)
  for (let index = 0; index < table.count; index++) footer.u32(table.storedRange(index).end)
  for (let index = 0; index < table.count; index++) footer.u32(table.rawRange(index).end)
  const infoLength = footer.bytes.length - 4
  footer.u32(table.count)
  footer.u32(infoLength - hashesAt)
  footer.u32(infoLength - boundsAt)
  footer.zeros(16)
  footer.u32(infoLength)
  return footer.bytes
}

class FooterWriter {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly #view: DataView
  position = 0

  constructor(length: number) {
    this.bytes = new Uint8Array(length)
    this.#view = new DataView(this.bytes.buffer)
  }

  tag(tag: Uint8Array, version: number): void {
    this.bytes.set(tag, this.position)
    this.bytes[this.position + tag.length] = version
    this.position += TAG_AND_VERSION
  }

  hash(hash: Uint8Array): void {
    this.bytes.set(hash, this.position)
    this.position += HASH_BYTES
  }

  u32(value: number): void {
    this.#view.setUint32(this.position, value, true)
    this.position += 4
  }

  zeros(count: number): void {
    this.position += count
  }
}
