import type { Writer } from '../../database/index.ts'
import { failure, Refusal } from '../../kernel/failure.ts'
import type { Erasure } from '../queries/redactions.ts'
import { freezeLog } from './freeze.ts'

/**
 * This node writes the log of a member no more: from here on it is a copy that ends where it was signed last, and so are those before it.
 * Throws a {@link Refusal}: `recordsWait` while something is not signed, `logFrozen`.
 */
export async function giveUpLog(tx: Writer, memberId: string): Promise<void> {
  const log = await newestLog(tx, memberId, 'own')
  const queued = await tx
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (queued || log.size !== log.signed_size) throw new Refusal(failure('recordsWait'))
  await tx.updateTable('log').set({ role: 'held' }).where('member_id', '=', memberId).execute()
  await freezeLog(tx, log.origin, 'moved')
}

/**
 * This node writes the log of a member from here on, whose copy it has whole, with those that ended before it. It is signed when known followers
 * have confirmed it, as after any start. Throws a {@link Refusal} `logFrozen`.
 */
export async function takeUpLog(tx: Writer, memberId: string): Promise<string> {
  const { origin } = await newestLog(tx, memberId, 'held')
  await tx.updateTable('log').set({ role: 'own' }).where('member_id', '=', memberId).execute()
  return origin
}

/** Why entries were erased where the member was before: they came without their bytes, and it is said here now. */
export async function keepErasures(
  tx: Writer,
  memberId: string,
  erasures: readonly Erasure[],
): Promise<void> {
  for (const { origin, position, reason, time } of erasures)
    await tx
      .updateTable('redaction')
      .set({ reason, time })
      .where('origin', '=', origin)
      .where('position', '=', position)
      .where('reason', '=', '')
      .where('origin', 'in', (of) => of.selectFrom('log').select('origin').where('member_id', '=', memberId))
      .execute()
}

/** A copy that stood still because its log moved away goes on, wherever the log is written now. */
export async function followMovedLog(tx: Writer, memberId: string): Promise<void> {
  await tx
    .updateTable('log')
    .set({ frozen: null })
    .where('member_id', '=', memberId)
    .where('role', '=', 'held')
    .where('frozen', '=', 'moved')
    .execute()
}

async function newestLog(tx: Writer, memberId: string, role: 'own' | 'held') {
  const log = await tx
    .selectFrom('log')
    .select(['origin', 'size', 'signed_size', 'frozen'])
    .where('member_id', '=', memberId)
    .where('role', '=', role)
    .orderBy('number', 'desc')
    .executeTakeFirst()
  if (!log) throw new Refusal(failure('memberNotFound'))
  if (log.frozen !== null) throw new Refusal(failure('logFrozen', { origin: log.origin }))
  return log
}
