import type { LogTable } from '../../database/index.ts'
import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import type { Clock } from '../../kernel/time.ts'
import { checkpointSigners } from '../identity/signers.ts'
import type { KeyStore } from '../ports.ts'
import { readKeys } from '../queries/keys.ts'
import { DamagedLog, readLeaves, type TileDeps, tileReader } from '../queries/tiles.ts'
import {
  appendLeaves,
  edgeFromTiles,
  emptyEdge,
  formatCheckpoint,
  leafHash,
  parseCheckpoint,
  parseNote,
  rootOf,
  signNote,
  TILE_WIDTH,
  type TreeEdge,
} from '../tlog/index.ts'
import { hex } from './extend.ts'

export interface PublishDeps extends TileDeps {
  readonly keys: KeyStore
  readonly clock: Clock
}

/**
 * Signs a log as it is, after reading back every leaf since the last checkpoint and hashing it anew from `from`, the
 * tree that was signed last. Resolves to the tree that is signed now; null when another process signed meanwhile.
 * Throws {@link DamagedLog} when what is read back is not what was appended: then nothing is signed.
 */
export async function publish(deps: PublishDeps, log: LogTable, from: TreeEdge): Promise<TreeEdge | null> {
  const edge = await readBack(deps, log, from)
  const root = rootOf(edge)
  if (edge.size !== log.size || hex(root) !== log.root) throw new DamagedLog(log.origin, 'the tree')
  const keys = await readKeys(deps.database.read, log)
  const signers = await checkpointSigners(deps.keys, keys, deps.clock())
  const text = formatCheckpoint({ origin: log.origin, size: log.size, root })
  const note = signNote(text, signers)
  // If we stop here, a signature exists that nobody has seen, over what is durable: the next one covers it.
  const isOurs = await deps.database.write(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('log')
      .set({ checkpoint: utf8(note), signed_size: log.size })
      .where('origin', '=', log.origin)
      .where('signed_size', '=', log.signed_size)
      .where('frozen', 'is', null)
      .executeTakeFirst()
    return numUpdatedRows === 1n
  })
  return isOurs ? edge : null
}

/** The tree over what was signed last, from the tiles; throws {@link DamagedLog} when it is not what the checkpoint says. */
export async function signedTree(deps: TileDeps, log: LogTable): Promise<TreeEdge> {
  if (log.checkpoint === null) return emptyEdge()
  const note = parseNote(log.checkpoint)
  const checkpoint = note && parseCheckpoint(note.text)
  const edge = await edgeFromTiles(tileReader(deps, log), log.signed_size)
  if (checkpoint?.size !== log.signed_size || hex(checkpoint.root) !== hex(rootOf(edge)))
    throw new DamagedLog(log.origin, fromUtf8(log.checkpoint))
  return edge
}

async function readBack(deps: TileDeps, log: LogTable, from: TreeEdge): Promise<TreeEdge> {
  let edge = from
  for (let index = Math.floor(from.size / TILE_WIDTH); index * TILE_WIDTH < log.size; index++) {
    const leaves = await readLeaves(deps, log, index)
    edge = appendLeaves(edge, leaves.slice(edge.size - index * TILE_WIDTH).map(leafHash)).edge
  }
  return edge
}
