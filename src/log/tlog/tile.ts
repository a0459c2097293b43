/** Names and widths of tiles. C2SP tlog-tiles. Sizes and indexes are whole numbers below 2^53. */

/** Hashes in a full tile, entries in a full bundle. */
export const TILE_WIDTH = 256
/** The format allows levels 0 to 63; a tree below 2^53 leaves has none above 6. */
const MAX_LEVEL = 63

/** A run of hashes of one level, `width` (1 to 256) from hash `index * 256` on. Fewer than 256 only at the tree's right edge. */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly width: number
}

/** What a path names: hashes of the tree, or the entries below a tile of level 0. */
export type TilePath =
  | { readonly kind: 'tile'; readonly tile: Tile }
  | { readonly kind: 'entries'; readonly index: number; readonly width: number }

/** `tile/0/x001/x234/067`, with `.p/<width>` behind it unless the tile is full. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${place(index, width)}`
}

/** `tile/entries/x001/x234/067`, with `.p/<width>` behind it unless the bundle is full. */
export function bundlePath(index: number, width: number): string {
  return `tile/entries/${place(index, width)}`
}

/** Where a bundle is that lacks the bytes of some entries: `redacted/entries/x001/234/067`. */
export function redactedPath(index: number, width: number): string {
  return `redacted/entries/${place(index, width)}`
}

function place(index: number, width: number): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/\d{3}/g) ?? []
  const last = groups.length - 1
  const path = groups.map((group, at) => (at === last ? group : `x${group}`)).join('/')
  return width === TILE_WIDTH ? path : `${path}.p/${width}`
}

/** Reads a path without a leading slash; null unless it is the one way to write what it names. */
export function parseTilePath(path: string): TilePath | null {
  const match = /^tile\/(entries|\d{1,2})\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/.exec(path)
  if (!match) return null
  const [, kind, groups = '', partial] = match
  const index = Number(groups.replaceAll(/[x/]/g, ''))
  const width = partial === undefined ? TILE_WIDTH : Number(partial)
  const level = kind === 'entries' ? 0 : Number(kind)
  if (!Number.isSafeInteger(index) || width < 1 || width > TILE_WIDTH || level > MAX_LEVEL) return null
  const named: TilePath =
    kind === 'entries' ? { kind, index, width } : { kind: 'tile', tile: { level, index, width } }
  return pathOf(named) === path ? named : null // one name each: no leading zero, no full tile called partial
}

function pathOf(named: TilePath): string {
  return named.kind === 'tile' ? tilePath(named.tile) : bundlePath(named.index, named.width)
}

/** Hashes in a tile of a tree of `size` leaves: 0 when it has no such tile, 256 when the tile is full. */
export function widthOf(level: number, index: number, size: number): number {
  const hashes = Math.floor(size / TILE_WIDTH ** level) - index * TILE_WIDTH
  return Math.max(0, Math.min(TILE_WIDTH, hashes))
}

/** Every tile of a tree of `size` leaves, level by level from 0, left to right. */
export function* tilesOf(size: number): Generator<Tile> {
  for (let level = 0; widthOf(level, 0, size) > 0; level++) {
    for (let index = 0, width; (width = widthOf(level, index, size)) > 0; index++)
      yield { level, index, width }
  }
}
