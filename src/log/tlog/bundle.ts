/** Entry bundles: entries one after the other, each after its length as a big-endian u16. C2SP tlog-tiles. */
import { TILE_WIDTH } from './tile.ts'

/** Bytes at most in an entry: what its length can say. */
export const MAX_LEAF_BYTES = 65_535
const LENGTH_BYTES = 2
/** Bytes at most in a bundle. */
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (LENGTH_BYTES + MAX_LEAF_BYTES)

/** The bundle of up to 256 entries. Throws a RangeError on one that is too long. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bundle = new Uint8Array(leaves.reduce((total, { length }) => total + LENGTH_BYTES + length, 0))
  let at = 0
  for (const leaf of leaves) {
    if (leaf.length > MAX_LEAF_BYTES) throw new RangeError(`a leaf has at most ${MAX_LEAF_BYTES} bytes`)
    bundle[at] = leaf.length >> 8
    bundle[at + 1] = leaf.length & 0xff
    bundle.set(leaf, at + LENGTH_BYTES)
    at += LENGTH_BYTES + leaf.length
  }
  return bundle
}

/** The `width` entries of a bundle, as views of it; null when it holds fewer, more, or anything else. */
export function decodeBundle(bundle: Uint8Array, width: number): readonly Uint8Array[] | null {
  const leaves: Uint8Array[] = []
  let at = 0
  while (leaves.length < width) {
    if (at + LENGTH_BYTES > bundle.length) return null
    const end = at + LENGTH_BYTES + (((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0))
    if (end > bundle.length) return null
    leaves.push(bundle.subarray(at + LENGTH_BYTES, end))
    at = end
  }
  return at === bundle.length ? leaves : null
}
