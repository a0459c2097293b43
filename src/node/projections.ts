import type { Database, Projection } from '../database/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import { foldedLogs, MEMBER_TABLES, refoldMember } from '../features/follow/index.ts'
import type { Logs } from '../log/index.ts'

/** Every projection of a node, in the order in which one is made of the other. A new one is listed here. */
export function projectionsOf(deps: {
  readonly database: Database
  readonly logs: Pick<Logs, 'index' | 'leaves'>
  readonly catalogue: Pick<Catalogue, 'projection'>
}): readonly Projection[] {
  const { database, logs, catalogue } = deps
  const members: Projection = {
    name: 'members',
    tables: MEMBER_TABLES,
    async refold(signal) {
      for (const { origin } of await foldedLogs(database.read)) {
        signal.throwIfAborted()
        await database.write(async (tx) => {
          const log = await tx.selectFrom('log').selectAll().where('origin', '=', origin).executeTakeFirst()
          if (log) await refoldMember(tx, logs, log)
        })
      }
    },
  }
  return [logs.index, members, catalogue.projection]
}
