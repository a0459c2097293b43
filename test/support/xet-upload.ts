import { loadCodec, type Codec } from '../../src/content/codec/index.ts'
import {
  encodeChunkTable,
  fileHash,
  verificationHash,
  writeChunkHeader,
  xetHashBytes,
  xetHashOf,
  xorbHash,
  SCHEME,
  type ChunkRange,
  type Term,
} from '../../src/content/xet/index.ts'
import type { XetHash } from '../../src/kernel/names.ts'
import { sha256Of } from './bytes.ts'

/** A xorb as a client sends it: chunks back to back, no footer. */
export interface SentXorb {
  readonly hash: XetHash
  readonly bytes: Buffer<ArrayBuffer>
  readonly chunks: readonly SentChunk[]
}

interface SentChunk {
  readonly hash: Uint8Array
  readonly length: number
}

/** A file as a client describes it. */
export interface SentFile {
  readonly hash: XetHash
  readonly terms: readonly Term[]
  readonly verification: readonly Uint8Array[]
  /** Hex, or none. */
  readonly sha256: string | null
}

/** Cuts, hashes and packs bytes the way a Xet client does: one xorb, one file of one term. */
export function packForXet(
  bytes: Uint8Array,
  codec: Codec = loadCodec(),
): { xorb: SentXorb; file: SentFile } {
  const chunks: SentChunk[] = []
  const parts: Uint8Array[] = []
  const stored: { hash: Uint8Array; storedLength: number; rawLength: number; crc: number }[] = []
  for (let start = 0; start < bytes.length;) {
    const length = codec.nextCut(bytes, start, bytes.length) || bytes.length - start
    const raw = bytes.subarray(start, start + length)
    const encoded = Uint8Array.from(codec.encodeChunk(SCHEME.lz4, raw))
    const isSmaller = encoded.length < raw.length
    const payload = isSmaller ? encoded : raw
    const header = new Uint8Array(8)
    writeChunkHeader(header, 0, {
      scheme: isSmaller ? SCHEME.lz4 : SCHEME.none,
      storedLength: payload.length,
      rawLength: raw.length,
    })
    parts.push(header, payload)
    const hash = codec.hashChunk(raw)
    chunks.push({ hash, length })
    stored.push({ hash, storedLength: payload.length + 8, rawLength: length, crc: 0 })
    start += length
  }
  const hash = xetHashOf(xorbHash(chunks, codec.keyedHash))
  const table = encodeChunkTable(stored)
  const term = { xorb: hash, chunks: { start: 0, end: chunks.length }, rawLength: table.rawBytes }
  return {
    xorb: { hash, bytes: Buffer.concat(parts), chunks },
    file: {
      hash: xetHashOf(fileHash(chunks, codec.keyedHash)),
      terms: [term],
      verification: [
        verificationHash(
          chunks.map((chunk) => chunk.hash),
          codec.keyedHash,
        ),
      ],
      sha256: sha256Of(bytes),
    },
  }
}

/** A file made of some runs of a xorb's chunks, one after the other; `bytes` are the xorb's. */
export function fileOfRuns(
  xorb: SentXorb,
  bytes: Uint8Array,
  runs: readonly ChunkRange[],
  { keyedHash }: Codec = loadCodec(),
): SentFile {
  const startOf = (chunk: number) =>
    xorb.chunks.slice(0, chunk).reduce((total, { length }) => total + length, 0)
  const chunks = runs.map(({ start, end }) => xorb.chunks.slice(start, end))
  const parts = runs.map(({ start, end }) => bytes.subarray(startOf(start), startOf(end)))
  return {
    hash: xetHashOf(fileHash(chunks.flat(), keyedHash)),
    terms: runs.map((run, index) => ({ xorb: xorb.hash, chunks: run, rawLength: parts[index]?.length ?? 0 })),
    verification: chunks.map((run) =>
      verificationHash(
        run.map((chunk) => chunk.hash),
        keyedHash,
      ),
    ),
    sha256: sha256Of(Buffer.concat(parts)),
  }
}

const RECORD = 48

/** A shard that tells of files and xorbs, without a footer, as the Rust client sends it. */
export function shardOf(files: readonly SentFile[], xorbs: readonly SentXorb[]): Buffer<ArrayBuffer> {
  const tag = Buffer.concat([
    Buffer.from('HFRepoMetaData'),
    Buffer.from('00556967456a7b815783a5bdd95ccdd14aa9', 'hex'),
  ])
  const bookend = record(Buffer.alloc(32, 0xff))
  return Buffer.concat([
    record(tag, [2, 0, 0, 0]),
    ...files.flatMap(fileRecords),
    bookend,
    ...xorbs.flatMap(xorbRecords),
    bookend,
  ])
}

function fileRecords({ hash, terms, verification, sha256 }: SentFile): Buffer[] {
  const flags = 0x8000_0000 + (sha256 === null ? 0 : 0x4000_0000)
  return [
    record(xetHashBytes(hash), [flags, terms.length, 0, 0]),
    ...terms.map(({ xorb, chunks, rawLength }) =>
      record(xetHashBytes(xorb), [0, rawLength, chunks.start, chunks.end]),
    ),
    ...verification.map((proof) => record(proof)),
    ...(sha256 === null ? [] : [record(Buffer.from(sha256, 'hex').swap64())]),
  ]
}

function xorbRecords({ hash, chunks }: SentXorb): Buffer[] {
  const raw = chunks.reduce((total, chunk) => total + chunk.length, 0)
  let start = 0
  return [
    record(xetHashBytes(hash), [0, chunks.length, raw, 0]),
    ...chunks.map((chunk) => {
      const entry = record(chunk.hash, [start, chunk.length, 0, 0])
      start += chunk.length
      return entry
    }),
  ]
}

function record(hash: Uint8Array, fields: readonly number[] = []): Buffer<ArrayBuffer> {
  const bytes = Buffer.alloc(RECORD)
  bytes.set(hash)
  fields.forEach((field, index) => bytes.writeUInt32LE(field, 32 + 4 * index))
  return bytes
}
