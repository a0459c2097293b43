import { createHash } from 'node:crypto'

import { utf8 } from '../../kernel/bytes.ts'
import { GitOid } from '../../kernel/names.ts'

/** The four kinds of git object. */
export type GitType = 'blob' | 'tree' | 'commit' | 'tag'

/** An object before it is stored: its id is the SHA-1 git itself would compute. */
export interface GitObject {
  readonly oid: GitOid
  readonly type: GitType
  readonly body: Uint8Array
}

/** Names a body: SHA-1 over `<type> <length>\0<body>` (git's loose object header). */
export function gitObject(type: GitType, body: Uint8Array): GitObject {
  const hash = createHash('sha1')
    .update(utf8(`${type} ${body.length}\0`))
    .update(body)
  return { oid: GitOid.parse(hash.digest('hex')), type, body }
}

/** The empty tree, which every empty repository has in mind. */
export const EMPTY_TREE = gitObject('tree', new Uint8Array(0))
