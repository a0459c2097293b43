import type { Reader } from '../../../database/index.ts'
import { GitOid } from '../../../kernel/names.ts'
import type { HeldObject } from './types.ts'

/** SQLite takes at most 32,766 parameters; lists are asked for in pieces. */
const ASK_AT_ONCE = 1000

/** Which of these objects a repository holds. */
export async function heldObjects(
  reader: Reader,
  repositoryId: string,
  oids: readonly GitOid[],
): Promise<readonly HeldObject[]> {
  const held: HeldObject[] = []
  for (let start = 0; start < oids.length; start += ASK_AT_ONCE) {
    const rows = await reader
      .selectFrom('repository_object')
      .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
      .select(['git_object.oid', 'git_object.type'])
      .where('repository_object.repository_id', '=', repositoryId)
      .where('repository_object.oid', 'in', oids.slice(start, start + ASK_AT_ONCE))
      .execute()
    held.push(...rows.map(({ oid, type }) => ({ oid: GitOid.parse(oid), type })))
  }
  return held
}
