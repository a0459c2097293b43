/** A log's files as our own code writes them, for the tests of whoever reads logs. */
import { utf8 } from '../../kernel/bytes.ts'
import { encodeBundle } from './bundle.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { signNote } from './note.ts'
import { type SigningKey, signingKey } from './signing-key.ts'
import { bundlePath, TILE_WIDTH, tilePath } from './tile.ts'
import { HASH_BYTES, leafHash, type TreeHash } from './tree-hash.ts'
import { appendLeaves, emptyEdge, partialTile, rootOf } from './tree.ts'

export const LOG_KEY: SigningKey = signingKey('example.org/log', 1, new Uint8Array(32).fill(1))

/** Every file of the log of these entries, by its path. */
export function writtenLog(
  entries: readonly Uint8Array[],
  key: SigningKey = LOG_KEY,
): { readonly files: Map<string, Uint8Array>; readonly root: TreeHash } {
  const files = new Map<string, Uint8Array>()
  const { edge, full } = appendLeaves(emptyEdge(), entries.map(leafHash))
  for (const { level, index, hashes } of full)
    files.set(tilePath({ level, index, width: TILE_WIDTH }), hashes)
  edge.levels.forEach((_, level) => {
    const hashes = partialTile(edge, level)
    const index = Math.floor(edge.size / TILE_WIDTH ** (level + 1))
    if (hashes.length > 0) files.set(tilePath({ level, index, width: hashes.length / HASH_BYTES }), hashes)
  })
  for (let index = 0; index * TILE_WIDTH < entries.length; index++) {
    const bundle = entries.slice(index * TILE_WIDTH, (index + 1) * TILE_WIDTH)
    files.set(bundlePath(index, bundle.length), encodeBundle(bundle))
  }
  const root = rootOf(edge)
  const text = formatCheckpoint({ origin: key.verifier.name, size: edge.size, root })
  files.set('checkpoint', utf8(signNote(text, [key])))
  return { files, root }
}

/** Entries that all differ. */
export function someEntries(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, index) => utf8(`entry ${index}`))
}
