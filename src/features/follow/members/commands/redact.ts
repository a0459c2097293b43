import type { Database } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import type { Origin } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { Logs } from '../../../../log/index.ts'
import { foldedLogs, refoldMember } from '../projection.ts'

/** Which entry is to be erased, and why: its page and its files say so. */
export interface RedactionRequest {
  readonly origin: Origin
  readonly position: number
  readonly reason: string
}

/**
 * Erases the bytes of an entry from this node, with all that was made of them. Its hash stays. Resolves when nothing of it is on
 * the disk; asked again, it finishes what was interrupted. Refused with `pageNotFound` where the log is not here, and as
 * `Logs.redact` refuses.
 */
export async function redact(
  { database, logs }: { readonly database: Database; readonly logs: Logs },
  { origin, position, reason }: RedactionRequest,
): Promise<Result<{ readonly leafHash: string }>> {
  const log = await logs.find(origin)
  if (!log) return fail(failure('pageNotFound'))
  const entry = await logs.entry(origin, position)
  const redacted = await logs.redact(log, position, reason)
  if (!redacted.ok) return redacted
  const isFolded = (await foldedLogs(database.read)).some(({ member_id }) => member_id === log.member_id)
  if (isFolded)
    await database.write(async (tx) => {
      if (entry?.type === 'member-profile/1')
        await tx
          .updateTable('member')
          .set((is) => ({ display_name: is.ref('handle'), colour: null }))
          .where('id', '=', log.member_id)
          .where('hosted', '=', 0)
          .execute()
      await refoldMember(tx, logs, log)
    })
  // If we stop here, the bytes may be left in free pages of the database: the same command goes on.
  await database.scrub()
  return succeed({ leafHash: entry?.leafHash ?? '' })
}
