import { concatBytes, equalBytes } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import type { Sha256, XetHash } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { ChunkTable } from './chunk-table.ts'
import { HASH_BYTES, sha256InShard, xetHashBytes, xetHashOf, type KeyedHash } from './hash.ts'
import { hmacHash } from './merkle.ts'
import type { Term } from './terms.ts'
import { MAX_CHUNKS, MAX_CHUNK_RAW_BYTES } from './xorb-format.ts'

// Layout: Xet specification, shard.md, and xet-core, metadata_shard/shard_format.rs.

/** Bytes at most of an uploaded shard. */
export const MAX_SHARD_BYTES = 64 * 1024 * 1024

const RECORD_BYTES = 48
const TAG = concatBytes([
  new TextEncoder().encode('HFRepoMetaData'),
  Uint8Array.fromHex('00556967456a7b815783a5bdd95ccdd14aa9'),
])
const HEADER_VERSION = 2n
const FOOTER_VERSION = 1n
const FOOTER_BYTES = 200
const HAS_VERIFICATION = 0x8000_0000
const HAS_SHA256 = 0x4000_0000

/** A file as its uploader describes it: nothing here is believed before it is checked. */
export interface ShardFile {
  readonly hash: XetHash
  readonly terms: readonly Term[]
  /** One per term, 32 bytes each: see `verificationHash`. */
  readonly verification: readonly Uint8Array[]
  /** The SHA-256 the uploader claims, if it claims one. */
  readonly sha256: Sha256 | null
}

/** A xorb as its uploader describes it. */
export interface ShardXorb {
  readonly hash: XetHash
  /** Chunks in the xorb, `[1, 8192]`. */
  readonly count: number
  /** A view of the hash of chunk `index`, 32 bytes. */
  chunkHash(index: number): Uint8Array
  /** Raw bytes of chunk `index`. */
  chunkLength(index: number): number
}

/** A well-formed shard. Entries are decoded one by one as they are iterated; they may be iterated again. */
export interface Shard {
  readonly fileCount: number
  readonly xorbCount: number
  readonly files: Iterable<ShardFile>
  readonly xorbs: Iterable<ShardXorb>
}

/**
 * Reads an uploaded shard front to back and ignores what follows the xorb section: some clients send a
 * footer there, some do not. Refuses with `invalidShard` whatever is cut short, out of bounds, or a file
 * whose terms are not all verified; no input throws.
 */
export function parseShard(bytes: Uint8Array): Result<Shard> {
  const records = new Records(bytes)
  if (!isShardHeader(records)) return invalid('it does not begin with a shard header of version 2')
  const files = measureSection(records, 1, fileAt)
  if (!files.ok) return files
  const xorbs = measureSection(records, files.value.end, xorbAt)
  if (!xorbs.ok) return xorbs
  return succeed({
    fileCount: files.value.count,
    xorbCount: xorbs.value.count,
    files: { [Symbol.iterator]: () => entriesOf(records, 1, fileAt) },
    xorbs: { [Symbol.iterator]: () => entriesOf(records, files.value.end, xorbAt) },
  })
}

function invalid(problem: string): Result<never> {
  return fail(failure('invalidShard', { problem }))
}

/** A shard as consecutive records of 48 bytes, each a hash and four u32. */
class Records {
  readonly count: number
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.count = Math.floor(bytes.length / RECORD_BYTES)
  }

  hash(record: number): Uint8Array {
    const at = record * RECORD_BYTES
    return this.#bytes.subarray(at, at + HASH_BYTES)
  }

  /** One of the four u32 after the hash, `[0, 4)`. */
  field(record: number, index: number): number {
    return this.#view.getUint32(record * RECORD_BYTES + HASH_BYTES + 4 * index, true)
  }

  u64(record: number, index: number): bigint {
    return this.#view.getBigUint64(record * RECORD_BYTES + HASH_BYTES + 8 * index, true)
  }

  /** Whether the record ends its section. */
  isBookend(record: number): boolean {
    return this.hash(record).every((byte) => byte === 0xff)
  }
}

function isShardHeader(records: Records): boolean {
  return records.count > 0 && equalBytes(records.hash(0), TAG) && records.u64(0, 0) === HEADER_VERSION
}

/** Reads the entry at a record, or refuses it; `next` is the record after the entry. */
type ReadEntry<Entry> = (records: Records, at: number) => Result<{ entry: Entry; next: number }>

/** Walks a section to its bookend without keeping its entries; `end` is the record after the bookend. */
function measureSection<Entry>(
  records: Records,
  start: number,
  readEntry: ReadEntry<Entry>,
): Result<{ count: number; end: number }> {
  let at = start
  for (let count = 0; at < records.count; count++) {
    if (records.isBookend(at)) return succeed({ count, end: at + 1 })
    const read = readEntry(records, at)
    if (!read.ok) return read
    at = read.value.next
  }
  return invalid('a section has no end')
}

function* entriesOf<Entry>(records: Records, start: number, readEntry: ReadEntry<Entry>): Generator<Entry> {
  for (let at = start; !records.isBookend(at);) {
    const read = readEntry(records, at)
    if (!read.ok) throw new Error('a measured section changed under its reader')
    yield read.value.entry
    at = read.value.next
  }
}

function fileAt(records: Records, at: number): Result<{ entry: ShardFile; next: number }> {
  const hash = xetHashOf(records.hash(at))
  const flags = records.field(at, 0)
  const count = records.field(at, 1)
  const isVerified = (flags & HAS_VERIFICATION) !== 0
  const hasSha256 = (flags & HAS_SHA256) !== 0
  if (!isVerified && count > 0) return invalid(`file ${hash} carries no verification hashes`)
  const sha256At = at + 1 + count * (isVerified ? 2 : 1)
  const next = sha256At + (hasSha256 ? 1 : 0)
  if (next > records.count) return invalid(`file ${hash} is cut short`)
  const terms = Array.from({ length: count }, (_, index) => termAt(records, at + 1 + index))
  const wrong = terms.findIndex((term) => !isLegal(term))
  if (wrong >= 0) return invalid(`term ${wrong} of file ${hash} has an impossible chunk range or length`)
  const verification = terms.map((_, index) => records.hash(at + 1 + count + index))
  const sha256 = hasSha256 ? sha256InShard(records.hash(sha256At)) : null
  return succeed({ entry: { hash, terms, verification, sha256 }, next })
}

function termAt(records: Records, at: number): Term {
  return {
    xorb: xetHashOf(records.hash(at)),
    chunks: { start: records.field(at, 2), end: records.field(at, 3) },
    rawLength: records.field(at, 1),
  }
}

function isLegal({ chunks, rawLength }: Term): boolean {
  const count = chunks.end - chunks.start
  return (
    count > 0 && chunks.end <= MAX_CHUNKS && rawLength >= count && rawLength <= count * MAX_CHUNK_RAW_BYTES
  )
}

function xorbAt(records: Records, at: number): Result<{ entry: ShardXorb; next: number }> {
  const hash = xetHashOf(records.hash(at))
  const count = records.field(at, 1)
  const next = at + 1 + count
  if (count === 0 || count > MAX_CHUNKS) return invalid(`xorb ${hash} has ${count} chunks`)
  if (next > records.count) return invalid(`xorb ${hash} is cut short`)
  const entry: ShardXorb = {
    hash,
    count,
    chunkHash: (index) => records.hash(at + 1 + index),
    chunkLength: (index) => records.field(at + 1 + index, 1),
  }
  return succeed({ entry, next })
}

/** What a deduplication answer tells: xorbs near the chunk that was asked for, for a limited time. */
export interface DedupAnswer {
  readonly xorbs: readonly { readonly hash: XetHash; readonly table: ChunkTable }[]
  /** 32 random bytes under which the chunk hashes are shown, so that only who has a chunk recognises it. */
  readonly hmacKey: Uint8Array
  /** Seconds since 1970. */
  readonly created: number
  /** Seconds since 1970; clients drop the answer then, and 0 would mean at once. */
  readonly expires: number
}

/** Builds the shard that answers a global deduplication query: no files, keyed chunk hashes, a footer. */
export function buildDedupAnswer(answer: DedupAnswer, keyedHash: KeyedHash): Uint8Array<ArrayBuffer> {
  const header = record(TAG)
  header.view.setBigUint64(32, HEADER_VERSION, true)
  header.view.setBigUint64(40, BigInt(FOOTER_BYTES), true)
  const bookend = record(new Uint8Array(HASH_BYTES).fill(0xff)).bytes
  const xorbs = answer.xorbs.map(({ hash, table }) =>
    dedupXorb(hash, table, (chunk) => hmacHash(chunk, answer.hmacKey, keyedHash)),
  )
  const body = [header.bytes, bookend, ...xorbs, bookend]
  const footerAt = body.reduce((total, part) => total + part.length, 0)
  return concatBytes([...body, dedupFooter(answer, footerAt)])
}

function dedupXorb(hash: XetHash, table: ChunkTable, hide: (chunk: Uint8Array) => Uint8Array): Uint8Array {
  const head = record(xetHashBytes(hash))
  head.view.setUint32(36, table.count, true)
  head.view.setUint32(40, table.rawBytes, true)
  head.view.setUint32(44, table.storedBytes, true)
  const chunks = Array.from({ length: table.count }, (_, index) => {
    const { start, end } = table.rawRange(index)
    const chunk = record(hide(table.hash(index)))
    chunk.view.setUint32(32, start, true)
    chunk.view.setUint32(36, end - start, true)
    return chunk.bytes
  })
  return concatBytes([head.bytes, ...chunks])
}

function record(hash: Uint8Array): { bytes: Uint8Array<ArrayBuffer>; view: DataView } {
  const bytes = new Uint8Array(RECORD_BYTES)
  bytes.set(hash)
  return { bytes, view: new DataView(bytes.buffer) }
}

/**
 * The lookup tables are empty and lie at the footer, as in production answers: with the specification's
 * zeros there the Rust client of 2026 asks for 6 EB of memory and aborts.
 */
function dedupFooter(answer: DedupAnswer, footerAt: number): Uint8Array {
  const bytes = new Uint8Array(FOOTER_BYTES)
  const view = new DataView(bytes.buffer)
  const u64 = (at: number, value: number) => view.setBigUint64(at, BigInt(value), true)
  view.setBigUint64(0, FOOTER_VERSION, true)
  u64(8, RECORD_BYTES) // file section
  u64(16, 2 * RECORD_BYTES) // xorb section
  for (const lookup of [24, 40, 56]) u64(lookup, footerAt)
  bytes.set(answer.hmacKey, 72)
  u64(104, answer.created)
  u64(112, answer.expires)
  u64(
    184,
    answer.xorbs.reduce((total, { table }) => total + table.rawBytes, 0),
  )
  u64(192, footerAt)
  return bytes
}
