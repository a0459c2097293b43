import type { ExpressionBuilder } from 'kysely'
import { z } from 'zod'

import { type Reader, type Tables, type Writer, writeSetting } from '../../../database/index.ts'
import { MemberId, RepositoryKind } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { dayOf, USUAL_QUOTA } from './rules.ts'
import type { Follow, Quota, Stated } from './types.ts'

const Filter = z.object({
  kinds: z.array(RepositoryKind),
  licences: z.array(z.string()),
  maxFile: z.number().nullable(),
  budget: z.number().nullable(),
})
const QuotaRow = z.object({
  entries: z.number(),
  records: z.number(),
  objects: z.number(),
  content: z.number(),
})

const StatedValue = z.object({ url: z.string(), failure: z.string().nullable() })

/** Names the setting that holds the address which a followed member's log has stated and which has not answered yet. */
export function statedOf(memberId: string): string {
  return `moved.${memberId}`
}

/** Forgets an address that was stated. */
export async function forgetStated(tx: Writer, memberId: string): Promise<void> {
  await writeSetting(tx, statedOf(memberId), null)
}

async function statedAddresses(reader: Reader): Promise<ReadonlyMap<string, Stated>> {
  const rows = await reader.selectFrom('setting').selectAll().where('name', 'like', 'moved.%').execute()
  return new Map(rows.map(({ name, value }) => [name, StatedValue.parse(JSON.parse(value))]))
}

/** Every followed member, by name. */
export async function listFollows(reader: Reader): Promise<readonly Follow[]> {
  const rows = await reader
    .selectFrom('follow')
    .innerJoin('member', 'member.id', 'follow.member_id')
    .innerJoin('log', 'log.member_id', 'follow.member_id')
    .selectAll('follow')
    .select(['member.handle', 'member.display_name', 'log.signed_size', 'log.size', 'log.frozen'])
    .where((is) => is.not(is.exists(laterLog(is))))
    .orderBy('member.handle')
    .orderBy('follow.member_id')
    .execute()
  const stated = await statedAddresses(reader)
  return rows.map((row) => ({
    memberId: MemberId.parse(row.member_id),
    handle: row.handle,
    name: row.display_name,
    url: row.url,
    stated: stated.get(statedOf(row.member_id)) ?? null,
    content: row.content,
    filter: row.filter === null ? null : Filter.parse(JSON.parse(row.filter)),
    quota: row.quota === null ? USUAL_QUOTA : QuotaRow.parse(JSON.parse(row.quota)),
    backlog: row.backlog,
    trust: row.trust,
    allowPrivate: row.allow_private === 1,
    since: row.since,
    size: row.signed_size,
    verified: row.size,
    checkedAt: row.checked_at,
    failure: row.failure,
    failedAt: row.failed_at,
    frozen: row.frozen,
  }))
}

/** Another log of the same member with a higher number: the one in hand has been continued. */
export function laterLog(is: ExpressionBuilder<Tables, 'log'>) {
  return is
    .selectFrom('log as later')
    .select('later.origin')
    .whereRef('later.member_id', '=', 'log.member_id')
    .whereRef('later.number', '>', 'log.number')
}

/** A followed member by its handle or its id; null where none is, or where two have the handle. */
export async function findFollow(reader: Reader, name: string): Promise<Follow | null> {
  const named = (await listFollows(reader)).filter(
    ({ memberId, handle }) => name === memberId || name === handle,
  )
  return named.length === 1 ? (named[0] ?? null) : null
}

const NOTHING: Quota = { entries: 0, records: 0, objects: 0, content: 0 }

/** What following a member has brought today. */
export async function usageOf(reader: Reader, memberId: string, now: Millis): Promise<Quota> {
  const row = await reader
    .selectFrom('follow_usage')
    .selectAll()
    .where('member_id', '=', memberId)
    .where('day', '=', dayOf(now))
    .executeTakeFirst()
  if (!row) return NOTHING
  const { entries, record_bytes: records, object_bytes: objects, content_bytes: content } = row
  return { entries, records, objects, content }
}

/** Adds to what following a member has brought today. */
export async function addUsage(
  tx: Writer,
  memberId: string,
  now: Millis,
  more: Partial<Quota>,
): Promise<void> {
  const before = await usageOf(tx, memberId, now)
  const total = (kind: keyof Quota) => before[kind] + (more[kind] ?? 0)
  const row = {
    day: dayOf(now),
    entries: total('entries'),
    record_bytes: total('records'),
    object_bytes: total('objects'),
    content_bytes: total('content'),
  }
  await tx
    .insertInto('follow_usage')
    .values({ member_id: memberId, ...row })
    .onConflict((same) => same.column('member_id').doUpdateSet(row))
    .execute()
}

/** Bytes of a member's large files that are held here, each counted once. */
export async function heldBytesOf(reader: Reader, memberId: string): Promise<number> {
  const files = await reader
    .selectFrom('repository')
    .innerJoin('repository_file', 'repository_file.repository_id', 'repository.id')
    .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
    .select(['file.sha256', 'file.size'])
    .distinct()
    .where('repository.member_id', '=', memberId)
    .execute()
  return files.reduce((total, { size }) => total + size, 0)
}
