import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openSqlite } from '../../src/adapters/sqlite/index.ts'
import type { Database } from '../../src/database/index.ts'

/** A database of its own in a folder of its own, with one member in it; gone when disposed. */
export async function temporaryDatabase(): Promise<Database> {
  const folder = await mkdtemp(join(tmpdir(), 'ayni-database-'))
  const database = openSqlite(join(folder, 'ayni.db'))
  const member = {
    id: 'member-1',
    handle: 'nairobi',
    display_name: 'Nairobi',
    url: null,
    created_at: 0,
    hosted: 1 as const,
  }
  await database.write((tx) => tx.insertInto('member').values(member).execute())
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}
