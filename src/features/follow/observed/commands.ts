import type { Database, Writer } from '../../../database/index.ts'
import { MemberId } from '../../../kernel/names.ts'
import { type Clock, isoTime, type Millis } from '../../../kernel/time.ts'
import { queueRecord } from '../../../log/index.ts'
import { LogObserved } from '../../../records/index.ts'
import { hostedMembers } from '../../accounts/index.ts'
import { type Head, inRecords, isDue } from './rules.ts'

export interface ObservedDeps {
  readonly database: Database
  readonly clock: Clock
}

/**
 * States in the name of each member hosted here how far the followed logs were verified, once a day and only for those that have
 * grown by more than such statements: else two members would state without end what each of them stated. Called as often as
 * one likes.
 */
export async function stateObserved({ database, clock }: ObservedDeps): Promise<void> {
  const now = clock()
  for (const { id } of await hostedMembers(database.read)) {
    const isMember = MemberId.safeParse(id).success
    if (!isMember || !isDue(now, await lastTime(database.read, id))) continue
    await database.write((tx) => state(tx, id, now))
  }
}

/** When this member stated last what it saw, or began to see anything; never, when it follows nobody. */
async function lastTime(reader: Database['read'], memberId: string): Promise<Millis> {
  const stated = await reader
    .selectFrom('observed_head')
    .select((is) => is.fn.max('stated_at').as('at'))
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  const began = await reader
    .selectFrom('follow')
    .select((is) => is.fn.min('since').as('at'))
    .executeTakeFirst()
  return stated?.at ?? began?.at ?? Infinity
}

async function state(tx: Writer, memberId: string, now: Millis): Promise<void> {
  const heads = await grownHeads(tx, memberId)
  for (const { origin, size } of heads) {
    const row = { member_id: memberId, origin, size, stated_at: now }
    await tx
      .insertInto('observed_head')
      .values(row)
      .onConflict((same) => same.columns(['member_id', 'origin']).doUpdateSet(row))
      .execute()
  }
  for (const some of inRecords(heads)) {
    const record = { type: 'log-observed/1', time: isoTime(now), body: { heads: some } }
    await queueRecord(tx, memberId, LogObserved.parse(record))
  }
}

/** Followed logs, verified and sound, that say more than what this member has stated, beside what they saw themselves. */
async function grownHeads(tx: Writer, memberId: string): Promise<readonly Head[]> {
  const rows = await tx
    .selectFrom('follow')
    .innerJoin('log', 'log.member_id', 'follow.member_id')
    .leftJoin('observed_head', (join) =>
      join.onRef('observed_head.origin', '=', 'log.origin').on('observed_head.member_id', '=', memberId),
    )
    .select(['log.origin', 'log.signed_size', 'log.root'])
    .where('log.role', '=', 'held')
    .where('log.frozen', 'is', null)
    .where('log.checkpoint', 'is not', null)
    .whereRef('log.size', '=', 'log.signed_size')
    .where((is) =>
      is.exists(
        is
          .selectFrom('log_entry')
          .select('log_entry.position')
          .whereRef('log_entry.origin', '=', 'log.origin')
          .where('log_entry.position', '>=', is.fn.coalesce('observed_head.size', is.lit(0)))
          .where((entry) =>
            entry.or([entry('log_entry.type', 'is', null), entry('log_entry.type', '!=', 'log-observed/1')]),
          ),
      ),
    )
    .orderBy('log.origin')
    .execute()
  return rows.map(({ origin, signed_size: size, root }) => ({
    origin,
    size,
    root: Uint8Array.fromHex(root).toBase64(),
  }))
}
