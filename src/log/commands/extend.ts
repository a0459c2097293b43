import type { LogTable, Writer } from '../../database/index.ts'
import { momentOf } from '../../kernel/time.ts'
import { readLeaf } from '../../records/index.ts'
import { appendLeaves, decodeEdge, encodeEdge, leafHash, rootOf, type TreeHash } from '../tlog/index.ts'

/** SQLite takes 32,766 values a statement. */
const ROWS_AT_ONCE = 1000

/**
 * Adds leaves at the end of a log, in the caller's transaction: tree, leaves and index of entries move together. Leaves
 * before `filed` are in bundle files already. Returns the log as it is then; throws when it is not as `log` says any more.
 */
export async function extendLog(
  tx: Writer,
  log: LogTable,
  leaves: readonly Uint8Array[],
  filed: number = log.filed,
): Promise<LogTable> {
  const before = decodeEdge(log.edge, log.size)
  if (!before) throw new Error(`the edge of ${log.origin} is damaged`)
  const hashes = leaves.map(leafHash)
  const { edge } = appendLeaves(before, hashes)
  const grown = { size: edge.size, root: hex(rootOf(edge)), edge: encodeEdge(edge), filed }
  const { numUpdatedRows } = await tx
    .updateTable('log')
    .set(grown)
    .where('origin', '=', log.origin)
    .where('size', '=', log.size)
    .executeTakeFirst()
  if (numUpdatedRows !== 1n) throw new Error(`${log.origin} has grown meanwhile`)
  await insertTail(tx, log, leaves, filed)
  await insertEntries(tx, log, leaves, hashes)
  return { ...log, ...grown }
}

async function insertTail(
  tx: Writer,
  { origin, size }: LogTable,
  leaves: readonly Uint8Array[],
  filed: number,
): Promise<void> {
  const rows = leaves.map((leaf, index) => ({ origin, position: size + index, leaf }))
  for (const some of inRows(rows.filter(({ position }) => position >= filed)))
    await tx.insertInto('log_tail').values(some).execute()
}

/** Writes the index of the entries from position `size` on. */
export async function insertEntries(
  tx: Writer,
  { origin, size }: Pick<LogTable, 'origin' | 'size'>,
  leaves: readonly Uint8Array[],
  hashes: readonly TreeHash[] = leaves.map(leafHash),
): Promise<void> {
  const rows = leaves.map((leaf, index) => ({
    origin,
    position: size + index,
    leaf_hash: hex(hashes[index] ?? new Uint8Array()),
    ...describe(leaf),
  }))
  for (const some of inRows(rows)) await tx.insertInto('log_entry').values(some).execute()
}

function* inRows<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE)
}

/** What the index of entries says of a leaf. */
export function describe(leaf: Uint8Array): {
  type: string | null
  inert: string | null
  time: number | null
} {
  const read = readLeaf(leaf)
  if (read.kind === 'inert') return { type: read.type, inert: read.reason, time: null }
  return { type: read.record.type, inert: null, time: momentOf(read.record.time) }
}

/** Hex of some bytes, as tables keep hashes. */
export function hex(bytes: Uint8Array): string {
  return Uint8Array.from(bytes).toHex()
}
