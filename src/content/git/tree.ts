import { concatBytes, fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { GitOid } from '../../kernel/names.ts'

/** What an entry is: regular file, executable, symbolic link, directory, submodule. */
export type TreeMode = '100644' | '100755' | '120000' | '40000' | '160000'

/** One line of a tree. `name` is one path segment. */
export interface TreeEntry {
  readonly mode: TreeMode
  readonly name: string
  readonly oid: GitOid
}

const MODES: ReadonlySet<string> = new Set<TreeMode>(['100644', '100755', '120000', '40000', '160000'])

function isMode(mode: string): mode is TreeMode {
  return MODES.has(mode)
}

/** Whether the entry is a directory. */
export function isDirectory(entry: TreeEntry): boolean {
  return entry.mode === '40000'
}

/** Writes a tree's body; entries may come in any order, git's order (bytes, directories as if ending in `/`) is applied. */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array {
  const keyed = entries.map((entry) => ({
    entry,
    key: Buffer.from(isDirectory(entry) ? `${entry.name}/` : entry.name),
  }))
  keyed.sort((left, right) => Buffer.compare(left.key, right.key))
  return concatBytes(
    keyed.flatMap(({ entry }) => [utf8(`${entry.mode} ${entry.name}\0`), Buffer.from(entry.oid, 'hex')]),
  )
}

/** Reads a tree's body, in stored order. Throws on a body git would not write. */
export function decodeTree(body: Uint8Array): TreeEntry[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const entries: TreeEntry[] = []
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at)
    const nul = bytes.indexOf(0, space)
    if (space < 0 || nul < 0 || nul + 21 > bytes.length) throw new Error('malformed git tree')
    const mode = bytes.toString('latin1', at, space)
    if (!isMode(mode)) throw new Error(`unknown mode ${mode} in a git tree`)
    const oid = GitOid.parse(bytes.toString('hex', nul + 1, nul + 21))
    entries.push({ mode, name: fromUtf8(bytes.subarray(space + 1, nul)), oid })
    at = nul + 21
  }
  return entries
}
