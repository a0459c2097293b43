/** The verifiable log: what members say to the world, append-only, signed, and provable to anybody. */
export { createLogs, type Logs, type LogsDeps } from './logs.ts'
export { startLogWriter, type LogWriter, type WriterDeps } from './writer.ts'
export { queueRecord, refusalToSay } from './commands/queue.ts'
export type { DueRedaction } from './commands/redact.ts'
export { dropStatedForks, freezeForked, freezeLog, heedFork } from './commands/freeze.ts'
export type { Answered, Witnessing } from './commands/witness.ts'
export { type ClockDoubt, enough, FREEZE_REASONS, witnessName } from './rules.ts'
export { followMovedLog, giveUpLog, keepErasures, takeUpLog } from './commands/move.ts'
export { closeUnsigned, openLog } from './commands/found.ts'
export { checkCandidate, type CheckedLog } from './commands/check-candidate.ts'
export type { Appended, ApplyOwn } from './commands/append.ts'
export type { Apply, NewEntry, SyncFailure, Synced, SyncRequest } from './commands/sync.ts'
export type { Founding } from './commands/found.ts'
export type { Adopted, NotAdopted } from './commands/adopt.ts'
export type { Succession, SuccessionReason } from './commands/succeed.ts'
export type { NewKeys } from './commands/rotate.ts'
export { createHints, type Hint, type Hints } from './hints.ts'
export { type Cosigned, readCosigned } from './queries/cosigned.ts'
export {
  hasFollowed,
  type Introduced,
  type Introduction,
  newerOf,
  readIntroduction,
  type Speaking,
} from './queries/introduction.ts'
export { listCosigners, type Cosigner } from './queries/cosigners.ts'
export { publicKeyOf } from './identity/genesis.ts'
export { currentKeys, type LogKeys } from './identity/keys.ts'
export { makeMessageKeys, publicMessageKeys } from './identity/message-keys.ts'
export { openCheckpoint } from './commands/sync.ts'
export {
  decodeBundle,
  decodeRedacted,
  formatVerifierKey,
  leafHash,
  convicts,
  type Fork,
  formatForkFile,
  type LogFiles,
  MAX_BUNDLE_BYTES,
  MAX_NOTE_BYTES,
  MAX_WITNESS_REQUEST_BYTES,
  parseTilePath,
  readEntries,
  redactedPath,
  type Tile,
  TILE_WIDTH,
  verifierKey,
} from './tlog/index.ts'
export { DamagedLog } from './queries/tiles.ts'

// What it needs and what it tells
export { type LogEvents, logLogEvents } from './events.ts'
export type { KeyStore, LogFile, LogFileStore, MemberKeys, MessageKeys, MessageKeyStore } from './ports.ts'
export { signerOfLine, unverifiedLine, type Voice, type WitnessKey } from './commands/sign-line.ts'
export { bundlePath, tilePath, tilesOf, widthOf } from './tlog/index.ts'
