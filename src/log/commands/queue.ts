import type { Writer } from '../../database/index.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { momentOf } from '../../kernel/time.ts'
import { type PublicRecord, writeLeaf } from '../../records/index.ts'

/**
 * Says something in a hosted member's name, in the transaction that makes it true. It enters the member's log after
 * that transaction, in the order in which it was queued. Throws when it is not what its type says: that is a bug.
 */
export async function queueRecord(tx: Writer, memberId: string, record: PublicRecord): Promise<void> {
  const json = fromUtf8(writeLeaf(record)).trimEnd()
  const row = { member_id: memberId, type: record.type, json, created_at: momentOf(record.time) }
  await tx.insertInto('outgoing_record').values(row).execute()
}
