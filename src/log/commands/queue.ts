import type { Writer } from '../../database/index.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { type Failure, failure, Refusal } from '../../kernel/failure.ts'
import { momentOf } from '../../kernel/time.ts'
import { findPersonalData, type PublicRecord, writeLeaf } from '../../records/index.ts'

/**
 * Says something in a hosted member's name, in the transaction that makes it true. It enters the member's log after
 * that transaction, in the order in which it was queued. Throws a {@link Refusal} `personalData`, so that the change is not
 * made either; and when it is not what its type says, which is a bug.
 */
export async function queueRecord(tx: Writer, memberId: string, record: PublicRecord): Promise<void> {
  const refused = refusalToSay(record)
  if (refused) throw new Refusal(refused)
  await queueLeaf(tx, memberId, record, writeLeaf(record))
}

/** The same for a leaf that carries signatures of other keys than the log's. */
export async function queueLeaf(
  tx: Writer,
  memberId: string,
  record: PublicRecord,
  leaf: Uint8Array,
): Promise<void> {
  const json = fromUtf8(leaf).slice(0, -1) // the log puts the last line feed back
  const row = { member_id: memberId, type: record.type, json, created_at: momentOf(record.time) }
  await tx.insertInto('outgoing_record').values(row).execute()
}

/** What stands in a log cannot be taken out again, and this is the last moment to look: `personalData`, or null. */
export function refusalToSay(record: PublicRecord): Failure | null {
  const [found] = findPersonalData(record)
  return found ? failure('personalData', { ...found }, `body.${found.field}`) : null
}
