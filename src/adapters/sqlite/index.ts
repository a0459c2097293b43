/** The embedded database: one file in the data folder, no other service. */
export { openSqlite } from './database.ts'
export { SCHEMA_VERSION } from './migrations.ts'
