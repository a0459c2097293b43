import type { Reader } from '../../../database/index.ts'
import { MemberId, RepositoryId, repositoryKey, type RepositoryKind } from '../../../kernel/names.ts'
import { Pseudonym } from '../messages/index.ts'
import type { Permission } from './types.ts'

/** What a person may read at another member by that id; null when nothing, or when that member is followed no more. */
export async function permissionOf(
  reader: Reader,
  accountId: string,
  kind: RepositoryKind,
  id: string,
): Promise<Permission | null> {
  const row = await reader
    .selectFrom('sent_request')
    .innerJoin('follow', 'follow.member_id', 'sent_request.member_id')
    .innerJoin('pseudonym', (join) =>
      join
        .onRef('pseudonym.account_id', '=', 'sent_request.account_id')
        .onRef('pseudonym.member_id', '=', 'sent_request.member_id'),
    )
    .select(['sent_request.member_id', 'pseudonym', 'repository', 'follow.url', 'allow_private'])
    .where('sent_request.account_id', '=', accountId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(id))
    .where('status', '=', 'accepted')
    .executeTakeFirst()
  if (!row || row.url === null) return null // known from carries alone: nobody can be asked
  return {
    kind,
    repository: RepositoryId.parse(row.repository),
    memberId: MemberId.parse(row.member_id),
    person: Pseudonym.parse(row.pseudonym),
    url: row.url,
    allow: row.allow_private === 1 ? 'private' : 'public',
  }
}
