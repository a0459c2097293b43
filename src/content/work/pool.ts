import { succeed } from '../../kernel/result.ts'
import { ChunkTable } from '../xet/index.ts'
import { hashFile } from './hash-file-job.ts'
import { ingest } from './ingest-job.ts'
import type { WorkerPool } from './jobs.ts'
import type { VerifyXorbAnswers } from './sessions.ts'
import { WorkerThreads } from './worker-threads.ts'

/** Makes a pool of at most `threads` threads; none is started before there is work. Dispose it to end them. */
export function createWorkerPool({ threads: limit = 2 }: { readonly threads?: number } = {}): WorkerPool {
  const threads = new WorkerThreads(limit)
  return Object.freeze<WorkerPool>({
    ingest: (job) => ingest(threads, job),
    hashFile: (job) => hashFile(threads, job),
    async verifyXorb({ path, hash, signal }) {
      await using worker = threads.open<VerifyXorbAnswers>('verifyXorb', {}, signal)
      const table = await worker.ask('verify', { path, hash })
      return table.ok ? succeed(new ChunkTable(table.value)) : table
    },
    [Symbol.asyncDispose]: () => threads[Symbol.asyncDispose](),
  })
}
