import type { Reader } from '../../../database/index.ts'
import { MemberId } from '../../../kernel/names.ts'
import { PublicKey } from '../../../records/index.ts'
import type { Follower } from './types.ts'

/** Most followers of a log that announce themselves: each costs a row, and a question at each start. */
export const MOST_FOLLOWERS = 1000

/** Who is known to hold a log written here. */
export async function listFollowers(reader: Reader, origin: string): Promise<readonly Follower[]> {
  const rows = await reader
    .selectFrom('follower')
    .leftJoin('follow', 'follow.member_id', 'follower.member_id')
    .selectAll('follower')
    .select(['follow.member_id as followed', 'follow.allow_private as followed_private'])
    .where('origin', '=', origin)
    .orderBy('follower.since')
    .orderBy('follower.member_id')
    .execute()
  return rows.map(({ member_id, witness_key, url, allow_private, since, followed, followed_private }) => ({
    origin,
    memberId: MemberId.parse(member_id),
    witnessKey: PublicKey.parse(witness_key),
    url,
    allowPrivate: allow_private === 1 || followed_private === 1,
    isNamed: allow_private === 1 || followed !== null,
    since,
  }))
}
