import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

import type { SqliteDatabase, SqliteStatement } from 'kysely'

const MOST_KEPT = 500

/** Presents node:sqlite as the small database Kysely wants; statements are compiled once per SQL text. */
export function kyselyDatabase(connection: DatabaseSync): SqliteDatabase {
  const compiled = new Map<string, SqliteStatement>()
  return {
    close: () => connection.close(),
    prepare(sql) {
      const known = compiled.get(sql)
      if (known) return known
      const statement = sql === 'rollback' ? rollbackOf(connection) : present(connection.prepare(sql))
      if (compiled.size >= MOST_KEPT) compiled.clear()
      compiled.set(sql, statement)
      return statement
    },
  }
}

/** After a full disk SQLite has rolled back by itself, and would answer with an error that hides the first one. */
function rollbackOf(connection: DatabaseSync): SqliteStatement {
  const statement = present(connection.prepare('rollback'))
  const unchanged = { changes: 0, lastInsertRowid: 0 }
  return {
    ...statement,
    run: (parameters) => (connection.isTransaction ? statement.run(parameters) : unchanged),
  }
}

function present(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bound(parameters)),
    run: (parameters) => statement.run(...bound(parameters)),
    iterate: (parameters) => statement.iterate(...bound(parameters)),
  }
}

function bound(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((parameter) => {
    if (isBindable(parameter)) return parameter
    throw new TypeError(`SQLite cannot bind a ${typeof parameter}`)
  })
}

function isBindable(value: unknown): value is SQLInputValue {
  return (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    ArrayBuffer.isView(value)
  )
}
