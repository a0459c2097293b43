import type { MessagePort } from 'node:worker_threads'

import type { XetHash } from '../../kernel/names.ts'
import type { Result } from '../../kernel/result.ts'
import type { StoredRun } from './jobs.ts'

/** Opens a session on a worker thread; everything else about the job goes over `port`. */
export interface OpenSession {
  readonly kind: 'ingest' | 'verifyXorb' | 'hashFile'
  readonly port: MessagePort
}

/** Bytes kept free at the start of a batch's buffer: the longest rest of the batch before, 128 KiB. */
export const HEADROOM_BYTES = 128 * 1024
/** Bytes of a body at most in a batch. */
export const BATCH_BYTES = 2 * 1024 * 1024

export interface Batch {
  /** {@link HEADROOM_BYTES} free bytes, then the batch. */
  readonly buffer: ArrayBuffer
  /** Bytes of the batch. */
  readonly length: number
  /** Where chunks end in it, counted from its first byte; null where the worker is to find out. */
  readonly ends: readonly number[] | null
}

/** The worker's side of an ingest. */
export interface IngestAnswers {
  /** Takes the next bytes of the body, and gives the buffer back when all whole chunks in them are stored. */
  batch(batch: Batch): Promise<ArrayBuffer>
  /** Stores what is left; the file's Xet hash and encoded terms. */
  end(): Promise<{ readonly hash: XetHash; readonly terms: Uint8Array }>
}

/** The main thread's side of an ingest: `IngestJob`, in forms that can be cloned. */
export interface IngestHost {
  lookup(hashes: Uint8Array): Promise<readonly StoredRun[]>
  stage(): Promise<string>
  keep(xorb: SentXorb): Promise<void>
}

/** `PackedXorb` with its table encoded. */
export interface SentXorb {
  readonly hash: XetHash
  readonly path: string
  readonly table: Uint8Array
}

export interface VerifyXorbAnswers {
  /** The encoded chunk table of the xorb at `path`. */
  verify(upload: { readonly path: string; readonly hash: XetHash }): Promise<Result<Uint8Array>>
}

/** Consecutive chunks in a file. */
export interface StoredPart {
  readonly path: string
  /** Where the first chunk begins in the file. */
  readonly offset: number
  /** Encoded table of just these chunks. */
  readonly table: Uint8Array
}

/** The worker's side of hashing a file. */
export interface HashFileAnswers {
  /** Takes the next chunks of the file; how many raw bytes they have. */
  part(part: StoredPart): Promise<Result<number>>
  end(): Promise<{ readonly sha256: string; readonly hash: XetHash; readonly size: number }>
}
