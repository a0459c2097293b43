import type { ExpressionBuilder } from 'kysely'

import type { Reader, Tables } from '../../database/index.ts'
import { Sha256, type XetHash } from '../../kernel/names.ts'
import type { Erasure } from '../types.ts'

/** SQLite binds 32766 values at most. */
const BATCH = 500

/** The scope of an erasure that is for copies of other members' repositories held here. */
export const COPIES = ''

/** Repositories that an erasure is for. */
export function repositoriesIn(reader: Reader, scope: string) {
  const all = reader
    .selectFrom('repository')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select('repository.id')
  return scope === COPIES ? all.where('member.hosted', '=', 0) : all.where('repository.member_id', '=', scope)
}

/** Whether an erasure is for a repository: by its member, or for copies. */
export function isErasureHere(is: ExpressionBuilder<Tables, 'erasure' | 'repository' | 'member'>) {
  return is.or([
    is('erasure.scope', '=', is.ref('repository.member_id')),
    is.and([is('erasure.scope', '=', COPIES), is('member.hosted', '=', 0)]),
  ])
}

/** Which of these files a repository may not use because they were erased: by its member, or else by the operator. */
export async function erasuresIn(
  reader: Reader,
  repositoryId: string,
  hashes: readonly Sha256[],
): Promise<ReadonlyMap<Sha256, Erasure>> {
  const found = new Map<Sha256, Erasure>()
  for (let start = 0; start < hashes.length; start += BATCH) {
    const rows = await reader
      .selectFrom('erasure')
      .innerJoin('repository', (join) => join.on('repository.id', '=', repositoryId))
      .innerJoin('member', 'member.id', 'repository.member_id')
      .selectAll('erasure')
      .where('erasure.sha256', 'in', hashes.slice(start, start + BATCH))
      .where(isErasureHere)
      .orderBy('erasure.scope')
      .execute()
    for (const row of rows) found.set(Sha256.parse(row.sha256), { ...row, sha256: Sha256.parse(row.sha256) })
  }
  return found
}

/** Whether a file was erased in one of these scopes. */
export async function isErasedIn(
  reader: Reader,
  scopes: readonly string[],
  sha256: Sha256,
): Promise<boolean> {
  const row = await reader
    .selectFrom('erasure')
    .select('scope')
    .where('sha256', '=', sha256)
    .where('scope', 'in', scopes)
    .executeTakeFirst()
  return row !== undefined
}

/** {@link erasuresIn} for one file. */
export async function erasureIn(
  reader: Reader,
  repositoryId: string,
  sha256: Sha256,
): Promise<Erasure | null> {
  return (await erasuresIn(reader, repositoryId, [sha256])).get(sha256) ?? null
}

/** Erased files of which this node still has bytes and that no repository may use. */
export async function unusedErased(reader: Reader): Promise<readonly Sha256[]> {
  const rows = await reader
    .selectFrom('erasure')
    .innerJoin('file', 'file.sha256', 'erasure.sha256')
    .leftJoin('repository_file', 'repository_file.sha256', 'erasure.sha256')
    .select('erasure.sha256')
    .distinct()
    .where('repository_file.sha256', 'is', null)
    .execute()
  return rows.map((row) => Sha256.parse(row.sha256))
}

/** What an erased file was whose reconstruction had this Xet hash, where the repository may not use it. */
export async function erasureOfXet(
  reader: Reader,
  repositoryId: string,
  xetHash: XetHash,
): Promise<Erasure | null> {
  const rows = await reader
    .selectFrom('erased_file')
    .select('sha256')
    .where('xet_hash', '=', xetHash)
    .unionAll(reader.selectFrom('file').select('sha256').where('xet_hash', '=', xetHash))
    .execute()
  const hashes = rows.map((row) => Sha256.parse(row.sha256))
  const [erasure] = (await erasuresIn(reader, repositoryId, hashes)).values()
  return erasure ?? null
}
