import type { Reader } from '../../../database/index.ts'
import { MemberId } from '../../../kernel/names.ts'
import type { Logs } from '../../../log/index.ts'
import { type MemberMessageKeys, readLeaf } from '../../../records/index.ts'
import type { Correspondent, MessageEntry } from './types.ts'

/** What a followed member's node is reached by; null for a member that is not followed. */
export async function correspondent(reader: Reader, memberId: MemberId): Promise<Correspondent | null> {
  const row = await reader
    .selectFrom('follow')
    .select(['url', 'allow_private'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (!row || row.url === null) return null
  return { memberId, url: row.url, allow: row.allow_private === 1 ? 'private' : 'public' }
}

/** The newest keys of messages that a member's logs name, as far as they are held; null where none does. A frozen log names none. */
export async function messageKeysOf(
  reader: Reader,
  logs: Pick<Logs, 'find' | 'leaf'>,
  memberId: MemberId,
): Promise<MemberMessageKeys['body'] | null> {
  const newest = await reader
    .selectFrom('log')
    .innerJoin('log_entry', 'log_entry.origin', 'log.origin')
    .select(['log.origin', 'position'])
    .where('member_id', '=', memberId)
    .where('frozen', 'is', null)
    .where('type', '=', 'member-message-keys/1')
    .where('inert', 'is', null)
    .orderBy('number', 'desc')
    .orderBy('position', 'desc')
    .executeTakeFirst()
  const log = newest && (await logs.find(newest.origin))
  const leaf = log && (await logs.leaf(log, newest.position))
  const read = leaf && readLeaf(leaf)
  return read?.kind === 'record' && read.record.type === 'member-message-keys/1' ? read.record.body : null
}

/** Messages sent and received, newest first. */
export async function listMessages(reader: Reader, most: number): Promise<readonly MessageEntry[]> {
  const sent = await reader
    .selectFrom('message_out')
    .innerJoin('member', 'member.id', 'message_out.receiver_id')
    .selectAll('message_out')
    .select('member.handle')
    .orderBy('message_out.created_at', 'desc')
    .limit(most)
    .execute()
  const received = await reader
    .selectFrom('message_in')
    .innerJoin('member', 'member.id', 'message_in.sender_id')
    .selectAll('message_in')
    .select('member.handle')
    .orderBy('message_in.received_at', 'desc')
    .limit(most)
    .execute()
  const all: MessageEntry[] = [
    ...sent.map(({ id, receiver_id, handle, kind, state, created_at, attempts, failure }) => ({
      direction: 'out' as const,
      id,
      memberId: receiver_id,
      handle,
      kind,
      state,
      at: created_at,
      attempts,
      failure,
    })),
    ...received.map(({ id, sender_id, handle, kind, received_at }) => ({
      direction: 'in' as const,
      id,
      memberId: sender_id,
      handle,
      kind,
      state: 'received' as const,
      at: received_at,
      attempts: 0,
      failure: null,
    })),
  ]
  return all.toSorted((left, right) => right.at - left.at).slice(0, most)
}

/** The id that a hosted member's messages are sent under; null while it has no log. */
export function speakerOf(members: readonly { readonly id: string }[]): MemberId | null {
  for (const { id } of members) {
    const memberId = MemberId.safeParse(id)
    if (memberId.success) return memberId.data
  }
  return null
}
