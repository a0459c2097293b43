import type { Reader } from '../../../database/index.ts'
import { MemberId, partsOfOrigin, type Sha256 } from '../../../kernel/names.ts'
import { listCosigners } from '../../../log/index.ts'
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
 * Who to ask for a repository's large files: its home, then other followed members' nodes, which may hold a copy. Nobody
 * where the operator wants none of them.
 */
export async function sourcesOf(reader: Reader, repositoryId: string): Promise<readonly Source[]> {
  const home = await reader
    .selectFrom('repository')
    .innerJoin('follow', 'follow.member_id', 'repository.member_id')
    .select('follow.member_id')
    .where('repository.id', '=', repositoryId)
    .where('follow.content', '!=', 'none')
    .executeTakeFirst()
  return home ? sourcesOfMember(reader, home.member_id) : []
}

/**
 * Who to ask for what a followed member shares: its own node, then those of other followed members, first those that vouch for its log:
 * they hold copies.
 */
export async function sourcesOfMember(reader: Reader, memberId: string): Promise<readonly Source[]> {
  const [cosigners, follows] = await Promise.all([
    listCosigners(reader),
    reader
      .selectFrom('follow')
      .select(['member_id', 'url', 'allow_private'])
      .where('url', 'is not', null)
      .orderBy('since')
      .orderBy('member_id')
      .execute(),
  ])
  const vouching = new Set<string>(
    cosigners.filter(({ origin }) => partsOfOrigin(origin).member === memberId).map((each) => each.memberId),
  )
  const rank = (id: string) => (id === memberId ? 0 : vouching.has(id) ? 1 : 2)
  const ranked = follows.toSorted((left, right) => rank(left.member_id) - rank(right.member_id))
  const byUrl = new Map<string, Source>()
  for (const { member_id, url, allow_private: isPrivate } of ranked)
    if (url !== null && !byUrl.has(url))
      byUrl.set(url, {
        url,
        memberId: MemberId.parse(member_id),
        allow: isPrivate === 1 ? 'private' : 'public',
        isHome: member_id === memberId,
      })
  return [...byUrl.values()]
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
