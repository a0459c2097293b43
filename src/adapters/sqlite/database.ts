import { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'

import { Kysely, SqliteDialect } from 'kysely'

import type { Database, Tables, Writer } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import { migrate } from './migrations.ts'
import { createSqliteSearch, SEARCH_SCRUB, SEARCH_VOCABULARY } from './search-index.ts'
import { kyselyDatabase } from './statements.ts'

/** Pages kept in memory by each connection; a transaction writes little, the system's own cache backs both. */
const WRITER_CACHE_KIB = 4_000
const READER_CACHE_KIB = 16_000

/**
 * Opens (and migrates) the database file: one connection that writes, one that reads what is committed.
 * WAL with `synchronous = full`: a commit is on disk when it returns. Throws a `Refusal`, `databaseUnreadable`, where the
 * file is damaged in what every use of it reads.
 */
export function openSqlite(path: string): Database {
  const { writing, reading } = connectBoth(path)
  let committed = 0
  const writer = kysely(writing)
  const reader = kysely(reading)
  return {
    read: reader,
    search: createSqliteSearch(),
    async write<Value>(work: (tx: Writer) => Promise<Value>): Promise<Value> {
      try {
        const value = await writer.transaction().execute(work)
        committed++
        return value
      } catch (cause) {
        throw isDiskFull(cause) ? new Refusal(failure('storageFull')) : cause
      }
    },
    generation: () => committed,
    scrub: () => scrub(writing),
    faults: async () => faultsOf(reading),
    async [Symbol.asyncDispose]() {
      await reader.destroy()
      await writer.destroy()
    },
  }
}

function connectBoth(path: string): { readonly writing: DatabaseSync; readonly reading: DatabaseSync } {
  try {
    const writing = connect(path, WRITER_CACHE_KIB)
    migrate(writing)
    const reading = connect(path, READER_CACHE_KIB)
    reading.exec(SEARCH_VOCABULARY)
    reading.exec('pragma query_only = on')
    return { writing, reading }
  } catch (cause) {
    throw isDamaged(cause) ? new Refusal(failure('databaseUnreadable', { path })) : cause
  }
}

function connect(path: string, cacheKib: number): DatabaseSync {
  const connection = new DatabaseSync(path)
  connection.exec(`
    pragma journal_mode = wal;
    pragma synchronous = full;
    pragma busy_timeout = 10000;
    pragma foreign_keys = on;
    pragma cache_size = -${cacheKib};
    pragma temp_store = memory;
  `)
  return connection
}

const SCRUB_ATTEMPTS = 600
const SCRUB_PAUSE_MS = 100

/** Free pages go with the rewriting, older states of pages with the log. https://sqlite.org/lang_vacuum.html */
async function scrub(connection: DatabaseSync): Promise<void> {
  // The rewriting needs room for a second database: on disk, not in memory.
  connection.exec(SEARCH_SCRUB)
  connection.exec('pragma temp_store = file; vacuum; pragma temp_store = memory')
  for (let attempt = 0; attempt < SCRUB_ATTEMPTS; attempt++) {
    const row = connection.prepare('pragma wal_checkpoint(truncate)').get()
    if (row?.['busy'] === 0) return
    await delay(SCRUB_PAUSE_MS)
  }
  throw new Error('the database is read without a pause, and keeps what was to be erased')
}

/** See https://sqlite.org/pragma.html#pragma_integrity_check; a file too damaged to be examined makes it throw. */
function faultsOf(connection: DatabaseSync): readonly string[] {
  try {
    const rows = connection.prepare('pragma integrity_check').all()
    return rows.map((row) => String(row['integrity_check'])).filter((fault) => fault !== 'ok')
  } catch (cause) {
    return [cause instanceof Error ? cause.message : String(cause)] // that it cannot be examined is the finding
  }
}

const SQLITE_FULL = 13 // https://sqlite.org/rescode.html#full

function isDiskFull(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && cause.errcode === SQLITE_FULL
}

// https://sqlite.org/rescode.html: SQLITE_CORRUPT, SQLITE_NOTADB
const SQLITE_DAMAGED: ReadonlySet<unknown> = new Set([11, 26])

function isDamaged(cause: unknown): boolean {
  return cause instanceof Error && 'errcode' in cause && SQLITE_DAMAGED.has(cause.errcode)
}

function kysely(connection: DatabaseSync): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: kyselyDatabase(connection) }) })
}
