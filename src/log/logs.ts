import type { LogTable, Projection } from '../database/index.ts'
import type { MemberId, Origin } from '../kernel/names.ts'
import type { Random } from '../kernel/random.ts'
import type { Clock, Millis } from '../kernel/time.ts'
import { adoptSuccessor } from './commands/adopt.ts'
import { cosignatureRequest, keepCosignature, sizeVouchedBy, type Witness } from './commands/collect.ts'
import { cosignHeld } from './commands/cosign.ts'
import { found } from './commands/found.ts'
import { evidenceAgainst, freezeForked } from './commands/freeze.ts'
import { type DueRedaction, dueRedactions, redactEntry, redactionsDone } from './commands/redact.ts'
import { ENTRY_TABLE, refoldEntries } from './commands/refold-entries.ts'
import { rotateKeys } from './commands/rotate.ts'
import { learnVoice, signLine } from './commands/sign-line.ts'
import { succeedLog, type SuccessionReason } from './commands/succeed.ts'
import { forkOfHeld, type SignedCheckpoint, syncLog, type SyncRequest } from './commands/sync.ts'
import { addCheckpoint } from './commands/witness.ts'
import type { KeyStore, MessageKeyStore } from './ports.ts'
import { listCosigners } from './queries/cosigners.ts'
import { readCounted } from './queries/counted.ts'
import {
  findCurrent,
  countUnsigned,
  findEntry,
  findLog,
  listEntries,
  listLogs,
  proveEntry,
  readCheckpoint,
  readEntry,
  readLeafAt,
  readLeafRange,
  readStanding,
} from './queries/entries.ts'
import { introduce } from './queries/introduce.ts'
import type { Speaking } from './queries/introduction.ts'
import { readKeys } from './queries/keys.ts'
import { erasuresOf, readRedaction } from './queries/redactions.ts'
import { readBundle, type TileDeps, tileReader } from './queries/tiles.ts'
import { lastVouched, readEvidence, readVouched } from './queries/witnessed.ts'
import { type ClockDoubt, doubtOfClock } from './rules.ts'
import { edgeFromTiles, type Fork, type LogFiles, rootOf, type Tile, widthOf } from './tlog/index.ts'

export interface LogsDeps extends TileDeps {
  readonly keys: KeyStore
  readonly messageKeys: MessageKeyStore
  readonly clock: Clock
  /** How much this node's clock shows more than those of the nodes that it asked last. */
  readonly ahead: () => Millis
  readonly random: Random
}

/** Cosignatures served with a checkpoint: followers fetch it each minute. */
const COSIGNATURES_SERVED = 16

/** The logs that a node writes and holds: reading them, and beginning one. `startLogWriter` writes. */
export type Logs = ReturnType<typeof createLogs>

/** Builds the logs of one node. Starts nothing. */
export function createLogs(deps: LogsDeps) {
  const { read } = deps.database
  return Object.freeze({
    /** Makes a member's identity; see `Founding`. */
    found: () => found(deps),
    /** New keys for a log written here; see {@link rotateKeys}. */
    rotate: (log: LogTable, recoveryKeys: readonly string[]) => rotateKeys(deps, log, recoveryKeys),
    /** Opens the next log of a member; see {@link succeedLog}. */
    succeed: (log: LogTable, reason: SuccessionReason, recoveryKeys: readonly string[]) =>
      succeedLog(deps, log, reason, recoveryKeys),
    /** Holds the log that continues a held one, where a source has it; see {@link adoptSuccessor}. */
    adopt: (held: LogTable, next: LogFiles, same: LogFiles) => adoptSuccessor(deps, held, next, same),
    /** Every log, those written here first. */
    list: () => listLogs(read),
    find: (origin: string) => findLog(read, origin),
    /** The log that a member writes now: the one with the highest number. */
    current: (memberId: string) => findCurrent(read, memberId),
    /** Every key that a log has had. */
    keys: (log: LogTable) => readKeys(read, log),
    /** Brings a held log up to a source's checkpoint; see `syncLog`. */
    sync: (held: LogTable, request: SyncRequest) => syncLog(deps, held, request),
    /** Cosigns the checkpoint held of a log, in the name of each member hosted here. */
    cosign: (origin: string) => cosignHeld(deps, origin),
    /** Shows who speaks for a member hosted here; see {@link introduce}. */
    introduce: (memberId: MemberId) => introduce(deps, memberId),
    /** Who speaks for a member, as the last of its logs says that is here; null where none is. */
    async speaking(memberId: MemberId): Promise<Speaking | null> {
      const log = await findCurrent(read, memberId)
      return log && { number: log.number, keys: await readKeys(read, log) }
    },
    /** Answers a log that asks for cosignatures; see `addCheckpoint`. */
    addCheckpoint: (body: Uint8Array) => addCheckpoint(deps, body),
    /** What was vouched for last, by the SHA-256 of the log's origin; see `readVouched`. */
    vouched: (originHash: string) => readVouched(read, originHash),
    /** What shows that a log signed two histories, as a file; null when nothing does. */
    evidence: (origin: string) => readEvidence(read, origin),
    /** What shows that a log of which a copy is here, or that is written here, has signed another history; null otherwise. */
    forkOf: (log: LogTable, found: SignedCheckpoint) => forkOfHeld(deps, log, found),
    /** A file of evidence that convicts the log; null when it does not. */
    readEvidence: (log: LogTable, file: string) => evidenceAgainst(read, log, file),
    /** Asks for a cosignature, see `cosignatureRequest`, and keeps it. */
    cosignatureRequest: (log: LogTable, oldSize: number) => cosignatureRequest(deps, log, oldSize),
    keepCosignature: (log: LogTable, witness: Witness, lines: string) =>
      keepCosignature(deps, log, witness, lines),
    sizeVouchedBy: (origin: string, memberId: string) => sizeVouchedBy(deps.database, origin, memberId),
    /** Freezes a log on evidence; see `freezeForked`. */
    convict: (origin: string, fork: Fork) =>
      deps.database.write((tx) => freezeForked(tx, origin, fork, deps.clock())),
    checkpoint: (log: LogTable) => readCheckpoint(deps, log, COSIGNATURES_SERVED),
    /** A tile's hashes, joined; null where the log has no such tile. Throws `DamagedLog`. */
    async tile(log: LogTable, tile: Tile): Promise<Uint8Array | null> {
      const isThere = widthOf(tile.level, tile.index, log.signed_size) >= tile.width
      return isThere ? tileReader(deps, log).read(tile) : null
    },
    /** The first `width` leaves of a bundle, encoded; null where the log does not reach. Throws `DamagedLog`. */
    bundle: (log: LogTable, index: number, width: number) => readBundle(deps, log, index, width),
    /** Why the bytes of an entry are not here; null where they are. */
    redaction: (log: LogTable, position: number) => readRedaction(read, log, position),
    /** Entries whose erasing was begun and is not done, and the end of it. */
    dueRedactions: () => dueRedactions(read),
    redactionsDone: (done: readonly DueRedaction[]) => deps.database.write((tx) => redactionsDone(tx, done)),
    /** What was erased here of a member's logs, and why. */
    erasures: (memberId: string) => erasuresOf(read, memberId),
    /** Erases the bytes of an entry; see `redactEntry`. */
    redact: (log: LogTable, position: number, reason: string) => redactEntry(deps, log, position, reason),
    entries: (origin: string, page: { readonly before: number; readonly most: number }) =>
      listEntries(read, origin, page),
    entry: (origin: string, position: number) => readEntry(read, origin, position),
    entryOf: (leafHash: string) => findEntry(deps.database, leafHash),
    leaf: (log: LogTable, position: number) => readLeafAt(deps, log, position),
    /** The bytes of the leaves in `[start, end)`, as far as the log goes. Throws `DamagedLog`. */
    leaves: (log: LogTable, start: number, end: number) => readLeafRange(deps, log, start, end),
    /** See `signLine`. */
    signLine: (log: LogTable, line: string) => signLine(deps, log, line),
    /** Who vouches for lines, by a log's files; see `learnVoice`. */
    voice: (origin: Origin, files: LogFiles, keysAt?: readonly number[]) =>
      learnVoice(deps, origin, files, keysAt),
    /** The root over the first `size` entries, base64. */
    rootAt: async (log: LogTable, size: number) =>
      rootOf(await edgeFromTiles(tileReader(deps, log), size)).toBase64(),
    /** The log up to the last entry that counts, with a checkpoint of it; null where there is none. See `readCounted`. */
    counted: (log: LogTable) => readCounted(deps, log),
    /** The index of entries: what each leaf says that it is. */
    index: {
      name: 'entries',
      tables: [ENTRY_TABLE],
      refold: (signal: AbortSignal) => refoldEntries(deps, signal),
    } satisfies Projection,
    /** Why nothing is vouched for here now: this machine's clock is not to be believed. Null when it is. */
    async clockDoubt(): Promise<ClockDoubt | null> {
      return doubtOfClock({ now: deps.clock(), last: await lastVouched(read), ahead: deps.ahead() })
    },
    /** How old a log is and who vouches for it. */
    standing: (log: LogTable) => readStanding(read, log),
    /** Who holds which of the logs here, as cosignatures show. */
    cosigners: () => listCosigners(read),
    countUnsigned: (origin: string, memberId: string) => countUnsigned(read, origin, memberId),
    /** A `.tlog-proof`; null while no checkpoint covers the entry. */
    proof: (log: LogTable, position: number) => proveEntry(deps, log, position, COSIGNATURES_SERVED),
  })
}
