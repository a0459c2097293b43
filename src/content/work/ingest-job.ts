import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'

import { Sha256 } from '../../kernel/names.ts'
import { ChunkTable, decodeTerms, MAX_CHUNK_RAW_BYTES } from '../xet/index.ts'
import type { Conversation } from './conversation.ts'
import { interruptible } from './interruptible.ts'
import type { IngestJob, IngestedFile, StoredRun } from './jobs.ts'
import {
  BATCH_BYTES,
  HEADROOM_BYTES,
  type IngestAnswers,
  type IngestHost,
  type SentXorb,
} from './sessions.ts'
import type { WorkerThreads } from './worker-threads.ts'

/** Batches that one body may have on their way at once. */
const BATCHES_IN_FLIGHT = 3

/** See `WorkerPool.ingest`. */
export async function ingest(threads: WorkerThreads, job: IngestJob): Promise<IngestedFile> {
  await using host = new Host(job)
  await using worker = threads.open<IngestAnswers>('ingest', host, job.signal)
  const batches = new Batches(worker, job.isCut === true)
  for await (const piece of interruptible(job.body, worker.ended)) await batches.add(piece)
  batches.sendFilled()
  const { hash, terms } = await worker.ask('end', undefined)
  return { sha256: batches.sha256(), hash, size: batches.size, terms: decodeTerms(terms) }
}

/** What the worker asks of the job; on disposal no staged file is left that was not handed on. */
class Host implements IngestHost, AsyncDisposable {
  readonly #job: IngestJob
  readonly #staged = new Set<string>()

  constructor(job: IngestJob) {
    this.#job = job
  }

  async lookup(hashes: Uint8Array): Promise<readonly StoredRun[]> {
    return this.#job.lookup(hashes)
  }

  async stage(): Promise<string> {
    const path = this.#job.stage()
    this.#staged.add(path)
    return path
  }

  async keep({ hash, path, table }: SentXorb): Promise<void> {
    this.#staged.delete(path)
    await this.#job.keep({ hash, path, table: new ChunkTable(table) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#staged) await rm(path, { force: true })
  }
}

/**
 * Gathers a body into batches and sends them to the worker, a bounded number at a time. Their SHA-256 is taken here:
 * it costs 0.6 s per GiB, the worker's part 2.3 s, and so both cores have work.
 */
class Batches {
  /** Bytes of the body so far. */
  size = 0
  readonly #worker: Conversation<IngestAnswers>
  readonly #hash = createHash('sha256')
  /** Buffers at the worker, oldest first. */
  readonly #lent: Promise<ArrayBuffer>[] = []
  #buffer: ArrayBuffer | null = null
  #filled = 0
  /** Where chunks end in what is filled; null where the worker is to find out. */
  #ends: number[] | null

  constructor(worker: Conversation<IngestAnswers>, isCut: boolean) {
    this.#worker = worker
    this.#ends = isCut ? [] : null
  }

  /** Takes a piece; waits while the worker has as many batches as it may. */
  async add(piece: Uint8Array): Promise<void> {
    if (this.#ends && piece.length > MAX_CHUNK_RAW_BYTES) throw new RangeError('a chunk has 128 KiB at most')
    this.size += piece.length
    for (let taken = 0; taken < piece.length;) {
      const buffer = (this.#buffer ??= await this.#takeBuffer())
      const next = piece.subarray(taken, taken + BATCH_BYTES - this.#filled)
      new Uint8Array(buffer).set(next, HEADROOM_BYTES + this.#filled)
      this.#filled += next.length
      taken += next.length
      if (taken === piece.length) this.#ends?.push(this.#filled)
      if (this.#filled === BATCH_BYTES) this.sendFilled()
    }
  }

  /** Sends what has come since the last batch, if anything has. */
  sendFilled(): void {
    const buffer = this.#buffer
    if (!buffer) return
    const length = this.#filled
    this.#hash.update(new Uint8Array(buffer, HEADROOM_BYTES, length))
    this.#lent.push(this.#worker.ask('batch', { buffer, length, ends: this.#ends }))
    if (this.#ends) this.#ends = []
    this.#buffer = null
    this.#filled = 0
  }

  /** Of all that was sent; once only. */
  sha256(): Sha256 {
    return Sha256.parse(this.#hash.digest('hex'))
  }

  async #takeBuffer(): Promise<ArrayBuffer> {
    const oldest = this.#lent.length < BATCHES_IN_FLIGHT ? undefined : this.#lent.shift()
    return oldest ?? new ArrayBuffer(HEADROOM_BYTES + BATCH_BYTES)
  }
}
