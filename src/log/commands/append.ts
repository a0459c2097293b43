import type { Database, LogTable, Writer } from '../../database/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { leafHash } from '../tlog/index.ts'
import { extendLog, hex } from './extend.ts'
import type { NewEntry } from './sync.ts'

/** Leaves a transaction takes up. */
const MOST_AT_ONCE = 1024

/** Makes a member's own entries count, in the transaction in which its log grows by them. */
export type ApplyOwn = (tx: Writer, memberId: string, entries: readonly NewEntry[]) => Promise<void>

/** Where a leaf stands in its log. */
export interface Appended {
  readonly origin: string
  readonly position: number
  /** Hex. */
  readonly leafHash: string
}

/**
 * Takes up what was queued and these `leaves`, in this order: one durable transaction. The same leaf twice has one
 * position. `more` says whether something queued waits still. Null when the log is frozen, gone, or written elsewhere by now.
 */
export function appendTo(
  database: Database,
  origin: string,
  leaves: readonly Uint8Array[],
  apply: ApplyOwn,
): Promise<{
  readonly log: LogTable
  readonly appended: readonly Appended[]
  readonly more: boolean
} | null> {
  return database.write(async (tx) => {
    const log = await tx.selectFrom('log').selectAll().where('origin', '=', origin).executeTakeFirst()
    if (log?.role !== 'own' || log.frozen !== null) return null
    const queued = await tx
      .selectFrom('outgoing_record')
      .select(['sequence', 'json'])
      .where('member_id', '=', log.member_id)
      .orderBy('sequence')
      .limit(MOST_AT_ONCE)
      .execute()
    const all = [...queued.map((row) => utf8(`${row.json}\n`)), ...leaves]
    const { fresh, places } = await placesOf(tx, log, all)
    const grown = fresh.length > 0 ? await extendLog(tx, log, fresh) : log
    await apply(
      tx,
      log.member_id,
      fresh.map((leaf, index) => ({ origin, position: log.size + index, leaf })),
    )
    const last = queued.at(-1)
    if (last)
      await tx
        .deleteFrom('outgoing_record')
        .where('member_id', '=', log.member_id)
        .where('sequence', '<=', last.sequence)
        .execute()
    return { log: grown, appended: places.slice(queued.length), more: queued.length === MOST_AT_ONCE }
  })
}

/** Where each leaf stands or will stand; `fresh` are those that are new, in order. */
async function placesOf(
  tx: Writer,
  { origin, size }: LogTable,
  leaves: readonly Uint8Array[],
): Promise<{ readonly fresh: readonly Uint8Array[]; readonly places: readonly Appended[] }> {
  const hashes = leaves.map((leaf) => hex(leafHash(leaf)))
  const known = await positionsOf(tx, origin, hashes)
  const fresh: Uint8Array[] = []
  const places = leaves.map((leaf, index) => {
    const hash = hashes[index] ?? ''
    const position = known.get(hash) ?? size + fresh.push(leaf) - 1
    known.set(hash, position)
    return { origin, position, leafHash: hash }
  })
  return { fresh, places }
}

async function positionsOf(
  tx: Writer,
  origin: string,
  hashes: readonly string[],
): Promise<Map<string, number>> {
  if (hashes.length === 0) return new Map()
  const rows = await tx
    .selectFrom('log_entry')
    .select(['leaf_hash', 'position'])
    .where('origin', '=', origin)
    .where('leaf_hash', 'in', hashes)
    .execute()
  return new Map(rows.map((row) => [row.leaf_hash, row.position]))
}
