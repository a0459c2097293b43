import type { DatabaseSync } from 'node:sqlite'

import { SCHEMA_1 } from './schema-1.ts'
import { SCHEMA_2 } from './schema-2.ts'
import { SEARCH_SCHEMA } from './search-index.ts'

/** One step forward. Append-only: a released step is never edited. */
const MIGRATIONS: readonly ((connection: DatabaseSync) => void)[] = [
  (connection) => {
    connection.exec(SCHEMA_1)
    connection.exec(SEARCH_SCHEMA)
  },
  (connection) => connection.exec(SCHEMA_2),
]

/** The version this program writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/** The version a database holds; 0 for an empty one. */
export function schemaVersion(connection: DatabaseSync): number {
  const row = connection.prepare('pragma user_version').get()
  return Number(row?.['user_version'])
}

/** Brings a database to {@link SCHEMA_VERSION}, each step with its version in one transaction. Throws on a newer one. */
export function migrate(connection: DatabaseSync): void {
  const from = schemaVersion(connection)
  if (from > SCHEMA_VERSION)
    throw new Error(`database version ${from} is newer than this program's ${SCHEMA_VERSION}`)
  connection.exec('pragma foreign_keys = off') // a table that others refer to may be made anew; no effect inside a transaction
  MIGRATIONS.slice(from).forEach((step, index) => {
    connection.exec('begin immediate')
    try {
      step(connection)
      requireReferences(connection)
      connection.exec(`pragma user_version = ${from + index + 1}`)
      connection.exec('commit')
    } catch (cause) {
      connection.exec('rollback')
      throw new Error(`migration to version ${from + index + 1} failed; the database is unchanged`, { cause })
    }
  })
  connection.exec('pragma foreign_keys = on')
}

function requireReferences(connection: DatabaseSync): void {
  const broken = connection.prepare('pragma foreign_key_check').get()
  if (broken)
    throw new Error(`a row of ${String(broken['table'])} refers to nothing in ${String(broken['parent'])}`)
}
