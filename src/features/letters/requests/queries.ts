import type { Reader } from '../../../database/index.ts'
import { MemberId, RepositoryId } from '../../../kernel/names.ts'
import { isOfMember } from '../../accounts/index.ts'
import { MessageId } from '../messages/index.ts'
import type { AccessRequest, Grantee, RequestStatus, SentRequest } from './types.ts'

const MOST_LISTED = 1000

/** Whether somebody asked for a repository and was let in. */
export async function isGranted(reader: Reader, repositoryId: string, who: Grantee): Promise<boolean> {
  const accepted = reader
    .selectFrom('access_request')
    .innerJoin('repository', 'repository.id', 'access_request.repository_id')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select('access_request.id')
    .where('repository_id', '=', repositoryId)
    .where('status', '=', 'accepted')
    .where('member.hosted', '=', 1) // whoever moved away decides at the new place
  const row =
    who.kind === 'account'
      ? await accepted.where('access_request.account_id', '=', who.accountId).executeTakeFirst()
      : await accepted
          .where('access_request.member_id', '=', who.memberId)
          .where('access_request.pseudonym', '=', who.pseudonym)
          .executeTakeFirst()
  return row !== undefined
}

/** The one followed member that publishes under a namespace; null where none does, or two do. */
export async function homeOfNamespace(reader: Reader, namespace: string): Promise<MemberId | null> {
  const members = await reader
    .selectFrom('member')
    .innerJoin('follow', 'follow.member_id', 'member.id')
    .select(['member.id', 'member.handle'])
    .where('hosted', '=', 0)
    .execute()
  const homes = members.filter(({ handle }) => isOfMember(handle, namespace))
  return homes.length === 1 && homes[0] ? MemberId.parse(homes[0].id) : null
}

/** What a person asked for, newest first. */
export async function sentRequestsOf(reader: Reader, accountId: string): Promise<readonly SentRequest[]> {
  const rows = await reader
    .selectFrom('sent_request')
    .innerJoin('member', 'member.id', 'sent_request.member_id')
    .leftJoin('message_out', 'message_out.id', 'sent_request.id')
    .selectAll('sent_request')
    .select(['member.display_name', 'member.handle', 'message_out.failure'])
    .where('account_id', '=', accountId)
    .orderBy('asked_at', 'desc')
    .limit(MOST_LISTED)
    .execute()
  return rows.map((row) => ({
    id: MessageId.parse(row.id),
    kind: row.kind,
    repository: RepositoryId.parse(row.repository),
    home: row.display_name || row.handle,
    status: row.status,
    reason: row.reason,
    delay: row.failure,
    askedAt: row.asked_at,
    answeredAt: row.answered_at,
  }))
}

/** Who asked for a repository, oldest first; of one status, or of all. */
export async function requestsFor(
  reader: Reader,
  repositoryId: string,
  status: RequestStatus | null,
): Promise<readonly AccessRequest[]> {
  const rows = await reader
    .selectFrom('access_request')
    .leftJoin('account', 'account.id', 'access_request.account_id')
    .leftJoin('member', 'member.id', 'access_request.member_id')
    .selectAll('access_request')
    .select(['account.name', 'account.full_name', 'member.handle', 'member.display_name'])
    .where('repository_id', '=', repositoryId)
    .$if(status !== null, (query) => query.where('status', '=', status ?? 'pending'))
    .orderBy('asked_at')
    .orderBy('access_request.id')
    .limit(MOST_LISTED)
    .execute()
  return rows.map((row) => ({
    id: MessageId.parse(row.id),
    requestId: MessageId.parse(row.request_id),
    name: row.name ?? `${row.pseudonym}@${row.handle}`,
    fullName: (row.name === null ? row.display_name : row.full_name) ?? '',
    memberId: row.member_id,
    role: row.role,
    purpose: row.purpose,
    contact: row.contact,
    status: row.status,
    reason: row.reason,
    askedAt: row.asked_at,
    decidedAt: row.decided_at,
  }))
}
