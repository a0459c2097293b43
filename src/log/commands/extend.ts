import type { LogTable, Writer } from '../../database/index.ts'
import { isRedacted } from '../../kernel/redacted-leaf.ts'
import { momentOf } from '../../kernel/time.ts'
import { readLeaf } from '../../records/index.ts'
import { currentKeys, foldKeys, mayNameKeys } from '../identity/keys.ts'
import { readKeys } from '../queries/keys.ts'
import { appendLeaves, decodeEdge, encodeEdge, leafHash, rootOf, type TreeHash } from '../tlog/index.ts'
import { heedStated } from './freeze.ts'

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
  await insertRedactions(tx, log, leaves)
  const rotated = await takeKeys(tx, log, leaves)
  await insertEntries(tx, log, leaves, hashes)
  return { ...log, ...grown, ...rotated }
}

/** New keys that the recovery quorum has named count from their entry on. */
async function takeKeys(
  tx: Writer,
  log: LogTable,
  leaves: readonly Uint8Array[],
): Promise<{ readonly public_key?: string }> {
  if (!leaves.some(mayNameKeys)) return {}
  const { origin, size } = log
  const before = await readKeys(tx, log)
  const after = leaves.reduce((keys, leaf, index) => foldKeys(keys, size + index, leaf), before)
  for (const generation of after.generations.slice(before.generations.length)) {
    const { position, log: public_key, witness: witness_key, time } = generation
    await tx.insertInto('log_key').values({ origin, position, public_key, witness_key, time }).execute()
  }
  const public_key = currentKeys(after).log
  await tx.updateTable('log').set({ public_key }).where('origin', '=', origin).execute()
  await heedStated(tx, origin)
  return { public_key }
}

function namesKeys({ type }: Described): boolean {
  return type === 'member-keys/1'
}

async function keyPositions(tx: Writer, origin: string): Promise<ReadonlySet<number>> {
  const rows = await tx.selectFrom('log_key').select('position').where('origin', '=', origin).execute()
  return new Set(rows.map(({ position }) => position))
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

/** Entries that came without their bytes. */
async function insertRedactions(
  tx: Writer,
  { origin, size }: LogTable,
  leaves: readonly Uint8Array[],
): Promise<void> {
  const rows = leaves.flatMap((leaf, index) =>
    isRedacted(leaf)
      ? [{ origin, position: size + index, leaf_hash: hex(leaf.hash), reason: '', time: 0 }]
      : [],
  )
  for (const some of inRows(rows)) await tx.insertInto('redaction').values(some).execute()
}

/** Writes the index of the entries from position `size` on. */
export async function insertEntries(
  tx: Writer,
  { origin, size }: Pick<LogTable, 'origin' | 'size'>,
  leaves: readonly Uint8Array[],
  hashes: readonly TreeHash[] = leaves.map(leafHash),
): Promise<void> {
  const entries = leaves.map(describe)
  const named = entries.some(namesKeys) ? await keyPositions(tx, origin) : new Set()
  const rows = entries.map((entry, index) => ({
    origin,
    position: size + index,
    leaf_hash: hex(hashes[index] ?? new Uint8Array()),
    ...entry,
    ...(namesKeys(entry) && !named.has(size + index) && { inert: entry.inert ?? 'unsigned' }),
  }))
  for (const some of inRows(rows)) await tx.insertInto('log_entry').values(some).execute()
}

function* inRows<Row>(rows: readonly Row[]): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) yield rows.slice(at, at + ROWS_AT_ONCE)
}

/** What the index of entries says of a leaf. */
interface Described {
  readonly type: string | null
  readonly inert: string | null
  readonly time: number | null
}

function describe(leaf: Uint8Array): Described {
  const read = readLeaf(leaf)
  if (read.kind === 'inert') return { type: read.type, inert: read.reason, time: null }
  return { type: read.record.type, inert: null, time: momentOf(read.record.time) }
}

/** Hex of some bytes, as tables keep hashes. */
export function hex(bytes: Uint8Array): string {
  return Uint8Array.from(bytes).toHex()
}
