import type { ProjectedTable } from '../../database/index.ts'
import { readLeafRange } from '../queries/entries.ts'
import type { TileDeps } from '../queries/tiles.ts'
import { insertEntries } from './extend.ts'

/** Entries whose index is made anew in one transaction. */
const ENTRIES_AT_ONCE = 8192

/** Makes the index of entries of every log anew from the leaves. Throws `DamagedLog`, with what was there left. */
export async function refoldEntries(deps: TileDeps, signal: AbortSignal): Promise<void> {
  const logs = await deps.database.read.selectFrom('log').selectAll().orderBy('origin').execute()
  for (const log of logs)
    for (let start = 0; start < log.size; start += ENTRIES_AT_ONCE) {
      signal.throwIfAborted()
      const leaves = await readLeafRange(deps, log, start, start + ENTRIES_AT_ONCE)
      await deps.database.write(async (tx) => {
        await tx
          .deleteFrom('log_entry')
          .where('origin', '=', log.origin)
          .where('position', '>=', start)
          .where('position', '<', start + leaves.length)
          .execute()
        await insertEntries(tx, { origin: log.origin, size: start }, leaves)
      })
    }
}

/** The index of entries as a projection's table. */
export const ENTRY_TABLE: ProjectedTable = {
  name: 'log_entry',
  async *rows(reader) {
    const logs = await reader.selectFrom('log').select(['origin', 'size']).orderBy('origin').execute()
    for (const { origin, size } of logs)
      for (let start = 0; start < size; start += ENTRIES_AT_ONCE)
        yield* await reader
          .selectFrom('log_entry')
          .selectAll()
          .where('origin', '=', origin)
          .where('position', '>=', start)
          .where('position', '<', start + ENTRIES_AT_ONCE)
          .execute()
  },
}
