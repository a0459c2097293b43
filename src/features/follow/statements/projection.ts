import type { ProjectedTable, Writer } from '../../../database/index.ts'
import { momentOf } from '../../../kernel/time.ts'
import { leafHash, type NewEntry } from '../../../log/index.ts'
import type { PublicRecord, RecordLeaf } from '../../../records/index.ts'
import { KEPT_TYPES, type KeptType, type RecordOf } from './types.ts'

const KEPT: ReadonlySet<string> = new Set(KEPT_TYPES)

export function isKept(record: PublicRecord): record is RecordOf<KeptType> {
  return KEPT.has(record.type)
}

/**
 * Keeps what a member says as it was said. What it comes to is computed from the set of statements alone: so neither the order
 * in which logs are read nor their number at once makes a difference. A copy of another member's words is not kept.
 */
export async function foldStatement(
  tx: Writer,
  memberId: string,
  { origin, position, leaf, record, text }: RecordLeaf & NewEntry,
): Promise<void> {
  if (!isKept(record) || !isOwn(record, memberId)) return
  const row = {
    origin,
    position,
    leaf_hash: Uint8Array.from(leafHash(leaf)).toHex(),
    member_id: memberId,
    type: record.type,
    time: momentOf(record.time),
    json: text,
  }
  await tx.insertInto('statement').values(row).execute()
}

/** What names another member as who states it is a copy of that member's words. */
function isOwn({ body }: RecordOf<KeptType>, memberId: string): boolean {
  return !('member' in body) || body.member === memberId
}

/** Forgets what a member said, to be folded again. */
export async function dropStatements(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('statement').where('member_id', '=', memberId).execute()
}

export const STATEMENT_TABLE: ProjectedTable = {
  name: 'statement',
  async *rows(reader) {
    yield* await reader.selectFrom('statement').selectAll().execute()
  },
}
