import { createHash } from 'node:crypto'

import type { Database, ProjectedTable, Projection, Reader, Rebuilt } from '../database/index.ts'

/**
 * Drops and makes anew each projection, and tells of each table whether it is what it was, byte for byte. What is written
 * meanwhile shows as a difference. Memory: 16 bytes and their place for each row of one projection.
 */
export async function* rebuildAll(
  { read }: Pick<Database, 'read'>,
  projections: readonly Projection[],
  signal: AbortSignal,
): AsyncGenerator<Rebuilt> {
  for (const each of projections) {
    const { name: projection, tables } = each
    const before = new Map<string, ReadonlySet<string>>()
    for (const table of tables) before.set(table.name, await digestsOf(read, table))
    await each.refold(signal)
    for (const table of tables) {
      const after = await digestsOf(read, table)
      const differing = differenceOf(before.get(table.name) ?? new Set(), after)
      yield { projection, table: table.name, rows: after.size, differing }
    }
  }
}

/** No two rows of a table are the same: each has its key. */
async function digestsOf(reader: Reader, table: ProjectedTable): Promise<ReadonlySet<string>> {
  const digests = new Set<string>()
  for await (const row of table.rows(reader)) {
    const columns = Object.entries(row).toSorted(([left], [right]) => (left < right ? -1 : 1))
    digests.add(createHash('sha256').update(JSON.stringify(columns)).digest('base64url').slice(0, 22))
  }
  return digests
}

function differenceOf(before: ReadonlySet<string>, after: ReadonlySet<string>): number {
  return Math.max(before.difference(after).size, after.difference(before).size)
}
