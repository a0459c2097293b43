import type { Database, LogTable, Reader } from '../../database/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { Origin } from '../../kernel/names.ts'
import { isRedacted } from '../../kernel/redacted-leaf.ts'
import {
  formatProofFile,
  formatVerifierKey,
  parseCheckpoint,
  parseNote,
  proveInclusion,
  TILE_WIDTH,
  verifierKey,
} from '../tlog/index.ts'
import { readLeaves, type TileDeps, tileReader } from './tiles.ts'
import { readEvidence } from './witnessed.ts'

/** A log that is written or held here. */
export interface LogSummary {
  readonly origin: Origin
  readonly memberId: string
  readonly role: 'own' | 'held'
  /** Leaves that are durable here. */
  readonly size: number
  /** Leaves that the newest checkpoint covers. */
  readonly signedSize: number
  /** The key that signs its checkpoints, as a verifier key. */
  readonly key: string
  readonly frozen: string | null
}

/** A log, and whose it is in that member's own words. */
export interface NamedLog extends LogSummary {
  readonly memberName: string
  /** The entries that named new keys, besides the first. */
  readonly keysAt: readonly number[]
}

/** What is known of a log's age and of who vouches for it. Times are milliseconds. */
export interface LogStanding {
  /** When its first entry says that it was said; null where that one does not say. */
  readonly since: number | null
  /** The same of the newest entry that the checkpoint covers and that says so. */
  readonly until: number | null
  /** Root over what the checkpoint covers, base64; null before the first checkpoint. */
  readonly root: string | null
  readonly cosignatures: readonly Cosignature[]
  /** Members of other nodes that are known to follow it. */
  readonly followers: number
  /** Whether there is evidence that it signed two histories. */
  readonly hasEvidence: boolean
}

/** The newest cosignature of one witness. It vouches for every entry below `size`. */
export interface Cosignature {
  readonly signer: string
  readonly size: number
  /** When it was made, milliseconds. */
  readonly time: number
}

/** An entry of a log, as the index of entries knows it. */
export interface Entry {
  readonly origin: Origin
  readonly position: number
  /** Hex. */
  readonly leafHash: string
  readonly type: string | null
  readonly inert: string | null
  readonly time: number | null
}

/** Every log, those written here first, in the order in which their members came. */
export async function listLogs(reader: Reader): Promise<readonly NamedLog[]> {
  const rows = await reader
    .selectFrom('log')
    .innerJoin('member', 'member.id', 'log.member_id')
    .selectAll('log')
    .select(['member.display_name', 'member.handle'])
    .orderBy('log.role', 'desc')
    .orderBy('member.created_at')
    .orderBy('log.member_id')
    .orderBy('log.number', 'desc')
    .execute()
  const named = await reader
    .selectFrom('log_key')
    .select(['origin', 'position'])
    .where('position', '>', 0)
    .orderBy('position')
    .execute()
  const keysAt = Map.groupBy(named, ({ origin }) => origin)
  return rows.map((row) => ({
    ...summarise(row),
    memberName: row.display_name || row.handle,
    keysAt: keysAt.get(row.origin)?.map(({ position }) => position) ?? [],
  }))
}

export function summarise(log: LogTable): LogSummary {
  const key = verifierKey(log.origin, 1, Uint8Array.from(Buffer.from(log.public_key, 'base64')))
  return {
    origin: Origin.parse(log.origin),
    memberId: log.member_id,
    role: log.role,
    size: log.size,
    signedSize: log.signed_size,
    key: formatVerifierKey(key),
    frozen: log.frozen,
  }
}

export async function findLog(reader: Reader, origin: string): Promise<LogTable | null> {
  const row = await reader.selectFrom('log').selectAll().where('origin', '=', origin).executeTakeFirst()
  return row ?? null
}

/** Of the logs of a member that are here, the one with the highest number; null where there is none. */
export async function findCurrent(reader: Reader, memberId: string): Promise<LogTable | null> {
  const row = await reader
    .selectFrom('log')
    .selectAll()
    .where('member_id', '=', memberId)
    .orderBy('number', 'desc')
    .executeTakeFirst()
  return row ?? null
}

/**
 * The newest checkpoint with the cosignatures that others gave it, at most `most`, newest first; null before the first.
 */
export async function readCheckpoint(
  { database }: Pick<TileDeps, 'database'>,
  log: LogTable,
  most: number,
): Promise<Uint8Array | null> {
  if (!log.checkpoint) return null
  const rows = await database.read
    .selectFrom('cosignature')
    .select('line')
    .where('origin', '=', log.origin)
    .where('size', '=', log.signed_size)
    .orderBy('time', 'desc')
    .limit(most)
    .execute()
  return Buffer.concat([log.checkpoint, utf8(rows.map(({ line }) => `${line}\n`).join(''))])
}

/** How old a log is and who vouches for it. Costs three reads by index and one pass over its cosignatures. */
export async function readStanding(reader: Reader, log: LogTable): Promise<LogStanding> {
  const said = reader.selectFrom('log_entry').select('time').where('origin', '=', log.origin)
  const first = await said.where('position', '=', 0).executeTakeFirst()
  const last = await said
    .where('position', '<', log.signed_size)
    .where('time', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst()
  const cosignatures = await reader
    .selectFrom('cosignature')
    .select(['signer', 'size', 'time'])
    .where('origin', '=', log.origin)
    .orderBy('time')
    .execute()
  const known = await reader
    .selectFrom('follower')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('origin', '=', log.origin)
    .executeTakeFirstOrThrow()
  return {
    since: first?.time ?? null,
    until: last?.time ?? null,
    root: rootOfCheckpoint(log),
    cosignatures,
    followers: Math.max(known.count, cosignatures.length),
    hasEvidence: (await readEvidence(reader, log.origin)) !== null,
  }
}

function rootOfCheckpoint({ checkpoint }: LogTable): string | null {
  const note = checkpoint && parseNote(checkpoint)
  return (note && parseCheckpoint(note.text)?.root.toBase64()) ?? null
}

/** How many statements of a log written here no checkpoint covers yet: those that wait to be taken up, too. */
export async function countUnsigned(reader: Reader, origin: string, memberId: string): Promise<number> {
  const queued = await reader
    .selectFrom('outgoing_record')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('member_id', '=', memberId)
    .executeTakeFirstOrThrow()
  const log = await findLog(reader, origin)
  return queued.count + (log ? Math.max(0, log.size - log.signed_size) : 0)
}

/** Entries before `before`, newest first, at most `most`. */
export async function listEntries(
  reader: Reader,
  origin: string,
  { before, most }: { readonly before: number; readonly most: number },
): Promise<readonly Entry[]> {
  const rows = await reader
    .selectFrom('log_entry')
    .selectAll()
    .where('origin', '=', origin)
    .where('position', '<', before)
    .orderBy('position', 'desc')
    .limit(most)
    .execute()
  return rows.map(entryOf)
}

/** One entry; null where the log has none there. */
export async function readEntry(reader: Reader, origin: string, position: number): Promise<Entry | null> {
  const row = await reader
    .selectFrom('log_entry')
    .selectAll()
    .where('origin', '=', origin)
    .where('position', '=', position)
    .executeTakeFirst()
  return row ? entryOf(row) : null
}

/** Where a leaf stands, in any log, own ones first; null where it is nowhere. */
export async function findEntry({ read }: Database, leafHash: string): Promise<Entry | null> {
  const row = await read
    .selectFrom('log_entry')
    .innerJoin('log', 'log.origin', 'log_entry.origin')
    .selectAll('log_entry')
    .where('leaf_hash', '=', leafHash)
    .orderBy('log.role', 'desc')
    .orderBy('position')
    .executeTakeFirst()
  return row ? entryOf(row) : null
}

/** The bytes of a leaf; null where the log does not reach. Throws `DamagedLog`. */
export async function readLeafAt(
  deps: TileDeps,
  log: LogTable,
  position: number,
): Promise<Uint8Array | null> {
  if (position >= log.size) return null
  const leaves = await readLeaves(deps, log, Math.floor(position / TILE_WIDTH))
  return leaves[position % TILE_WIDTH] ?? null
}

/** The bytes of the leaves in `[start, end)`, as far as the log goes. Reads each bundle once. Throws `DamagedLog`. */
export async function readLeafRange(
  deps: TileDeps,
  log: LogTable,
  start: number,
  end: number,
): Promise<readonly Uint8Array[]> {
  const leaves: Uint8Array[] = []
  const last = Math.min(end, log.size)
  for (let at = start; at < last; at = start + leaves.length) {
    const index = Math.floor(at / TILE_WIDTH)
    const bundle = await readLeaves(deps, log, index)
    leaves.push(...bundle.slice(at - index * TILE_WIDTH, last - index * TILE_WIDTH))
  }
  return leaves
}

/**
 * A file that proves a leaf to anybody with a library for signed notes: the leaf itself, its path in the tree, and the
 * newest checkpoint. Null while no checkpoint covers it, and where its bytes are not here.
 */
export async function proveEntry(
  deps: TileDeps,
  log: LogTable,
  position: number,
  mostCosignatures: number,
): Promise<string | null> {
  if (position >= log.signed_size) return null
  const checkpoint = await readCheckpoint(deps, log, mostCosignatures)
  const note = checkpoint && parseNote(checkpoint)
  const extra = await readLeafAt(deps, log, position)
  if (!note || !extra || isRedacted(extra)) return null
  const proof = await proveInclusion(tileReader(deps, log), position, log.signed_size)
  return formatProofFile({ extra, index: position, proof, note })
}

function entryOf(row: {
  origin: string
  position: number
  leaf_hash: string
  type: string | null
  inert: string | null
  time: number | null
}): Entry {
  const { origin, position, leaf_hash, type, inert, time } = row
  return { origin: Origin.parse(origin), position, leafHash: leaf_hash, type, inert, time }
}
