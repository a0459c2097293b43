import { Sha256 } from '../../kernel/names.ts'
import { succeed, type Result } from '../../kernel/result.ts'
import { interruptible } from './interruptible.ts'
import type { FilePart, HashFileJob, HashedFile } from './jobs.ts'
import type { HashFileAnswers, StoredPart } from './sessions.ts'
import type { WorkerThreads } from './worker-threads.ts'

/** Parts at the worker at once: one being hashed, one waiting. */
const PARTS_IN_FLIGHT = 2

/** See `WorkerPool.hashFile`. */
export async function hashFile(threads: WorkerThreads, job: HashFileJob): Promise<Result<HashedFile>> {
  await using worker = threads.open<HashFileAnswers>('hashFile', {}, job.signal)
  const hashing: Promise<Result<number>>[] = []
  let done = 0
  const settleOldest = async (): Promise<Result<null>> => {
    const hashed = await hashing.shift()
    if (hashed && !hashed.ok) return hashed
    done += hashed?.value ?? 0
    job.onProgress?.(done)
    return succeed(null)
  }
  for await (const part of interruptible(job.parts, worker.ended)) {
    hashing.push(worker.ask('part', storedPart(part)))
    const settled = hashing.length < PARTS_IN_FLIGHT ? succeed(null) : await settleOldest()
    if (!settled.ok) return settled
  }
  while (hashing.length > 0) {
    const settled = await settleOldest()
    if (!settled.ok) return settled
  }
  const { sha256, hash, size } = await worker.ask('end', undefined)
  return succeed({ sha256: Sha256.parse(sha256), hash, size })
}

function storedPart({ path, table, chunks }: FilePart): StoredPart {
  return { path, offset: table.storedSpan(chunks).start, table: table.slice(chunks).bytes }
}
