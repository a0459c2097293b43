import { LRUCache } from 'lru-cache'

import type { Reader } from '../../database/index.ts'
import { Sha256, XetHash } from '../../kernel/names.ts'
import type { StoredFile } from '../types.ts'
import { decodeTerms } from '../xet/index.ts'
import { FileLayout } from './file-layout.ts'

/** Terms kept in memory at most, over all layouts; each costs about 300 bytes. */
const CACHED_TERMS = 50_000
const BATCH = 500

/** Finds files and the right to them. */
export class FileIndex {
  readonly #reader: Reader
  readonly #layouts = new LRUCache<XetHash, FileLayout>({
    maxSize: CACHED_TERMS,
    sizeCalculation: (layout) => layout.terms.length + 1,
  })
  /** Grows when all is forgotten: what was read before is then remembered no more. */
  #epoch = 0

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** How the file of this hash is rebuilt, whoever may read it; null when there is none. */
  async layout(xetHash: XetHash): Promise<FileLayout | null> {
    const known = this.#layouts.get(xetHash)
    if (known) return known
    const epoch = this.#epoch
    const row = await this.#reader
      .selectFrom('file')
      .selectAll()
      .where('xet_hash', '=', xetHash)
      .executeTakeFirst()
    if (!row) return null
    const file = { sha256: Sha256.parse(row.sha256), xetHash, size: row.size }
    const layout = new FileLayout(file, decodeTerms(row.terms))
    if (epoch === this.#epoch) this.#layouts.set(xetHash, layout)
    return layout
  }

  /** Forgets how files are rebuilt: erasing others changed it. */
  forgetAll(): void {
    this.#epoch++
    this.#layouts.clear()
  }

  /** The file of this hash, whoever may use it. */
  async find(xetHash: XetHash): Promise<StoredFile | null> {
    const row = await this.#reader
      .selectFrom('file')
      .select(['sha256', 'xet_hash', 'size'])
      .where('xet_hash', '=', xetHash)
      .executeTakeFirst()
    return row ? storedFile(row) : null
  }

  /** Those of `hashes` that the repository may use. Of several reconstructions the oldest is told. */
  async usable(repositoryId: string, hashes: readonly Sha256[]): Promise<ReadonlyMap<Sha256, StoredFile>> {
    const found = new Map<Sha256, StoredFile>()
    for (let start = 0; start < hashes.length; start += BATCH) {
      const rows = await this.#reader
        .selectFrom('repository_file')
        .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
        .select(['file.sha256', 'file.xet_hash', 'file.size'])
        .where('repository_file.repository_id', '=', repositoryId)
        .where('repository_file.sha256', 'in', hashes.slice(start, start + BATCH))
        .orderBy('file.created_at', 'desc')
        .orderBy('file.xet_hash', 'desc')
        .execute()
      for (const row of rows) found.set(Sha256.parse(row.sha256), storedFile(row))
    }
    return found
  }

  /** The file of this Xet hash if the repository may use it. */
  async usableByXetHash(repositoryId: string, xetHash: XetHash): Promise<StoredFile | null> {
    const row = await this.#reader
      .selectFrom('repository_file')
      .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
      .select(['file.sha256', 'file.xet_hash', 'file.size'])
      .where('repository_file.repository_id', '=', repositoryId)
      .where('repository_file.xet_hash', '=', xetHash)
      .executeTakeFirst()
    return row ? storedFile(row) : null
  }

  /** Whether a file of the repository uses the xorb. */
  async usesXorb(repositoryId: string, xorb: XetHash): Promise<boolean> {
    const row = await this.#reader
      .selectFrom('repository_xorb')
      .select('xorb_hash')
      .where('repository_id', '=', repositoryId)
      .where('xorb_hash', '=', xorb)
      .executeTakeFirst()
    return row !== undefined
  }
}

function storedFile(row: { sha256: string; xet_hash: string; size: number }): StoredFile {
  return { sha256: Sha256.parse(row.sha256), xetHash: XetHash.parse(row.xet_hash), size: row.size }
}
