import type { Database } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import type { Origin } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { DueRedaction, Logs } from '../../../../log/index.ts'
import { foldedLogs, refoldMember } from '../projection.ts'

/** Which entry is to be erased, and why: its page and its files say so. */
export interface RedactionRequest {
  readonly origin: Origin
  readonly position: number
  readonly reason: string
}

export interface RedactDeps {
  readonly database: Database
  readonly logs: Logs
}

/**
 * Erases the bytes of an entry from this node, with all that was made of them. Its hash stays. Resolves when nothing of it is on
 * the disk. Refused with `pageNotFound` where the log is not here, and as `Logs.redact` refuses.
 */
export async function redact(
  deps: RedactDeps,
  { origin, position, reason }: RedactionRequest,
): Promise<Result<{ readonly leafHash: string }>> {
  const log = await deps.logs.find(origin)
  if (!log) return fail(failure('pageNotFound'))
  const entry = await deps.logs.entry(origin, position)
  const redacted = await deps.logs.redact(log, position, reason)
  if (!redacted.ok) return redacted
  // If we stop here, or below, the next start goes on: what is left is written down with the decision.
  await finishRedactions(deps)
  return succeed({ leafHash: entry?.leafHash ?? '' })
}

/** Erases what is left of entries whose erasing was begun. Call before serving: it may have been interrupted. */
export async function finishRedactions({ database, logs }: RedactDeps): Promise<void> {
  const due = await logs.dueRedactions()
  if (due.length === 0) return
  for (const each of due) await finish({ database, logs }, each)
  await database.scrub()
  await logs.redactionsDone(due)
}

async function finish(
  { database, logs }: RedactDeps,
  { origin, position, type }: DueRedaction,
): Promise<void> {
  const log = await logs.find(origin)
  const reason = log && (await logs.redaction(log, position))
  if (!log || reason === null) return // the log went meanwhile, and all of it with it
  await logs.redact(log, position, reason)
  const isFolded = (await foldedLogs(database.read)).some(({ member_id }) => member_id === log.member_id)
  if (!isFolded) return
  await database.write(async (tx) => {
    if (type === 'member-profile/1')
      await tx
        .updateTable('member')
        .set((is) => ({ display_name: is.ref('handle') }))
        .where('id', '=', log.member_id)
        .where('hosted', '=', 0)
        .execute()
    await refoldMember(tx, logs, log)
  })
}
