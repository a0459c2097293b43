import type { Writer } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { erasureIn } from '../queries/erasures.ts'
import type { StoredXorb } from '../queries/xorb-index.ts'
import { ANNOUNCED_PRECISION, fileErased, isSampled } from '../rules.ts'
import type { StoredFile } from '../types.ts'
import { type ChunkTable, encodeTerms, footerLength, type Term, xetHashOf } from '../xet/index.ts'

/** Rows in one statement; SQLite binds 32766 values at most. */
const BATCH = 500

/** A verified file: its terms rebuild the bytes that have this SHA-256. */
export interface VerifiedFile extends StoredFile {
  readonly terms: readonly Term[]
}

/**
 * Writes down a xorb whose bytes are in the store, and its sampled chunks. False when it is known already: then the
 * bytes at `location` are one copy too many.
 */
export async function registerXorb(
  tx: Writer,
  { hash, location, table }: StoredXorb,
  now: Millis,
): Promise<boolean> {
  const inserted = await tx
    .insertInto('xorb')
    .values({
      hash,
      location,
      stored_bytes: table.storedBytes + footerLength(table.count),
      raw_bytes: table.rawBytes,
      chunk_count: table.count,
      chunks: table.bytes,
      created_at: now,
      announced_at: now,
    })
    .onConflict((row) => row.doNothing())
    .executeTakeFirst()
  if (inserted.numInsertedOrUpdatedRows === 0n) return false
  await rememberChunks(tx, sampledChunks(hash, table))
  return true
}

/**
 * Lets a repository use a verified file. Throws `repositoryNotFound` when the repository, or `missingXorb` when one
 * of the file's xorbs is gone by now, and `fileErased` where the repository may not.
 */
export async function registerFile(
  tx: Writer,
  repositoryId: string,
  file: VerifiedFile,
  firstChunk: SampledChunk | null,
  now: Millis,
): Promise<void> {
  const { xetHash: xet_hash, sha256, size } = file
  const repository = await tx
    .selectFrom('repository')
    .select('id')
    .where('id', '=', repositoryId)
    .executeTakeFirst()
  if (!repository) throw new Refusal(failure('repositoryNotFound'))
  const erasure = await erasureIn(tx, repositoryId, sha256)
  if (erasure) throw new Refusal(fileErased(erasure))
  const xorbs = [...new Set(file.terms.map((term) => term.xorb))]
  await announceXorbs(tx, xorbs, now)
  await tx
    .insertInto('file')
    .values({ xet_hash, sha256, size, terms: encodeTerms(file.terms), created_at: now })
    .onConflict((row) => row.doNothing())
    .execute()
  await tx
    .insertInto('repository_file')
    .values({ repository_id: repositoryId, sha256, xet_hash })
    .onConflict((row) => row.doNothing())
    .execute()
  await shareXorbs(tx, repositoryId, xorbs)
  if (firstChunk) await rememberChunks(tx, [firstChunk])
}

/** Notes that a repository's files use these xorbs. */
export async function shareXorbs(tx: Writer, repositoryId: string, xorbs: readonly XetHash[]): Promise<void> {
  for (let start = 0; start < xorbs.length; start += BATCH) {
    await tx
      .insertInto('repository_xorb')
      .values(
        xorbs.slice(start, start + BATCH).map((hash) => ({ repository_id: repositoryId, xorb_hash: hash })),
      )
      .onConflict((row) => row.doNothing())
      .execute()
  }
}

/** Notes that xorbs were spoken of now. Throws `missingXorb` when one of them is not stored. */
export async function announceXorbs(tx: Writer, xorbs: readonly XetHash[], now: Millis): Promise<void> {
  for (let start = 0; start < xorbs.length; start += BATCH) {
    const batch = xorbs.slice(start, start + BATCH)
    const stored = await tx
      .selectFrom('xorb')
      .select(['hash', 'announced_at'])
      .where('hash', 'in', batch)
      .execute()
    if (stored.length < batch.length) throw new Refusal(failure('missingXorb'))
    const stale = stored.filter((row) => row.announced_at < now - ANNOUNCED_PRECISION).map((row) => row.hash)
    if (stale.length === 0) continue
    await tx.updateTable('xorb').set({ announced_at: now }).where('hash', 'in', stale).execute()
  }
}

/** A chunk that deduplication remembers. */
export interface SampledChunk {
  readonly chunk_hash: string
  readonly xorb_hash: XetHash
  readonly chunk_index: number
}

/** The first chunk that terms name. */
export function firstChunkOf(
  terms: readonly Term[],
  tableOf: (xorb: XetHash) => ChunkTable,
): SampledChunk | null {
  const [first] = terms
  return first ? sampledChunk(first.xorb, tableOf(first.xorb), first.chunks.start) : null
}

function sampledChunks(hash: XetHash, table: ChunkTable): SampledChunk[] {
  return Array.from({ length: table.count }, (_, index) => index)
    .filter((index) => index === 0 || isSampled(table.hash(index)))
    .map((index) => sampledChunk(hash, table, index))
}

function sampledChunk(hash: XetHash, table: ChunkTable, index: number): SampledChunk {
  return { chunk_hash: xetHashOf(table.hash(index)), xorb_hash: hash, chunk_index: index }
}

/** Remembers where chunks are; what is remembered already stays. */
export async function rememberChunks(tx: Writer, chunks: readonly SampledChunk[]): Promise<void> {
  for (let start = 0; start < chunks.length; start += BATCH) {
    await tx
      .insertInto('dedup')
      .values(chunks.slice(start, start + BATCH))
      .onConflict((row) => row.doNothing())
      .execute()
  }
}
