import { LRUCache } from 'lru-cache'

import type { Reader } from '../../database/index.ts'
import { XetHash } from '../../kernel/names.ts'
import { ChunkTable } from '../xet/index.ts'

/** Bytes of chunk tables kept in memory: about 700 full xorbs, 45 GB of content. */
const CACHE_BYTES = 32 * 1024 * 1024
/** Hashes in one query; SQLite binds 32766 at most. */
const BATCH = 500

/** A xorb the store holds: where, and what is in it. */
export interface StoredXorb {
  readonly hash: XetHash
  readonly location: string
  readonly table: ChunkTable
}

/** Finds xorbs by hash; the most used are kept in memory. They never change; only erasing removes some, and then all are forgotten. */
export class XorbIndex {
  readonly #reader: Reader
  readonly #cache = new LRUCache<XetHash, StoredXorb>({
    maxSize: CACHE_BYTES,
    sizeCalculation: (xorb) => xorb.table.bytes.length,
  })
  /** Grows when all is forgotten: what was read before is then remembered no more. */
  #epoch = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Null when no such xorb is stored. */
  async find(hash: XetHash): Promise<StoredXorb | null> {
    const known = this.#cache.get(hash)
    if (known) return known
    const found = await this.#load([hash])
    return found.get(hash) ?? null
  }

  /** Those of `hashes` that are stored. All stay in memory together: the caller bounds their number. */
  async findAll(hashes: Iterable<XetHash>): Promise<ReadonlyMap<XetHash, StoredXorb>> {
    const found = new Map<XetHash, StoredXorb>()
    const unknown: XetHash[] = []
    for (const hash of new Set(hashes)) {
      const known = this.#cache.get(hash)
      if (known) found.set(hash, known)
      else unknown.push(hash)
    }
    for (let start = 0; start < unknown.length; start += BATCH) {
      for (const [hash, xorb] of await this.#load(unknown.slice(start, start + BATCH))) found.set(hash, xorb)
    }
    return found
  }

  forgetAll(): void {
    this.#epoch++
    this.#cache.clear()
  }

  async #load(hashes: readonly XetHash[]): Promise<ReadonlyMap<XetHash, StoredXorb>> {
    const epoch = this.#epoch
    const rows = await this.#reader
      .selectFrom('xorb')
      .select(['hash', 'location', 'chunks'])
      .where('hash', 'in', hashes)
      .execute()
    const xorbs = rows.map(({ hash, location, chunks }) => {
      const xorb = { hash: XetHash.parse(hash), location, table: new ChunkTable(chunks) }
      if (epoch === this.#epoch) this.#cache.set(xorb.hash, xorb)
      return [xorb.hash, xorb] as const
    })
    return new Map(xorbs)
  }
}
