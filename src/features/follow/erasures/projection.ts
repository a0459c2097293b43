import type { ProjectedTable, Writer } from '../../../database/index.ts'
import { momentOf } from '../../../kernel/time.ts'
import type { NewEntry } from '../../../log/index.ts'
import type { AttachmentTombstone } from '../../../records/index.ts'
import { forbidFile } from '../../share/index.ts'

/**
 * From now on no repository of the member gives the file out here: in the transaction in which its log says so. What was once
 * erased stays erased, whatever becomes of the record.
 */
export async function foldTombstone(
  tx: Writer,
  memberId: string,
  { origin, position }: Omit<NewEntry, 'leaf'>,
  { time, body }: AttachmentTombstone,
): Promise<void> {
  const said = { sha256: body.sha256, size: body.size, reason: body.reason, time: momentOf(time) }
  await tx
    .insertInto('tombstone')
    .values({ ...said, member_id: memberId, origin, position })
    .onConflict((first) => first.doNothing())
    .execute()
  await forbidFile(tx, { ...said, scope: memberId })
}

/** Forgets what a member said that it erased, to be folded again. */
export async function dropTombstones(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('tombstone').where('member_id', '=', memberId).execute()
}

export const TOMBSTONE_TABLE: ProjectedTable = {
  name: 'tombstone',
  async *rows(reader) {
    yield* await reader.selectFrom('tombstone').selectAll().execute()
  },
}
