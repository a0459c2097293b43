import type { Database, LogTable } from '../../database/index.ts'
import { concatBytes, equalBytes } from '../../kernel/bytes.ts'
import { Origin } from '../../kernel/names.ts'
import { isRedacted, RedactedLeaf } from '../../kernel/redacted-leaf.ts'
import type { LogFileStore } from '../ports.ts'
import {
  bundlePath,
  decodeBundle,
  decodeEdge,
  decodeRedacted,
  EMPTY_ROOT,
  encodeBundle,
  encodeRedacted,
  HASH_BYTES,
  leafHash,
  partialTile,
  redactedPath,
  rootOver,
  tilePath,
  TILE_WIDTH,
  type Tile,
  type TileReader,
  widthOf,
} from '../tlog/index.ts'
import { redactionsIn } from './redactions.ts'

export interface TileDeps {
  readonly database: Database
  readonly files: LogFileStore
}

/** A log's file is not what was written: it is never served, and mended from a follower. */
export class DamagedLog extends Error {
  readonly origin: string
  constructor(origin: string, path: string) {
    super(`${path} of ${origin} is not what was written`)
    this.name = 'DamagedLog'
    this.origin = origin
  }
}

/**
 * The leaves of one bundle, as far as the log goes: full ones from their file, checked against the tile above, the last
 * from its rows. Throws {@link DamagedLog}.
 */
export async function readLeaves(
  deps: TileDeps,
  log: LogTable,
  index: number,
): Promise<readonly Uint8Array[]> {
  const start = index * TILE_WIDTH
  if (start + TILE_WIDTH > log.filed) return leavesInRows(deps.database, log, start)
  const leaves = await leavesInFile(deps, log, index)
  if (!leaves) throw new DamagedLog(log.origin, bundlePath(index, TILE_WIDTH))
  await requireHash(deps, log, { level: 0, index, width: TILE_WIDTH }, concatBytes(leaves.map(leafHash)))
  return leaves
}

/** A bundle that was redacted lies elsewhere; where both are, the redaction was interrupted and counts already. */
async function leavesInFile(
  { files }: TileDeps,
  { origin }: LogTable,
  index: number,
): Promise<readonly Uint8Array[] | null> {
  const redacted = await files.read(Origin.parse(origin), redactedPath(index, TILE_WIDTH))
  if (redacted) return decodeRedacted(redacted, TILE_WIDTH)
  const bytes = await files.read(Origin.parse(origin), bundlePath(index, TILE_WIDTH))
  return bytes && decodeBundle(bytes, TILE_WIDTH)
}

/** A bundle as it is served, whole or lacking the bytes of some entries. */
export type ServedBundle =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'redacted'; readonly bytes: Uint8Array; readonly position: number }

/** The first `width` leaves of a bundle. Null where no checkpoint covers them yet. */
export async function readBundle(
  deps: TileDeps,
  log: LogTable,
  index: number,
  width: number,
): Promise<ServedBundle | null> {
  if (widthOf(0, index, log.signed_size) < width) return null
  const leaves = (await readLeaves(deps, log, index)).slice(0, width)
  const first = leaves.findIndex(isRedacted)
  if (first < 0) return { kind: 'whole', bytes: encodeBundle(leaves) }
  return { kind: 'redacted', bytes: encodeRedacted(leaves), position: index * TILE_WIDTH + first }
}

/** Reads the tiles of a log as it is in `log`. Rejects with {@link DamagedLog}, and for a tile that it does not have. */
export function tileReader(deps: TileDeps, log: LogTable): TileReader {
  return { read: (tile) => readTile(deps, log, tile) }
}

async function readTile(deps: TileDeps, log: LogTable, tile: Tile): Promise<Uint8Array> {
  const { level, index, width } = tile
  const present = widthOf(level, index, log.size)
  if (present < width) throw new RangeError(`${log.origin} has no ${tilePath(tile)} at size ${log.size}`)
  const whole = present < TILE_WIDTH ? edgeTile(log, level) : await fullTile(deps, log, level, index)
  return whole.subarray(0, width * HASH_BYTES)
}

function edgeTile(log: LogTable, level: number): Uint8Array {
  const edge = decodeEdge(log.edge, log.size)
  if (!edge) throw new DamagedLog(log.origin, 'the edge')
  return partialTile(edge, level)
}

/** Level 0 is not kept: it is the hashes of a bundle. Higher levels are kept once they are full. */
async function fullTile(deps: TileDeps, log: LogTable, level: number, index: number): Promise<Uint8Array> {
  if (level === 0) return concatBytes((await readLeaves(deps, log, index)).map(leafHash))
  const tile = { level, index, width: TILE_WIDTH }
  const kept = await deps.files.read(Origin.parse(log.origin), tilePath(tile))
  if (!kept) return tileFromBelow(deps, log, level, index)
  if (kept.length !== TILE_WIDTH * HASH_BYTES) throw new DamagedLog(log.origin, tilePath(tile))
  await requireHash(deps, log, tile, kept)
  return kept
}

/** A full tile of a level above 0, computed from the 256 tiles below it. */
export async function tileFromBelow(
  deps: TileDeps,
  log: LogTable,
  level: number,
  index: number,
): Promise<Uint8Array> {
  const hashes: Uint8Array[] = []
  for (let child = index * TILE_WIDTH; child < (index + 1) * TILE_WIDTH; child++)
    hashes.push(hashOf(await fullTile(deps, log, level - 1, child)))
  return concatBytes(hashes)
}

/** A full tile's hash stands in the tile above it, where that one is kept already. */
async function requireHash(deps: TileDeps, log: LogTable, tile: Tile, hashes: Uint8Array): Promise<void> {
  const above = await hashAbove(deps, log, tile)
  if (above && !equalBytes(above, hashOf(hashes))) throw new DamagedLog(log.origin, tilePath(tile))
}

async function hashAbove(deps: TileDeps, log: LogTable, { level, index }: Tile): Promise<Uint8Array | null> {
  const parent = { level: level + 1, index: Math.floor(index / TILE_WIDTH) }
  const isWhole = widthOf(parent.level, parent.index, log.size) === TILE_WIDTH
  const hashes = isWhole
    ? await deps.files.read(Origin.parse(log.origin), tilePath({ ...parent, width: TILE_WIDTH }))
    : edgeTile(log, parent.level)
  const at = (index % TILE_WIDTH) * HASH_BYTES
  return hashes && hashes.length >= at + HASH_BYTES ? hashes.subarray(at, at + HASH_BYTES) : null
}

/** What stands for a full tile in the tile above it. */
function hashOf(hashes: Uint8Array): Uint8Array {
  return rootOver(hashes) ?? EMPTY_ROOT
}

async function leavesInRows(
  database: Database,
  { origin, size }: LogTable,
  start: number,
): Promise<readonly Uint8Array[]> {
  const end = Math.min(start + TILE_WIDTH, size)
  const rows = await database.read
    .selectFrom('log_tail')
    .select('leaf')
    .where('origin', '=', origin)
    .where('position', '>=', start)
    .where('position', '<', end)
    .orderBy('position')
    .execute()
  if (rows.length !== end - start) throw new DamagedLog(origin, `the leaves from ${start}`)
  if (rows.every(({ leaf }) => leaf.length > 0)) return rows.map(({ leaf }) => leaf)
  const erased = await redactionsIn(database.read, origin, start, end)
  const hashes = new Map(erased.map(({ position, leaf_hash }) => [position - start, leaf_hash]))
  return rows.map(({ leaf }, at) => {
    const hash = hashes.get(at)
    return hash === undefined ? leaf : new RedactedLeaf(Uint8Array.fromHex(hash))
  })
}
