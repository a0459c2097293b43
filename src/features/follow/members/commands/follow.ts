import { isDeepStrictEqual } from 'node:util'

import type { Database, Writer } from '../../../../database/index.ts'
import { failure, type Reason, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'
import { closeUnsigned, followMovedLog, openLog } from '../../../../log/index.ts'
import { dropMember, refoldMember } from '../projection.ts'
import { forgetStated } from '../queries.ts'
import { type ContentTerms, USUAL_QUOTA } from '../rules.ts'
import type { Candidate, Quota, Terms, Trust } from '../types.ts'
import type { SyncDeps } from './sync.ts'

/** Whom to follow: a candidate at an address, or a member that came by carry. */
type Followable = Pick<Candidate, 'memberId' | 'handle' | 'name' | 'genesis'> & {
  readonly url: string | null
  readonly size?: number
}

/**
 * Begins to follow: the member, a log with its genesis, and the terms. Throws a {@link Refusal}: `ownMember`,
 * `alreadyFollowed`.
 */
export async function beginFollow(
  { database, logs, clock }: Pick<SyncDeps, 'database' | 'logs' | 'clock'>,
  candidate: Followable,
  terms: Terms,
): Promise<void> {
  const { memberId, handle, name, url, genesis } = candidate
  await database.write(async (tx) => {
    const member = await tx
      .selectFrom('member')
      .select('hosted')
      .where('id', '=', memberId)
      .executeTakeFirst()
    if (member?.hosted === 1) throw new Refusal(failure('ownMember'))
    const known = await tx
      .selectFrom('follow')
      .select(['member_id', 'url'])
      .where('member_id', '=', memberId)
      .executeTakeFirst()
    if (known && (known.url !== null || url === null)) throw new Refusal(failure('alreadyFollowed'))
    if (known) return giveAddress({ logs }, tx, candidate, terms)
    // One that was unfollowed still has its log here; of others there is no more than the name.
    const log = await tx
      .selectFrom('log')
      .select('origin')
      .where('member_id', '=', memberId)
      .executeTakeFirst()
    const named = { id: memberId, handle, display_name: name, url, created_at: clock(), hosted: 0 as const }
    if (!member) await tx.insertInto('member').values(named).execute()
    if (!log) await openLog(tx, { memberId, leaf: genesis, role: 'held' })
    await followMovedLog(tx, memberId)
    const { content, filter = null, quota = null, trust, allowPrivate } = terms
    const applied = await tx
      .selectFrom('log')
      .select('size')
      .where('member_id', '=', memberId)
      .executeTakeFirstOrThrow()
    const row = {
      member_id: memberId,
      url,
      content,
      trust,
      allow_private: allowPrivate ? (1 as const) : (0 as const),
      since: clock(),
      applied: applied.size,
      checked_at: null,
      failure: null,
      failed_at: null,
      filter: filter && JSON.stringify(filter),
      quota: quotaText(quota),
      backlog: candidate.size ?? 0,
    }
    await tx.insertInto('follow').values(row).execute()
    // What it said while it was only witnessed, or not followed at all, counts from now on.
    if (member && trust === 'full') await refoldMember(tx, logs, { member_id: memberId })
  })
}

/** A member that came by carry is asked at an address from now on. */
async function giveAddress(
  { logs }: Pick<SyncDeps, 'logs'>,
  tx: Writer,
  { memberId, url, size = 0 }: Followable,
  terms: Terms,
): Promise<void> {
  const { content, filter = null, quota = null, trust, allowPrivate } = terms
  await trustAnew(logs, tx, memberId, trust)
  const given = {
    url,
    content,
    filter: filter && JSON.stringify(filter),
    quota: quotaText(quota),
    backlog: size,
  }
  await tx
    .updateTable('follow')
    .set({ ...given, allow_private: allowPrivate ? 1 : 0 })
    .where('member_id', '=', memberId)
    .execute()
}

/** Ends following. What was verified is kept and shown; nothing more is fetched. Throws `notFollowed`. */
export async function endFollow(database: Database, memberId: string): Promise<void> {
  await database.write(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('follow')
      .where('member_id', '=', memberId)
      .executeTakeFirst()
    if (numDeletedRows === 0n) throw new Refusal(failure('notFollowed'))
    await forgetStated(tx, memberId)
  })
}

/** Takes {@link beginFollow} back when nothing came of it: the member is not followed, and unknown unless it was known before. */
export async function undoFollow(database: Database, memberId: MemberId, isNew: boolean): Promise<void> {
  await database.write(async (tx) => {
    await tx.deleteFrom('follow').where('member_id', '=', memberId).execute()
    await forgetStated(tx, memberId)
    const hasLog = await closeUnsigned(tx, memberId)
    if (isNew && !hasLog)
      await tx.deleteFrom('member').where('id', '=', memberId).where('hosted', '=', 0).execute()
  })
}

/** What may be changed of the terms of a follow; what is left out stays. */
export interface ChangedTerms {
  readonly content?: ContentTerms
  readonly quota?: Quota
  readonly trust?: Trust
}

/** Changes the terms of a follow. Throws `notFollowed`. */
export async function changeTerms(
  { database, logs }: Pick<SyncDeps, 'database' | 'logs'>,
  memberId: string,
  { content, quota, trust }: ChangedTerms,
): Promise<void> {
  const row = {
    ...(content && {
      content: content.content,
      filter: content.filter && JSON.stringify(content.filter),
    }),
    ...(quota && { quota: quotaText(quota) }),
  }
  await database.write(async (tx) => {
    if (trust) await trustAnew(logs, tx, memberId, trust)
    if (Object.keys(row).length > 0)
      await tx.updateTable('follow').set(row).where('member_id', '=', memberId).execute()
  })
}

/**
 * From here on what a member says counts, all of it from its first entry, or none of it does. Its log, the copies that are here and
 * their bytes stay either way. Whoever applies entries asks in the same transaction which of the two holds.
 */
async function trustAnew(logs: SyncDeps['logs'], tx: Writer, memberId: string, trust: Trust): Promise<void> {
  const before = await tx
    .selectFrom('follow')
    .select('trust')
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (!before) throw new Refusal(failure('notFollowed'))
  if (before.trust === trust) return
  await tx.updateTable('follow').set({ trust }).where('member_id', '=', memberId).execute()
  if (trust === 'full') await refoldMember(tx, logs, { member_id: memberId })
  else await dropMember(tx, memberId)
}

/** The usual one is not written down: it may be another in a later version. */
function quotaText(quota: Quota | null): string | null {
  return quota === null || isDeepStrictEqual(quota, USUAL_QUOTA) ? null : JSON.stringify(quota)
}

/** Writes down that a day has brought as much of a member as it may, for the operator to see. */
export async function noteOverQuota(database: Database, memberId: string, now: Millis): Promise<void> {
  await database.write((tx) =>
    tx
      .updateTable('follow')
      .set({ failure: 'overQuota' satisfies Reason, failed_at: now })
      .where('member_id', '=', memberId)
      .execute(),
  )
}
