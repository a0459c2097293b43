import type { LogTable } from '../../database/index.ts'
import { Origin } from '../../kernel/names.ts'
import { isRedacted } from '../../kernel/redacted-leaf.ts'
import type { LogFile } from '../ports.ts'
import { readLeaves, tileFromBelow, type TileDeps } from '../queries/tiles.ts'
import {
  bundlePath,
  encodeBundle,
  encodeRedacted,
  redactedPath,
  TILE_WIDTH,
  tilePath,
} from '../tlog/index.ts'

/** Bundles written before their rows are dropped: 16,384 leaves. */
const BUNDLES_AT_ONCE = 64

/**
 * Moves full bundles from rows into files, and writes the tiles above them that they filled. Does nothing where there are
 * none, so recovery calls it too. Resolves to the log as it is then.
 */
export async function fileBundles(deps: TileDeps, log: LogTable): Promise<LogTable> {
  const full = Math.floor(log.size / TILE_WIDTH)
  let filed = log.filed
  for (let from = filed / TILE_WIDTH; from < full; from += BUNDLES_AT_ONCE) {
    const to = Math.min(from + BUNDLES_AT_ONCE, full)
    const bundles: LogFile[] = []
    for (let index = from; index < to; index++)
      bundles.push(bundleFile(index, await readLeaves(deps, { ...log, filed }, index)))
    await deps.files.write(Origin.parse(log.origin), bundles)
    // If we stop here, the files are there and the rows too: the same bytes are written again.
    const before = filed
    filed = to * TILE_WIDTH
    await writeTilesAbove(deps, { ...log, filed }, before)
    await forgetRows(deps, log.origin, filed)
  }
  return { ...log, filed }
}

/** A full bundle as it is kept: in a place of its own where the bytes of some entries are not here. */
export function bundleFile(index: number, leaves: readonly Uint8Array[]): LogFile {
  return leaves.some(isRedacted)
    ? { path: redactedPath(index, TILE_WIDTH), bytes: encodeRedacted(leaves) }
    : { path: bundlePath(index, TILE_WIDTH), bytes: encodeBundle(leaves) }
}

/**
 * Writes full bundles that are verified already, which begin where the files end. Resolves to the number of leaves that are
 * in files then; no row speaks of them yet.
 */
export async function fileVerified(
  { files }: TileDeps,
  log: LogTable,
  bundles: readonly (readonly Uint8Array[])[],
): Promise<number> {
  const first = log.filed / TILE_WIDTH
  await files.write(
    Origin.parse(log.origin),
    bundles.map((leaves, index) => bundleFile(first + index, leaves)),
  )
  return log.filed + bundles.length * TILE_WIDTH
}

/** Tiles of the levels above 0 that became full between two sizes, the lower ones first. */
export async function writeTilesAbove(deps: TileDeps, log: LogTable, before: number): Promise<void> {
  for (let level = 1, covers = TILE_WIDTH ** 2; covers <= log.filed; level++, covers *= TILE_WIDTH) {
    for (let index = Math.floor(before / covers); index < Math.floor(log.filed / covers); index++) {
      const bytes = await tileFromBelow(deps, log, level, index)
      await deps.files.write(Origin.parse(log.origin), [
        { path: tilePath({ level, index, width: TILE_WIDTH }), bytes },
      ])
    }
  }
}

async function forgetRows({ database }: TileDeps, origin: string, filed: number): Promise<void> {
  await database.write(async (tx) => {
    await tx.updateTable('log').set({ filed }).where('origin', '=', origin).execute()
    await tx.deleteFrom('log_tail').where('origin', '=', origin).where('position', '<', filed).execute()
  })
}
