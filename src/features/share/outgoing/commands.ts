import type { Writer } from '../../../database/index.ts'
import { canonicalJson } from '../../../kernel/canonical-json.ts'
import { isoTime, type Millis } from '../../../kernel/time.ts'
import { PublicRecord } from '../../../records/index.ts'
import type { Repository } from '../types.ts'

/**
 * Queues "this ref now points there" for the log, in the transaction that moves the ref.
 * A private repository leaves no trace.
 */
export async function queueRevision(
  tx: Writer,
  repository: Repository,
  moved: { readonly ref: string; readonly commit: string | null; readonly at: Millis },
): Promise<void> {
  if (repository.visibility === 'private') return
  const { fullName, kind } = repository
  const body = { repository: fullName, kind, ref: moved.ref, ...(moved.commit && { commit: moved.commit }) }
  await queue(
    tx,
    repository.memberId,
    { type: 'repository-revision/1', time: isoTime(moved.at), body },
    moved.at,
  )
}

/** Queues "no longer offered" for a repository that was public. */
export async function queueWithdrawal(
  tx: Writer,
  repository: Repository,
  at: Millis,
  movedTo?: string,
): Promise<void> {
  if (repository.visibility === 'private') return
  const body = { repository: repository.fullName, kind: repository.kind, ...(movedTo && { movedTo }) }
  await queue(tx, repository.memberId, { type: 'repository-withdrawal/1', time: isoTime(at), body }, at)
}

async function queue(tx: Writer, memberId: string, statement: unknown, at: Millis): Promise<void> {
  const record = PublicRecord.parse(statement)
  const row = { member_id: memberId, type: record.type, json: canonicalJson(record), created_at: at }
  await tx.insertInto('outgoing_record').values(row).execute()
}
