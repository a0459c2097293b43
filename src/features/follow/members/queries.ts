import type { Reader } from '../../../database/index.ts'
import { MemberId } from '../../../kernel/names.ts'
import type { Follow } from './types.ts'

/** Every followed member, by name. */
export async function listFollows(reader: Reader): Promise<readonly Follow[]> {
  const rows = await reader
    .selectFrom('follow')
    .innerJoin('member', 'member.id', 'follow.member_id')
    .innerJoin('log', 'log.member_id', 'follow.member_id')
    .selectAll('follow')
    .select(['member.handle', 'member.display_name', 'log.signed_size', 'log.frozen'])
    .orderBy('member.handle')
    .orderBy('follow.member_id')
    .execute()
  return rows.map((row) => ({
    memberId: MemberId.parse(row.member_id),
    handle: row.handle,
    name: row.display_name,
    url: row.url,
    content: row.content,
    trust: row.trust,
    allowPrivate: row.allow_private === 1,
    since: row.since,
    size: row.signed_size,
    checkedAt: row.checked_at,
    failure: row.failure,
    failedAt: row.failed_at,
    frozen: row.frozen,
  }))
}

/** A followed member by its handle or its id; null where none is, or where two have the handle. */
export async function findFollow(reader: Reader, name: string): Promise<Follow | null> {
  const named = (await listFollows(reader)).filter(
    ({ memberId, handle }) => name === memberId || name === handle,
  )
  return named.length === 1 ? (named[0] ?? null) : null
}
