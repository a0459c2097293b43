import type { Selectable } from 'kysely'

import type { Reader, RepositoryTable } from '../../../database/index.ts'
import { RepositoryId, repositoryKey, type RepositoryKind } from '../../../kernel/names.ts'
import type { Repository } from '../types.ts'
import type { Lookup } from './types.ts'

/** Finds a repository by id, case-insensitively; a former id leads to where it moved. Says nothing about rights. */
export async function findRepository(reader: Reader, kind: RepositoryKind, id: string): Promise<Lookup> {
  const key = repositoryKey(id)
  const row = await withHome(reader)
    .where('repository.kind', '=', kind)
    .where('repository.key', '=', key)
    .executeTakeFirst()
  if (row) return { kind: 'found', repository: repositoryOf(row) }
  const moved = await withHome(reader)
    .innerJoin('repository_alias', 'repository_alias.repository_id', 'repository.id')
    .where('repository_alias.kind', '=', kind)
    .where('repository_alias.key', '=', key)
    .executeTakeFirst()
  return moved ? { kind: 'moved', repository: repositoryOf(moved) } : { kind: 'unknown' }
}

/** The repository of an internal id, or null when it was deleted. */
export async function repositoryById(reader: Reader, id: string): Promise<Repository | null> {
  const row = await withHome(reader).where('repository.id', '=', id).executeTakeFirst()
  return row ? repositoryOf(row) : null
}

/** Which of a member's repositories stand here and are public, of those with one of these keys: `model namespace/name`. */
export async function standingOf(
  reader: Reader,
  memberId: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const rows = await reader
    .selectFrom('repository')
    .select(['kind', 'key'])
    .where('member_id', '=', memberId)
    .where('visibility', '=', 'public')
    .where('key', 'in', keys)
    .execute()
  return new Set(rows.map(({ kind, key }) => `${kind} ${key}`))
}

/** Repositories whose card is not of the commit that `main` points to: what a crash left behind. */
export async function repositoriesWithOldCard(reader: Reader): Promise<readonly string[]> {
  const rows = await reader
    .selectFrom('ref')
    .leftJoin('card', 'card.repository_id', 'ref.repository_id')
    .select('ref.repository_id as id')
    .where('ref.name', '=', 'refs/heads/main')
    .where((where) =>
      where.or([where('card.commit_oid', 'is', null), where('card.commit_oid', '!=', where.ref('ref.oid'))]),
    )
    .execute()
  return rows.map(({ id }) => id)
}

function withHome(reader: Reader) {
  return reader
    .selectFrom('repository')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .leftJoin('follow', 'follow.member_id', 'repository.member_id')
    .selectAll('repository')
    .select(['member.hosted', 'member.handle', 'member.url', 'follow.url as followed_at'])
    .select((is) =>
      is
        .selectFrom('log')
        .select('log.frozen')
        .whereRef('log.member_id', '=', 'repository.member_id')
        .where('log.frozen', '=', 'moved')
        .limit(1)
        .as('moved'),
    )
}

type RepositoryRow = Selectable<RepositoryTable> & {
  readonly hosted: 0 | 1
  readonly handle: string
  readonly url: string | null
  readonly followed_at: string | null
  readonly moved: string | null
}

/** A row as the rest of the program knows it. */
function repositoryOf(row: RepositoryRow): Repository {
  return {
    id: row.id,
    memberId: row.member_id,
    kind: row.kind,
    fullName: RepositoryId.parse(`${row.namespace}/${row.name}`),
    namespace: row.namespace,
    name: row.name,
    visibility: row.visibility,
    gated: row.gated,
    disabled: row.disabled === 1,
    downloads: row.downloads,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    home: row.hosted === 1 ? null : homeOf(row),
  }
}

/** Where it is written; of a member that moved away from here nobody knows until it is followed. */
function homeOf({ url, followed_at, handle, moved }: RepositoryRow): string {
  return moved === null ? (url ?? followed_at ?? handle) : handle
}
