import { z } from 'zod'

import { type LogTable, type Reader, readSetting, type Writer, writeSetting } from '../../database/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Origin } from '../../kernel/names.ts'
import { isRedacted, RedactedLeaf } from '../../kernel/redacted-leaf.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import { mayNameKeys } from '../identity/keys.ts'
import { readLeafAt } from '../queries/entries.ts'
import { findLog, readEntry } from '../queries/entries.ts'
import { readLeaves, type TileDeps } from '../queries/tiles.ts'
import { bundlePath, leafHash, TILE_WIDTH } from '../tlog/index.ts'
import { hex } from './extend.ts'
import { bundleFile } from './file-bundles.ts'

/**
 * Erases the bytes of one entry and keeps its hash: the tree stays what it is, and the entry says nothing any more. Doing it again
 * finishes what was interrupted. What was made of the entry elsewhere is the caller's to make anew, and so is scrubbing the
 * database. Refused with `recordNotFound`, and `notRedactable` for entries that name keys: without them nobody could check a log.
 */
export async function redactEntry(
  deps: TileDeps & { readonly clock: Clock },
  log: LogTable,
  position: number,
  reason: string,
): Promise<Result<void>> {
  const origin = Origin.parse(log.origin)
  const leaf = await readLeafAt(deps, log, position)
  if (!leaf) return fail(failure('recordNotFound', { position }))
  if (position === 0 || mayNameKeys(leaf)) return fail(failure('notRedactable', { position }))
  const row = { origin, position, leaf_hash: hex(leafHash(leaf)), reason, time: deps.clock() }
  await deps.database.write(async (tx) => {
    await noteDue(tx, origin, position)
    await tx
      .insertInto('redaction')
      .values(row)
      .onConflict((known) => known.columns(['origin', 'position']).doUpdateSet({ reason }))
      .execute()
    await tx
      .updateTable('log_entry')
      .set({ type: null, time: null, inert: 'redacted' })
      .where('origin', '=', origin)
      .where('position', '=', position)
      .execute()
    await tx
      .updateTable('log_tail')
      .set({ leaf: new Uint8Array() })
      .where('origin', '=', origin)
      .where('position', '=', position)
      .execute()
  })
  // If we stop here, the file still has the bytes: whoever looks at what is due goes on.
  await rewriteBundle(deps, origin, position)
  return succeed(undefined)
}

/** Names the entries of which something is left to be erased, as JSON. */
const DUE = 'redaction-due'
const Due = z.array(z.object({ origin: Origin, position: z.int(), type: z.string().nullable() }))

/** An entry that was erased, of which something may be left: in files, in what was made of it, in free pages of the database. */
export type DueRedaction = z.infer<typeof Due>[number]

/** Entries whose erasing was begun and is not done. */
export async function dueRedactions(reader: Reader): Promise<readonly DueRedaction[]> {
  const due = await readSetting(reader, DUE)
  return due === null ? [] : Due.parse(JSON.parse(due))
}

/** Nothing is left of these. */
export async function redactionsDone(tx: Writer, done: readonly DueRedaction[]): Promise<void> {
  const left = (await dueRedactions(tx)).filter((due) => !done.some((each) => isSame(each, due)))
  await putDue(tx, left)
}

/** What type it was is known only the first time. */
async function noteDue(tx: Writer, origin: Origin, position: number): Promise<void> {
  const due = await dueRedactions(tx)
  if (due.some((each) => isSame(each, { origin, position }))) return
  const entry = await readEntry(tx, origin, position)
  await putDue(tx, [...due, { origin, position, type: entry?.type ?? null }])
}

function isSame(one: Omit<DueRedaction, 'type'>, other: Omit<DueRedaction, 'type'>): boolean {
  return one.origin === other.origin && one.position === other.position
}

async function putDue(tx: Writer, due: readonly DueRedaction[]): Promise<void> {
  await writeSetting(tx, DUE, due.length > 0 ? JSON.stringify(due) : null)
}

async function rewriteBundle(deps: TileDeps, origin: string, position: number): Promise<void> {
  const log = await findLog(deps.database.read, origin)
  if (!log || position >= log.filed) return
  const index = Math.floor(position / TILE_WIDTH)
  const leaves = await readLeaves(deps, log, index)
  const at = position % TILE_WIDTH
  const left = leaves.map((leaf, each) =>
    each === at && !isRedacted(leaf) ? new RedactedLeaf(leafHash(leaf)) : leaf,
  )
  await deps.files.replace(Origin.parse(origin), bundlePath(index, TILE_WIDTH), bundleFile(index, left))
}
