/** Entry bundles: entries one after the other, each after its length as a big-endian u16. C2SP tlog-tiles. */
import { concatBytes, equalBytes } from '../../kernel/bytes.ts'
import { isRedacted, RedactedLeaf } from '../../kernel/redacted-leaf.ts'
import { TILE_WIDTH } from './tile.ts'
import { HASH_BYTES, leafHash } from './tree-hash.ts'

/** Bytes at most in an entry: what its length can say. */
export const MAX_LEAF_BYTES = 65_535
const LENGTH_BYTES = 2
/** Bytes at most in a bundle. */
export const MAX_BUNDLE_BYTES = TILE_WIDTH * (LENGTH_BYTES + MAX_LEAF_BYTES)

/** The bundle of up to 256 entries. Throws a RangeError on one that is too long or whose bytes are not here. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bundle = new Uint8Array(leaves.reduce((total, { length }) => total + LENGTH_BYTES + length, 0))
  let at = 0
  for (const leaf of leaves) {
    if (isRedacted(leaf)) throw new RangeError('a bundle has the bytes of every entry')
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

/**
 * A bundle of which some entries are redacted (docs/spec/log.md): as {@link encodeBundle}, but where a length is 0, the 32 bytes
 * of the entry's leaf hash follow.
 */
export function encodeRedacted(leaves: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = leaves.flatMap((leaf) =>
    leaf.length === 0 ? [new Uint8Array(LENGTH_BYTES), leafHash(leaf)] : [encodeBundle([leaf])],
  )
  return concatBytes(parts)
}

/** The `width` entries of a redacted bundle; null when it is anything else. */
export function decodeRedacted(bundle: Uint8Array, width: number): readonly Uint8Array[] | null {
  const leaves: Uint8Array[] = []
  let at = 0
  while (leaves.length < width) {
    if (at + LENGTH_BYTES > bundle.length) return null
    const length = ((bundle[at] ?? 0) << 8) | (bundle[at + 1] ?? 0)
    const end = at + LENGTH_BYTES + (length === 0 ? HASH_BYTES : length)
    if (end > bundle.length) return null
    const bytes = bundle.subarray(at + LENGTH_BYTES, end)
    leaves.push(length === 0 ? leafOfHash(bytes) : bytes)
    at = end
  }
  return at === bundle.length ? leaves : null
}

const EMPTY_LEAF = new Uint8Array()

/** An entry that never had bytes is not a redacted one. */
function leafOfHash(hash: Uint8Array): Uint8Array {
  return equalBytes(hash, leafHash(EMPTY_LEAF)) ? EMPTY_LEAF : new RedactedLeaf(hash)
}
