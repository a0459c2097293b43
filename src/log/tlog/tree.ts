import { concatBytes } from '../../kernel/bytes.ts'
import { TILE_WIDTH } from './tile.ts'
import { EMPTY_ROOT, HASH_BYTES, rootOver, type TreeHash } from './tree-hash.ts'

const TILE_BYTES = TILE_WIDTH * HASH_BYTES

/**
 * A tree's right edge: its size and the unfinished tile of each level. All that appending and the root need; below 8 KiB a
 * level, at most seven levels. A value: nothing changes it.
 */
export interface TreeEdge {
  readonly size: number
  /** From level 0 up, the hashes since the last full tile, joined: 0 to 255 of 32 bytes. The highest is never empty. */
  readonly levels: readonly Uint8Array[]
}

/** A tile that will never change: 256 hashes, 8192 bytes. */
export interface FullTile {
  readonly level: number
  readonly index: number
  readonly hashes: Uint8Array<ArrayBuffer>
}

/** The edge of the tree without leaves. */
export function emptyEdge(): TreeEdge {
  return { size: 0, levels: [] }
}

/**
 * Appends leaves, given by their hashes. `full` holds the tiles that this filled, in the order in which they became full: a
 * tile of level 0 before the tile of level 1 that it filled.
 */
export function appendLeaves(
  edge: TreeEdge,
  leafHashes: Iterable<Uint8Array>,
): { readonly edge: TreeEdge; readonly full: readonly FullTile[] } {
  const levels = edge.levels.map(openLevel)
  const full: FullTile[] = []
  let size = edge.size
  for (const leaf of leafHashes) {
    size++
    append(levels, full, { level: 0, hash: leaf, size })
  }
  return { edge: { size, levels: levels.map(({ tile, used }) => tile.slice(0, used)) }, full }
}

interface OpenLevel {
  tile: Uint8Array<ArrayBuffer>
  /** Bytes in use. */
  used: number
}

function openLevel(hashes: Uint8Array): OpenLevel {
  const tile = new Uint8Array(TILE_BYTES)
  tile.set(hashes)
  return { tile, used: hashes.length }
}

function append(
  levels: OpenLevel[],
  full: FullTile[],
  { level, hash, size }: { readonly level: number; readonly hash: Uint8Array; readonly size: number },
): void {
  if (hash.length !== HASH_BYTES) throw new RangeError(`a hash has ${HASH_BYTES} bytes`)
  const open = (levels[level] ??= openLevel(new Uint8Array()))
  open.tile.set(hash, open.used)
  open.used += HASH_BYTES
  if (open.used < TILE_BYTES) return
  const hashes = open.tile
  levels[level] = openLevel(new Uint8Array())
  full.push({ level, index: size / TILE_WIDTH ** (level + 1) - 1, hashes })
  append(levels, full, { level: level + 1, hash: rootOver(hashes), size })
}

/** The tree's root. Costs at most 256 hashes a level. */
export function rootOf({ levels }: TreeEdge): TreeHash {
  return levels.reduce<TreeHash | null>(joinBelow, null) ?? EMPTY_ROOT
}

/** Root over a level's hashes and, to their right, what is left over from the levels below. */
function joinBelow(below: TreeHash | null, hashes: Uint8Array): TreeHash | null {
  if (hashes.length === 0) return below
  return rootOver(below ? concatBytes([hashes, below]) : hashes)
}

/** The unfinished tile of a level: 0 to 255 hashes, joined. */
export function partialTile(edge: TreeEdge, level: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(edge.levels[level] ?? [])
}

/** The unfinished tiles one after the other, level 0 first. With the size, {@link decodeEdge} makes the edge of them again. */
export function encodeEdge(edge: TreeEdge): Uint8Array<ArrayBuffer> {
  return concatBytes(edge.levels)
}

/** The edge of a tree of `size` leaves from its encoded form; null when these bytes cannot be it. */
export function decodeEdge(bytes: Uint8Array, size: number): TreeEdge | null {
  if (!Number.isSafeInteger(size) || size < 0) return null
  const levels: Uint8Array[] = []
  let at = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / TILE_WIDTH)) {
    const end = at + (rest % TILE_WIDTH) * HASH_BYTES
    levels.push(bytes.slice(at, end))
    at = end
  }
  return at === bytes.length ? { size, levels } : null
}
