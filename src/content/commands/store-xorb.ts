import type { Database } from '../../database/index.ts'
import type { XetHash } from '../../kernel/names.ts'
import { type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import type { ContentEvents } from '../events.ts'
import type { XorbStore } from '../ports.ts'
import type { Body } from '../types.ts'
import type { WorkerPool } from '../work/index.ts'
import { MAX_XORB_UPLOAD_BYTES } from '../xet/index.ts'
import type { Arrivals } from './arrivals.ts'
import { settle } from './refusals.ts'
import { registerXorb } from './register.ts'
import { StagedFile } from './staged-file.ts'

export interface StoreXorbDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly arrivals: Arrivals
  readonly work: Pick<WorkerPool, 'verifyXorb'>
  readonly clock: Clock
  readonly events: ContentEvents
}

/** See `Content.storeXorb`. */
export function storeXorb(
  deps: StoreXorbDeps,
  hash: XetHash,
  body: Body,
  signal?: AbortSignal,
): Promise<Result<{ readonly wasInserted: boolean }>> {
  return settle(async () => {
    // If we stop in here, a staged file is left, swept at the next start.
    await using staged = new StagedFile(deps.xorbs)
    const received = await staged.receive(body, MAX_XORB_UPLOAD_BYTES)
    if (!received.ok) return received
    const verified = await deps.work.verifyXorb({ path: staged.path, hash, ...(signal && { signal }) })
    if (!verified.ok) return verified

    // If we stop after this, an object is left that no table names, removed by `recover`.
    const location = await deps.arrivals.put(hash, staged.path)
    try {
      // After this transaction the xorb counts; it belongs to no file yet and is nobody's to read.
      const xorb = { hash, location, table: verified.value }
      const wasInserted = await deps.database.write((tx) => registerXorb(tx, xorb, deps.clock()))
      if (wasInserted) deps.events.xorbStored({ xorb: hash, storedBytes: verified.value.storedBytes })
      return succeed({ wasInserted })
    } finally {
      await deps.arrivals.settle([location])
    }
  })
}
