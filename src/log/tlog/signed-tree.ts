/** Reading a tree that somebody else serves, so that nothing is believed but its signed root. */
import { equalBytes } from '../../kernel/bytes.ts'
import { concatBytes } from '../../kernel/bytes.ts'
import type { Checkpoint } from './checkpoint.ts'
import { edgeFromTiles, type TileReader } from './proof.ts'
import { readEntries } from './served-entries.ts'
import { bundlePath, type Tile, TILE_WIDTH, tilePath, widthOf } from './tile.ts'
import { HASH_BYTES, leafHash, rootOver } from './tree-hash.ts'
import { partialTile, rootOf, type TreeEdge } from './tree.ts'
import type { LogFiles } from './whole-log.ts'

const MAX_TILE_BYTES = TILE_WIDTH * HASH_BYTES

/** What a source sent is not part of the tree that was signed. It says nothing of other sources. */
export class FalseTree extends Error {
  readonly path: string
  constructor(path: string) {
    super(`${path} is not of the signed tree`)
    this.name = 'FalseTree'
    this.path = path
  }
}

/** A tree whose root is signed. Everything that is read is held against it before it is returned. */
export interface SignedTree extends TileReader {
  readonly edge: TreeEdge
  /** All leaves of a bundle, as far as the tree goes. Throws {@link FalseTree}. */
  leaves(index: number): Promise<readonly Uint8Array[]>
}

/** Locks on to a signed root: reads the tree's edge and checks that it leads there. Throws {@link FalseTree}. */
export async function openSignedTree(files: LogFiles, { size, root }: Checkpoint): Promise<SignedTree> {
  const edge = await edgeFromTiles({ read: (tile) => readServed(files, tile) }, size)
  if (!equalBytes(rootOf(edge), root)) throw new FalseTree('the edge')
  /** The tile that was read last of each level: neighbours have one parent. */
  const recent = new Map<number, { readonly index: number; readonly hashes: Promise<Uint8Array> }>()

  async function read({ level, index, width }: Tile): Promise<Uint8Array> {
    const present = widthOf(level, index, size)
    if (present < width) throw new RangeError(`the tree has no ${tilePath({ level, index, width })}`)
    const hashes = present < TILE_WIDTH ? partialTile(edge, level) : await full(level, index)
    return hashes.subarray(0, width * HASH_BYTES)
  }
  function full(level: number, index: number): Promise<Uint8Array> {
    const known = recent.get(level)
    if (known?.index === index) return known.hashes
    const hashes = readFull(level, index)
    recent.set(level, { index, hashes })
    return hashes
  }
  async function readFull(level: number, index: number): Promise<Uint8Array> {
    const tile = { level, index, width: TILE_WIDTH }
    const hashes = await readServed(files, tile)
    await requireHash(tile, hashes)
    return hashes
  }
  /** A full tile's hash stands in the tile above it. */
  async function requireHash(tile: Tile, hashes: Uint8Array): Promise<void> {
    const place = tile.index % TILE_WIDTH
    const above = await read({
      level: tile.level + 1,
      index: Math.floor(tile.index / TILE_WIDTH),
      width: place + 1,
    })
    const hash = rootOver(hashes)
    if (!hash || !equalBytes(above.subarray(place * HASH_BYTES), hash)) throw new FalseTree(tilePath(tile))
  }

  return {
    edge,
    read,
    async leaves(index) {
      const width = widthOf(0, index, size)
      const leaves = await readEntries(files, index, width)
      if (!leaves) throw new FalseTree(bundlePath(index, width))
      const hashes = concatBytes(leaves.map(leafHash))
      if (width === TILE_WIDTH) await requireHash({ level: 0, index, width }, hashes)
      else if (!equalBytes(partialTile(edge, 0), hashes)) throw new FalseTree(bundlePath(index, width))
      return leaves
    },
  }
}

/** A tile as it is served. Where a partial one is gone, the full one that replaced it begins with it. */
async function readServed(files: LogFiles, tile: Tile): Promise<Uint8Array> {
  const path = tilePath(tile)
  const whole = { ...tile, width: TILE_WIDTH }
  const bytes =
    (await files.read(path, MAX_TILE_BYTES)) ??
    (tile.width < TILE_WIDTH ? await files.read(tilePath(whole), MAX_TILE_BYTES) : null)
  const length = tile.width * HASH_BYTES
  if (!bytes || (bytes.length !== length && bytes.length !== MAX_TILE_BYTES)) throw new FalseTree(path)
  return bytes.subarray(0, length)
}
