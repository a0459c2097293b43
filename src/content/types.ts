import type { Writable } from 'node:stream'

import type { Writer } from '../database/index.ts'
import type { ByteRange } from '../kernel/byte-range.ts'
import type { Sha256, XetHash } from '../kernel/names.ts'
import type { Result } from '../kernel/result.ts'
import type { Millis } from '../kernel/time.ts'
import type { ChunkRange, FetchRange, Recipe, Reconstruction } from './xet/index.ts'

/** A large file that the node holds: its identity, one of the ways to rebuild it, and its size in bytes. */
export interface StoredFile {
  readonly sha256: Sha256
  /** The Xet hash of one reconstruction; the same bytes may have others. */
  readonly xetHash: XetHash
  readonly size: number
}

/** What a sender announced about a body. */
export interface ExpectedFile {
  readonly sha256?: Sha256
  /** Bytes. */
  readonly size?: number
}

/** What is known of a body that is taken in. */
export interface ExpectedBody extends ExpectedFile {
  /** Whether each piece of the body is a chunk, of 128 KiB at most; otherwise it is cut here. */
  readonly isCut?: boolean
}

/** A file that some repositories may not use any more. Its bytes go once no other repository uses them. */
export interface Erasure {
  /** A member: all its repositories. Empty: copies of other members' repositories held here. */
  readonly scope: string
  readonly sha256: Sha256
  /** Bytes. */
  readonly size: number
  /** Why, a word that records use. */
  readonly reason: string
  readonly time: Millis
}

/** A body as it arrives; each piece is taken when there is room for it. */
export type Body = AsyncIterable<Uint8Array>

/** The bytes of a stored object, whole or in part. Every stored chunk's CRC-32 is checked before any of its bytes leave. */
export interface ContentReader {
  /** Bytes. */
  readonly size: number
  /** The bytes of `range` in fresh pieces of at most 1 MiB. Throws {@link DamagedContent}. */
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /**
   * Writes the bytes of `range` to `into` as fast as it takes them, and does not end it. Cheaper than {@link read}:
   * buffers are used again. Rejects with {@link DamagedContent}, the signal's reason, or the error of `into`.
   */
  pipe(range: ByteRange, into: Writable, signal?: AbortSignal): Promise<void>
}

/** Which chunks a file consists of, in its order: `docs/spec/federation.md` has the bytes. */
export interface FileRecipe extends Pick<ContentReader, 'size' | 'read'> {
  readonly xetHash: XetHash
}

/** Chunks of a section of a file as they come together. Disposing keeps what came. */
export interface ChunkGathering extends AsyncDisposable {
  /** Numbers of chunks that are not here, ascending; of equal ones the first. */
  readonly missing: readonly number[]
  /**
   * Takes a chunk as another node stores it, header included; false when it is not that chunk, and nothing of it is kept. What was
   * taken is still there after a crash. Throws a `Refusal` when the disk is full.
   */
  add(index: number, stored: Uint8Array): Promise<boolean>
  /** The raw bytes of a chunk; null when it is missing, also when that is only found out now. */
  read(index: number): Promise<Uint8Array | null>
}

/** Thrown in the middle of a read: what is stored is not what was stored. Whoever is sending must cut the connection. */
export class DamagedContent extends Error {
  readonly xorb: XetHash
  constructor(xorb: XetHash, problem: string) {
    super(`xorb ${xorb} is damaged: ${problem}`)
    this.name = 'DamagedContent'
    this.xorb = xorb
  }
}

/** A multipart upload under way: `partCount` parts of `partSize` bytes, the last one shorter. */
export interface MultipartUpload {
  readonly id: string
  readonly partSize: number
  readonly partCount: number
}

/** A part as its sender lists it on completion; `etag` is what {@link Content.storePart} returned. */
export interface SentPart {
  /** From 1. */
  readonly number: number
  readonly etag: string
}

/** From which repositories a deduplication answer may tell: one, those listed, and whatever is public. */
export interface DedupScope {
  readonly repositoryId: string
  readonly readable?: readonly string[]
}

/** What a shard brought. */
export interface RegisteredShard {
  readonly files: readonly StoredFile[]
}

export interface ShardOptions {
  /** Told now and then how many of the raw bytes to verify are done. */
  readonly onProgress?: (verified: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Something stored that is not as it should be; `subject` names it, `detail` says what is wrong, both for a person. */
export interface Problem {
  readonly kind:
    | 'databaseDamaged'
    | 'xorbMissing'
    | 'xorbDamaged'
    | 'xorbUnlisted'
    | 'objectDamaged'
    | 'fileDamaged'
    | 'referenceBroken'
    | 'uploadForgotten'
  readonly subject: string
  readonly detail: string
}

/** What the store holds, in bytes and numbers. */
export interface Usage {
  /** Sum of the sizes of all distinct files. */
  readonly rawBytes: number
  /** Bytes of all xorbs on disk. */
  readonly storedBytes: number
  readonly xorbCount: number
  readonly fileCount: number
  /** Sum of the sizes of each repository's distinct files, by repository id. */
  readonly rawBytesByRepository: ReadonlyMap<string, number>
}

/**
 * Large files, one copy of every byte. Whoever calls has checked that the actor may use the repository;
 * which repository may use which file is decided here: a hash is never a capability.
 * Rejects on failing disks and on errors of the bodies passed in; everything expected is a value.
 */
export interface Content {
  /**
   * Takes in a file for a repository in one pass. Refuses with `sizeMismatch` as soon as the body exceeds the
   * announced size, `hashMismatch`, or `storageFull`; then nothing of it is left.
   */
  ingest(
    repositoryId: string,
    body: Body,
    expected?: ExpectedBody,
    signal?: AbortSignal,
  ): Promise<Result<StoredFile>>

  /** Takes in a xorb after checking every chunk of it. Refuses with `invalidXorb`, `tooLarge` or `storageFull`. */
  storeXorb(
    hash: XetHash,
    body: Body,
    signal?: AbortSignal,
  ): Promise<Result<{ readonly wasInserted: boolean }>>

  /**
   * Takes in a shard: its files belong to the repository once every claim is checked against our own chunk
   * tables and the SHA-256 recomputed from the bytes, all or none. Refuses with `invalidShard`, `missingXorb`,
   * `hashMismatch`, `damagedContent`, `tooLarge` or `storageFull`.
   */
  registerShard(repositoryId: string, body: Body, options?: ShardOptions): Promise<Result<RegisteredShard>>

  /** Begins a multipart upload of a file of known size and hash, or finds the one under way. */
  beginMultipart(repositoryId: string, file: Required<ExpectedFile>): Promise<MultipartUpload>
  /** Takes in one part, number from 1, and returns its ETag. Sending it again replaces it. */
  storePart(uploadId: string, number: number, body: Body): Promise<Result<{ readonly etag: string }>>
  /** Takes in the file that the parts make up, as {@link ingest} does, and forgets the parts. */
  completeMultipart(
    uploadId: string,
    parts: readonly SentPart[],
    signal?: AbortSignal,
  ): Promise<Result<StoredFile>>

  /** The file of this hash if the repository may use it. */
  fileOf(repositoryId: string, sha256: Sha256): Promise<StoredFile | null>
  /** Like {@link fileOf} for many at once; those missing are not in the answer. */
  filesOf(repositoryId: string, hashes: readonly Sha256[]): Promise<ReadonlyMap<Sha256, StoredFile>>
  /** Sum of the sizes of the repository's distinct files, in bytes. */
  usedBy(repositoryId: string): Promise<number>
  /**
   * Lets a repository use a file that another one holds; false when that one does not. For copies: the caller has
   * checked that the actor may read the one and write the other.
   */
  grant(tx: Writer, fromRepositoryId: string, toRepositoryId: string, sha256: Sha256): Promise<boolean>

  /**
   * Forbids a file to the repositories of a scope, in the transaction that decides it: from then on every way to its bytes refuses
   * with `fileErased`. The bytes go by {@link erase}.
   */
  forbid(tx: Writer, erasure: Erasure): Promise<void>
  /** Why a repository may not use a file that it may have had; null where there is nothing against it. */
  erasureOf(repositoryId: string, sha256: Sha256): Promise<Erasure | null>
  /**
   * Erases the bytes of forbidden files that no repository uses, other files stay whole. May be called at any time, and goes on
   * where it was interrupted. Returns how many files it erased.
   */
  erase(): Promise<number>

  /** Opens a file for reading, or null when the node has none of this hash. The right to it was checked with {@link fileOf}. */
  openFile(xetHash: XetHash): Promise<ContentReader | null>
  /** Opens the stored chunks of a xorb, footer left out; reads must begin and end between chunks. */
  openXorb(hash: XetHash): Promise<ContentReader | null>

  /**
   * How to rebuild a file, or a range of it. Refuses with `contentNotFound` when the repository may not use it,
   * `rangeNotSatisfiable` past its end, `tooLarge` when the plan would name more than 2048 xorbs.
   */
  reconstruct(repositoryId: string, xetHash: XetHash, range?: ByteRange): Promise<Result<Reconstruction>>
  /** Size in bytes of a file that the repository may use, or null. */
  fileSize(repositoryId: string, xetHash: XetHash): Promise<number | null>
  /** Bytes of the chunks of a xorb that the repository's files use, or null. */
  xorbSize(repositoryId: string, hash: XetHash): Promise<number | null>
  /** A shard telling where a chunk and its neighbours are stored, or null when nothing in scope holds it. */
  dedupAnswer(chunk: XetHash, scope: DedupScope): Promise<Uint8Array | null>

  /** What a file consists of, or null when the repository may not use one of this SHA-256. */
  recipe(repositoryId: string, sha256: Sha256): Promise<FileRecipe | null>
  /**
   * Chunks of a file, by their number in it, as they are stored, one after the other; null when the repository may not use
   * the file or it has not all of them.
   */
  openChunks(
    repositoryId: string,
    xetHash: XetHash,
    chunks: readonly ChunkRange[],
  ): Promise<ContentReader | null>
  /**
   * Begins, or goes on, to bring the chunks of a section of a file together, of those that are here and those that are
   * added. For whoever takes the file in afterwards and then forgets what was gathered. One at a time for each section.
   */
  gather(file: Required<ExpectedFile>, section: number, recipe: Recipe): Promise<ChunkGathering>
  /** The Xet hash of a file of these chunks. */
  hashOf(recipe: Recipe): XetHash
  /** Drops the chunks that were added for a file. */
  forgetGathered(file: Required<ExpectedFile>): Promise<void>

  /** The epoch that belongs in the CAS address; see `CasEpoch`. */
  casEpoch(): Promise<string>
  /** Re-hashes everything stored and checks every reference, also while the node serves. Yields what is wrong. */
  doctor(signal?: AbortSignal): AsyncIterable<Problem>
  usage(): Promise<Usage>
  /** Removes what interrupted uploads left. Call once, before serving. */
  recover(): Promise<void>
}

export type { FetchRange, Reconstruction }
