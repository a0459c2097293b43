import type { GitOid } from '../../kernel/names.ts'
import { gitObject, type GitObject } from './object.ts'
import { encodeTree, isDirectory, type TreeEntry, type TreeMode } from './tree.ts'

/** What happens to one path: a blob takes its place, or it goes. */
export type TreeEdit =
  | { readonly kind: 'put'; readonly mode: TreeMode; readonly oid: GitOid }
  | { readonly kind: 'remove' }

/** A directory of edits: names lead to an edit or to a deeper directory of edits. */
interface EditNode {
  edit: TreeEdit | null
  readonly children: Map<string, EditNode>
}

/** The root after all edits, and every tree object that did not exist before. */
export interface EditedTree {
  readonly root: GitOid
  readonly created: readonly GitObject[]
}

/**
 * Applies edits by path to a tree, touching only the directories on the way. Directories that become empty vanish.
 * Reads each touched tree once through `read`. A put under a path that is a file replaces the file; the caller
 * refuses such edits beforehand where that would surprise.
 */
export async function editTree(
  root: GitOid | null,
  edits: ReadonlyMap<string, TreeEdit>,
  read: (oid: GitOid) => Promise<readonly TreeEntry[]>,
): Promise<EditedTree> {
  const created: GitObject[] = []
  const apply = async (oid: GitOid | null, node: EditNode): Promise<GitOid | null> => {
    const entries = new Map((oid ? await read(oid) : []).map((entry) => [entry.name, entry]))
    for (const [name, child] of node.children) await applyChild(entries, name, child, apply)
    if (entries.size === 0) return null
    const tree = gitObject('tree', encodeTree([...entries.values()]))
    if (tree.oid !== oid) created.push(tree)
    return tree.oid
  }
  const edited = await apply(root, editNodes(edits))
  if (edited) return { root: edited, created }
  const empty = gitObject('tree', new Uint8Array(0))
  return { root: empty.oid, created: [...created, empty] }
}

async function applyChild(
  entries: Map<string, TreeEntry>,
  name: string,
  child: EditNode,
  apply: (oid: GitOid | null, node: EditNode) => Promise<GitOid | null>,
): Promise<void> {
  if (child.edit?.kind === 'remove') entries.delete(name)
  if (child.edit?.kind === 'put') entries.set(name, { name, mode: child.edit.mode, oid: child.edit.oid })
  if (child.children.size === 0) return
  const before = entries.get(name)
  const oid = await apply(before && isDirectory(before) ? before.oid : null, child)
  if (oid) entries.set(name, { name, mode: '40000', oid })
  else if (before && isDirectory(before)) entries.delete(name)
}

function editNodes(edits: ReadonlyMap<string, TreeEdit>): EditNode {
  const root: EditNode = { edit: null, children: new Map() }
  for (const [path, edit] of edits) {
    let node = root
    for (const segment of path.split('/')) {
      const child = node.children.get(segment) ?? { edit: null, children: new Map() }
      node.children.set(segment, child)
      node = child
    }
    node.edit = edit
  }
  return root
}
