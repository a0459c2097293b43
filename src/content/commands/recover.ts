import type { Database } from '../../database/index.ts'
import type { Clock } from '../../kernel/time.ts'
import type { ContentEvents } from '../events.ts'
import type { ArrivalStore, PartStore, XorbStore } from '../ports.ts'
import { ARRIVALS_KEPT, MULTIPART_KEPT } from '../rules.ts'
import { deleteUnnamed } from './arrivals.ts'

const BATCH = 500

export interface RecoverDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly parts: PartStore
  readonly arrivalFiles: ArrivalStore
  readonly clock: Clock
  readonly events: ContentEvents
}

/** See `Content.recover`. */
export async function recover(deps: RecoverDeps): Promise<void> {
  await deps.xorbs.sweep()
  const objects = await deleteAllUnnamed(deps)
  const uploads = await deleteForgottenUploads(deps)
  await deleteForgottenArrivals(deps)
  deps.events.leftoversRemoved({ objects, uploads })
}

async function deleteAllUnnamed({ database, xorbs }: RecoverDeps): Promise<number> {
  let deleted = 0
  for await (const locations of batches(xorbs.list()))
    deleted += await deleteUnnamed(database, xorbs, locations)
  return deleted
}

/** Multipart uploads that nobody completed in time, and parts whose upload is gone. Returns how many. */
async function deleteForgottenUploads(deps: RecoverDeps): Promise<number> {
  const since = deps.clock() - MULTIPART_KEPT
  await deps.database.write((tx) =>
    tx.deleteFrom('multipart_upload').where('created_at', '<', since).execute(),
  )
  return deleteLostParts(deps)
}

/** Parts whose upload is not under way any more. Returns of how many uploads. */
export async function deleteLostParts({
  database,
  parts,
}: Pick<RecoverDeps, 'database' | 'parts'>): Promise<number> {
  let deleted = 0
  for await (const id of parts.list()) {
    const row = await database.read
      .selectFrom('multipart_upload')
      .select('id')
      .where('id', '=', id)
      .executeTakeFirst()
    if (row) continue
    await parts.delete(id)
    deleted++
  }
  return deleted
}

/** Chunks of files whose coming nobody went on with. */
async function deleteForgottenArrivals({ arrivalFiles, clock }: RecoverDeps): Promise<void> {
  const since = clock() - ARRIVALS_KEPT
  for (const file of await arrivalFiles.list()) {
    if ((await arrivalFiles.changedAt(file)) < since) await arrivalFiles.delete(file)
  }
}

/** Groups of a few hundred. */
export async function* batches<Item>(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let batch: Item[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
