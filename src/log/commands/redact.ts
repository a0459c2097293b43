import type { LogTable } from '../../database/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Origin } from '../../kernel/names.ts'
import { isRedacted, RedactedLeaf } from '../../kernel/redacted-leaf.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import { mayNameKeys } from '../identity/keys.ts'
import { readLeafAt } from '../queries/entries.ts'
import { findLog } from '../queries/entries.ts'
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
  const { origin } = log
  const leaf = await readLeafAt(deps, log, position)
  if (!leaf) return fail(failure('recordNotFound', { position }))
  if (position === 0 || mayNameKeys(leaf)) return fail(failure('notRedactable', { position }))
  const row = { origin, position, leaf_hash: hex(leafHash(leaf)), reason, time: deps.clock() }
  await deps.database.write(async (tx) => {
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
  // If we stop here, the file still has the bytes: the same command goes on.
  await rewriteBundle(deps, origin, position)
  return succeed(undefined)
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
