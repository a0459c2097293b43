import type { ProjectedTable, Writer } from '../../../database/index.ts'
import { Origin } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import type { NewEntry } from '../../../log/index.ts'
import type { RecordRetraction } from '../../../records/index.ts'
import { isEarlier, isRetractable } from './rules.ts'

/**
 * Drops what an earlier record of the same member said. What stood before that record does not come back. A retraction of
 * anything else, or of a record that is not as it is named, has no effect.
 */
export async function foldRetraction(
  tx: Writer,
  memberId: string,
  { origin: by_origin, position: by_position }: Omit<NewEntry, 'leaf'>,
  { time, body }: RecordRetraction,
): Promise<void> {
  const { origin, index: position, leaf } = body.record
  if (!isEarlier({ origin, position }, { origin: Origin.parse(by_origin), position: by_position })) return
  const entry = await tx
    .selectFrom('log_entry')
    .select(['type', 'time'])
    .where('origin', '=', origin)
    .where('position', '=', position)
    .where('leaf_hash', '=', leaf)
    .where('inert', 'is', null)
    .executeTakeFirst()
  if (!entry || entry.time === null || !isRetractable(entry.type)) return
  const row = { origin, position, member_id: memberId, by_origin, by_position, reason: body.reason }
  await tx
    .insertInto('retraction')
    .values({ ...row, time: momentOf(time) })
    .onConflict((first) => first.doNothing())
    .execute()
  // Positions begin anew in each log of a member: the time tells the logs apart.
  const said = { member_id: memberId, position, time: entry.time }
  for (const table of ['announced_ref', 'public_good'] as const)
    await tx
      .deleteFrom(table)
      .where('member_id', '=', said.member_id)
      .where('position', '=', said.position)
      .where('time', '=', said.time)
      .execute()
}

/** Forgets what a member took back, to be folded again. */
export async function dropRetractions(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('retraction').where('member_id', '=', memberId).execute()
}

export const RETRACTION_TABLE: ProjectedTable = {
  name: 'retraction',
  async *rows(reader) {
    yield* await reader.selectFrom('retraction').selectAll().execute()
  },
}
