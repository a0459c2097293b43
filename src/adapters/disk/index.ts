/** The data folder's files: xorbs, parts of uploads under way, and the one durable write. */
export { type DataFolder, FORMAT_VERSION, openDataFolder } from './data-folder.ts'
export { writeDurable } from './durable.ts'
export { openDiskKeyStore } from './key-store.ts'
export { openDiskMessageKeyStore } from './message-key-store.ts'
export { openDiskLogFileStore } from './log-file-store.ts'
export { openDiskPartStore } from './part-store.ts'
export { openDiskXorbStore } from './xorb-store.ts'
export { freeBytes } from './free-bytes.ts'
