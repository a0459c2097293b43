/** The verifiable log: what members say to the world, append-only, signed, and provable to anybody. */
export { createLogs, type Logs, type LogsDeps } from './logs.ts'
export { startLogWriter, type LogWriter, type WriterDeps } from './writer.ts'
export { queueRecord } from './commands/queue.ts'
export type { Appended } from './commands/append.ts'
export type { Founding } from './commands/found.ts'
export { readGenesis } from './identity/genesis.ts'
export { parseTilePath } from './tlog/index.ts'
export { DamagedLog } from './queries/tiles.ts'

// What it needs and what it tells
export { type LogEvents, logLogEvents } from './events.ts'
export type { KeyStore, LogFile, LogFileStore, MemberKeys } from './ports.ts'
