import { GitOid } from '../../kernel/names.ts'
import { decodeCommit } from './commit.ts'
import type { GitType } from './object.ts'
import { tagTarget } from './tag.ts'
import { decodeTree } from './tree.ts'

/** Which object another one names, and as what. */
export interface GitLink {
  readonly oid: GitOid
  readonly type: GitType
}

/**
 * What an object names: a commit its tree, then its parents; a tree its entries in their order; a tag its commit. A submodule is
 * a commit of another repository and left out. Throws on a body git would not write.
 */
export function linksOf(type: GitType, body: Uint8Array): readonly GitLink[] {
  switch (type) {
    case 'blob':
      return []
    case 'tag':
      return [{ oid: tagTarget(body), type: 'commit' }]
    case 'commit': {
      const { tree, parents } = decodeCommit(body)
      return [{ oid: tree, type: 'tree' }, ...parents.map((oid) => ({ oid, type: 'commit' }) as const)]
    }
    case 'tree':
      return decodeTree(body)
        .filter(({ mode }) => mode !== '160000')
        .map(({ mode, oid }) => ({ oid, type: mode === '40000' ? 'tree' : 'blob' }))
  }
}
