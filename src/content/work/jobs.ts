import type { Sha256, XetHash } from '../../kernel/names.ts'
import type { Result } from '../../kernel/result.ts'
import type { ChunkRange, ChunkTable, Term } from '../xet/index.ts'

/** Work on bytes that would block the event loop, done by a few threads; see `createWorkerPool`. */
export interface WorkerPool extends AsyncDisposable {
  /**
   * Reads a whole body once: hashes it, cuts it into chunks, asks which of them are stored, and packs the
   * others into xorbs. Holds about 16 MiB however long the body is. Rejects with the body's, `lookup`'s or
   * `keep`'s error, with the signal's reason, or when its thread dies; then staged files that were not
   * handed to `keep` are gone, and what was kept is the caller's to drop.
   */
  ingest(job: IngestJob): Promise<IngestedFile>
  /**
   * Checks an uploaded xorb against its hash and makes it ready for the store: every chunk decoded within
   * its bounds and hashed, the tree rebuilt, any footer replaced by ours, the file fsynced. Otherwise
   * `invalidXorb`, and the file is as it was.
   */
  verifyXorb(job: VerifyXorbJob): Promise<Result<ChunkTable>>
  /**
   * Rebuilds a file from its parts and hashes it, checking each chunk's CRC and hash on the way:
   * `damagedContent` names the first that is wrong. A file that cannot be opened rejects.
   */
  hashFile(job: HashFileJob): Promise<Result<HashedFile>>
}

export interface IngestJob {
  /** Pieces of any size, in order; the next is taken only when there is room for it. */
  readonly body: AsyncIterable<Uint8Array>
  /** Whether each piece is a chunk; otherwise the body is cut where its content says. */
  readonly isCut?: boolean
  /**
   * Tells which of some consecutive chunks are stored: `hashes` holds 32 bytes for each, in file order.
   * Answers with ascending, disjoint runs, best all it knows: runs too short to be worth a term are
   * stored again by the job. Asked in file order; several questions may be open.
   */
  lookup(hashes: Uint8Array): Promise<readonly StoredRun[]>
  /** A path for a new staged file, as `XorbStore.stage` gives it. */
  stage(): string
  /** Takes over a finished, fsynced xorb. Called in file order, one at a time; the job waits for it. */
  keep(xorb: PackedXorb): Promise<void>
  readonly signal?: AbortSignal
}

/** Consecutive chunks that are stored already. */
export interface StoredRun {
  /** The run's first chunk, counted within the question. */
  readonly at: number
  readonly xorb: XetHash
  /** Which chunks of the xorb they are; as many as the run has. */
  readonly chunks: ChunkRange
}

/** A xorb on disk, footer appended. */
export interface PackedXorb {
  readonly hash: XetHash
  readonly path: string
  readonly table: ChunkTable
}

/** What a body turned out to be. */
export interface IngestedFile {
  readonly sha256: Sha256
  /** Its Xet file hash. */
  readonly hash: XetHash
  /** Bytes. */
  readonly size: number
  readonly terms: readonly Term[]
}

export interface VerifyXorbJob {
  /** The uploaded body, complete on disk; rewritten in place. */
  readonly path: string
  readonly hash: XetHash
  readonly signal?: AbortSignal
}

export interface HashFileJob {
  /** In file order; taken as the work goes on, so a long file's tables are never all in memory. */
  readonly parts: AsyncIterable<FilePart> | Iterable<FilePart>
  /** Told now and then how many raw bytes are done. */
  onProgress?(bytes: number): void
  readonly signal?: AbortSignal
}

/** A run of chunks of a stored xorb. */
export interface FilePart {
  /** Where the xorb lies on local disk. */
  readonly path: string
  readonly table: ChunkTable
  readonly chunks: ChunkRange
}

/** A file's identities, computed from its stored bytes. */
export interface HashedFile {
  readonly sha256: Sha256
  /** Its Xet file hash. */
  readonly hash: XetHash
  /** Bytes. */
  readonly size: number
}
