import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

import { equalBytes } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { Codec } from '../codec/index.ts'
import {
  CHUNK_HEADER_BYTES,
  ChunkTable,
  HashTree,
  MAX_CHUNK_STORED_BYTES,
  fileHashOf,
  readChunkHeader,
  xetHashOf,
  type ChunkRow,
} from '../xet/index.ts'
import { FileWindow } from './file-window.ts'
import type { HashFileAnswers, StoredPart } from './sessions.ts'
import { decodeInWindow } from './verify-xorb.ts'

/** The worker's side of hashing a file. */
export class HashFileSession implements HashFileAnswers {
  readonly #codec: Codec
  readonly #sha256 = createHash('sha256')
  readonly #tree: HashTree
  #size = 0
  /** Settled when all parts before are hashed. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(codec: Codec) {
    this.#codec = codec
    this.#tree = new HashTree(codec.keyedHash)
  }

  part(part: StoredPart): Promise<Result<number>> {
    const hashed = this.#turn.then(() => this.#hash(part))
    this.#turn = hashed
    return hashed
  }

  async end(): Promise<{ sha256: string; hash: XetHash; size: number }> {
    await this.#turn
    const hash = fileHashOf(this.#tree.root(), this.#codec.keyedHash)
    return { sha256: this.#sha256.digest('hex'), hash: xetHashOf(hash), size: this.#size }
  }

  async #hash({ path, offset, table: rows }: StoredPart): Promise<Result<number>> {
    const table = new ChunkTable(rows)
    await using file = await open(path, 'r')
    const window = new FileWindow(file, offset, CHUNK_HEADER_BYTES + MAX_CHUNK_STORED_BYTES)
    let at = offset
    for (const row of table.rows()) {
      const bytes = await window.peek(row.storedLength)
      const problem = this.#hashChunk(row, bytes.subarray(0, row.storedLength))
      if (problem !== null)
        return fail(failure('damagedContent', { problem: `${path} at byte ${at}: ${problem}` }))
      window.skip(row.storedLength)
      at += row.storedLength
    }
    return succeed(table.rawBytes)
  }

  /** Adds a chunk to the hashes; what is wrong with it, or null. */
  #hashChunk(row: ChunkRow, stored: Uint8Array): string | null {
    if (stored.length < row.storedLength) return 'the file ends within a chunk'
    if (crc32(stored) !== row.crc) return 'a chunk’s CRC-32 is wrong'
    const header = readChunkHeader(stored, 0)
    if (
      header?.storedLength !== row.storedLength - CHUNK_HEADER_BYTES ||
      header.rawLength !== row.rawLength
    ) {
      return 'a chunk’s header does not agree with its table'
    }
    const raw = decodeInWindow(this.#codec, header, stored)
    if (!raw) return 'a chunk does not decode'
    if (!equalBytes(this.#codec.hashChunk(raw), row.hash)) return 'a chunk’s hash is wrong'
    this.#sha256.update(raw)
    this.#tree.add(row.hash, raw.length)
    this.#size += raw.length
    return null
  }
}
