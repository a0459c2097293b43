import type { Database, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { openLog } from '../../../../log/index.ts'
import type { Candidate, Terms } from '../types.ts'

/**
 * Begins to follow: the member, a log with its genesis, and the terms. Throws a {@link Refusal}: `ownMember`,
 * `alreadyFollowed`.
 */
export async function beginFollow(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  candidate: Pick<Candidate, 'memberId' | 'handle' | 'name' | 'genesis'> & { readonly url: string | null },
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
    if (known) return giveAddress(tx, memberId, url, terms)
    if (!member) {
      // Followed for the first time: one that was unfollowed still has its log here.
      const row = { id: memberId, handle, display_name: name, url, created_at: clock(), hosted: 0 as const }
      await tx.insertInto('member').values(row).execute()
      await openLog(tx, { memberId, leaf: genesis, role: 'held' })
    }
    const { content, trust, allowPrivate } = terms
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
    }
    await tx.insertInto('follow').values(row).execute()
  })
}

/** A member that came by carry is asked at an address from now on. */
async function giveAddress(tx: Writer, memberId: string, url: string | null, terms: Terms): Promise<void> {
  const { content, trust, allowPrivate } = terms
  await tx
    .updateTable('follow')
    .set({ url, content, trust, allow_private: allowPrivate ? 1 : 0 })
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
  })
}
