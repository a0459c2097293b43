import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

import { equalBytes } from '../../kernel/bytes.ts'
import type { XetHash } from '../../kernel/names.ts'
import {
  CHUNK_HEADER_BYTES,
  HASH_BYTES,
  HashTree,
  MAX_CHUNKS,
  MAX_CHUNK_RAW_BYTES,
  MAX_XORB_BYTES,
  buildFooter,
  encodeChunkTable,
  writeChunkHeader,
  xetHashOf,
  type ChunkRange,
  type ChunkRow,
  type ChunkTable,
  type KeyedHash,
} from '../xet/index.ts'
import type { EncodedChunk } from './scheme-choice.ts'

const WRITE_BYTES = 1024 * 1024
const LONGEST_CHUNK = CHUNK_HEADER_BYTES + MAX_CHUNK_RAW_BYTES

/** Stands for a xorb whose hash is known only when it is full. */
export interface DraftXorb {
  hash: XetHash | null
}

/** Writes a xorb chunk by chunk to a new file, a MiB at a time while the next one fills. */
export class XorbWriter implements AsyncDisposable {
  readonly path: string
  /** Outlives the writer and its buffers in the terms that name it. */
  readonly draft: DraftXorb = { hash: null }
  readonly #file: FileHandle
  readonly #tree: HashTree
  readonly #rows: ChunkRow[] = []
  readonly #places = new Map<string, number>()
  #storedBytes = 0
  #buffer = Buffer.allocUnsafeSlow(WRITE_BYTES)
  #spare = Buffer.allocUnsafeSlow(WRITE_BYTES)
  #filled = 0
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, file: FileHandle, keyedHash: KeyedHash) {
    this.path = path
    this.#file = file
    this.#tree = new HashTree(keyedHash)
  }

  /** Creates the file; throws when there is one. */
  static async create(path: string, keyedHash: KeyedHash): Promise<XorbWriter> {
    return new XorbWriter(path, await open(path, 'wx'), keyedHash)
  }

  /** Chunks so far. */
  get count(): number {
    return this.#rows.length
  }

  hasRoomFor(payload: Uint8Array): boolean {
    const next = this.#storedBytes + CHUNK_HEADER_BYTES + payload.length
    return this.count < MAX_CHUNKS && next <= MAX_XORB_BYTES
  }

  /** Appends a chunk; its bytes are copied before this waits for anything. One call at a time. */
  async add(hash: Uint8Array, { scheme, payload }: EncodedChunk, rawLength: number): Promise<void> {
    const at = this.#filled
    writeChunkHeader(this.#buffer, at, { scheme, storedLength: payload.length, rawLength })
    this.#buffer.set(payload, at + CHUNK_HEADER_BYTES)
    this.#filled += CHUNK_HEADER_BYTES + payload.length
    const stored = this.#buffer.subarray(at, this.#filled)
    this.#storedBytes += stored.length
    this.#note({ hash: hash.slice(), storedLength: stored.length, rawLength, crc: crc32(stored) })
    if (this.#buffer.length - this.#filled < LONGEST_CHUNK) await this.#startWriting()
  }

  /** The longest run of chunks here that begins with the first of `hashes`, or null. */
  find(hashes: Uint8Array): ChunkRange | null {
    const start = this.#places.get(placeKey(hashes))
    if (start === undefined) return null
    let end = start
    for (let at = 0; at < hashes.length; at += HASH_BYTES, end++) {
      const row = this.#rows[end]
      if (!row || !equalBytes(row.hash, hashes.subarray(at, at + HASH_BYTES))) break
    }
    return { start, end }
  }

  /** Appends the footer and makes the file durable. */
  async finish(): Promise<{ readonly hash: XetHash; readonly table: ChunkTable }> {
    const table = encodeChunkTable(this.#rows)
    const hash = xetHashOf(this.#tree.root())
    this.draft.hash = hash
    await this.#startWriting()
    await this.#writing
    await writeAll(this.#file, buildFooter(hash, table))
    await this.#file.sync()
    await this.#file.close()
    return { hash, table }
  }

  /** Closes the file, finished or not. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => undefined) // whoever waited for the write has been told
    await this.#file.close()
  }

  #note(row: ChunkRow): void {
    this.#tree.add(row.hash, row.rawLength)
    const key = placeKey(row.hash)
    if (!this.#places.has(key)) this.#places.set(key, this.#rows.length)
    this.#rows.push(row)
  }

  /** Starts writing what is filled and goes on with the other buffer, once that one is written. */
  async #startWriting(): Promise<void> {
    await this.#writing
    const filled = this.#buffer.subarray(0, this.#filled)
    this.#writing = writeAll(this.#file, filled)
    this.#writing.catch(() => undefined) // whoever waits for it next is told
    ;[this.#buffer, this.#spare] = [this.#spare, this.#buffer]
    this.#filled = 0
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done)
    done += bytesWritten
  }
}

/** A chunk's hash, the first 32 bytes, as a key of a map. */
function placeKey(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, HASH_BYTES).toString('latin1')
}
