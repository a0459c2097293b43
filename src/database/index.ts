/** The node's tables: types and the ability to read and write them. Drivers are in `adapters/`. */
export type { Database, Reader, SearchIndex, Writer } from './database.ts'
export { ReadCache } from './read-cache.ts'
export { readSetting, writeSetting } from './settings.ts'
export type { ProjectedTable, Projection, Rebuilt } from './projection.ts'
export type * from './tables.ts'
