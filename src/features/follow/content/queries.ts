import type { Reader } from '../../../database/index.ts'
import type { Sha256 } from '../../../kernel/names.ts'
import type { RemoteRepository, Source } from './types.ts'

/** The repository, where it is a copy of another member's; null where it is our own or unknown. */
export async function findRemoteRepository(reader: Reader, id: string): Promise<RemoteRepository | null> {
  const row = await reader
    .selectFrom('repository')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select(['repository.kind', 'repository.namespace', 'repository.name'])
    .where('repository.id', '=', id)
    .where('member.hosted', '=', 0)
    .executeTakeFirst()
  return row ? { id, kind: row.kind, fullName: `${row.namespace}/${row.name}` } : null
}

/** Any repository, ours too. */
export async function findAnyRepository(reader: Reader, id: string): Promise<RemoteRepository | null> {
  const row = await reader
    .selectFrom('repository')
    .select(['kind', 'namespace', 'name'])
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { id, kind: row.kind, fullName: `${row.namespace}/${row.name}` } : null
}

/** A repository that shows this file to everybody, or null: what is there for all need not be fetched again. */
export async function findPublicHolder(reader: Reader, sha256: Sha256): Promise<string | null> {
  const row = await reader
    .selectFrom('file')
    .innerJoin('repository_file', 'repository_file.xet_hash', 'file.xet_hash')
    .innerJoin('repository', 'repository.id', 'repository_file.repository_id')
    .select('repository.id')
    .where('file.sha256', '=', sha256)
    .where('repository_file.sha256', '=', sha256)
    .where('repository.visibility', '=', 'public')
    .where('repository.gated', '=', 'no')
    .where('repository.disabled', '=', 0)
    .executeTakeFirst()
  return row?.id ?? null
}

/** Large files whose bytes a repository holds here. */
export async function heldFiles(reader: Reader, repositoryId: string): Promise<ReadonlySet<string>> {
  const rows = await reader
    .selectFrom('repository_file')
    .select('sha256')
    .where('repository_id', '=', repositoryId)
    .execute()
  return new Set(rows.map(({ sha256 }) => sha256))
}

/**
 * Who to ask for a repository's large files: its home, then every other followed member's node, which may hold a copy. Nobody
 * where the operator wants none of them.
 */
export async function sourcesOf(reader: Reader, repositoryId: string): Promise<readonly Source[]> {
  const home = await reader
    .selectFrom('repository')
    .innerJoin('follow', 'follow.member_id', 'repository.member_id')
    .select(['follow.url', 'follow.allow_private'])
    .where('repository.id', '=', repositoryId)
    .where('follow.content', '!=', 'none')
    .executeTakeFirst()
  if (!home) return []
  const others = await reader
    .selectFrom('follow')
    .select(['url', 'allow_private'])
    .where('url', 'is not', home.url)
    .orderBy('since')
    .execute()
  const urls = new Map([home, ...others].map((row) => [row.url, row]))
  return [...urls.values()].flatMap(({ url, allow_private: isPrivate }): Source[] =>
    url === null ? [] : [{ url, allow: isPrivate === 1 ? 'private' : 'public', isHome: url === home.url }],
  )
}

/** The member whose repository it is; null where there is none. */
export async function findOwner(reader: Reader, repositoryId: string): Promise<string | null> {
  const row = await reader
    .selectFrom('repository')
    .select('member_id')
    .where('id', '=', repositoryId)
    .executeTakeFirst()
  return row?.member_id ?? null
}
