import type { Writer } from '../../../database/index.ts'
import type { AssociationId } from '../../../kernel/names.ts'
import { leafHash, type NewEntry } from '../../../log/index.ts'
import { associationIdOf, type PublicRecord, type RecordLeaf } from '../../../records/index.ts'
import type { AssociationRecord } from './types.ts'

/**
 * Keeps what a member says of an association as it was said. What it all comes to is computed when it is asked for, from the
 * set of statements alone: so neither the order in which logs are read nor their number at once makes a difference.
 */
export async function foldAssociation(
  tx: Writer,
  memberId: string,
  { origin, position, leaf, record, text }: RecordLeaf & NewEntry,
): Promise<void> {
  if (!isOfAssociation(record)) return
  const row = {
    origin,
    position,
    leaf_hash: Uint8Array.from(leafHash(leaf)).toHex(),
    member_id: memberId,
    association: associationOf(record, text),
    json: text,
  }
  await tx.insertInto('association_statement').values(row).execute()
}

/** Forgets what a member said, to be folded again. */
export async function dropAssociations(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('association_statement').where('member_id', '=', memberId).execute()
}

export function isOfAssociation(record: PublicRecord): record is AssociationRecord {
  return record.type.startsWith('association-')
}

/** Which association a record speaks of. A charter names it by its own bytes, with what its schema does not know. */
function associationOf(record: AssociationRecord, text: string): AssociationId {
  if (record.type !== 'association-charter/1') return record.body.association
  return associationIdOf(JSON.parse(text).body)
}
