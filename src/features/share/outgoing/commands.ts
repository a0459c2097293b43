import type { Writer } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { type GitOid, Sha256 } from '../../../kernel/names.ts'
import { isoTime, type Millis } from '../../../kernel/time.ts'
import { queueRecord } from '../../../log/index.ts'
import { type AttachmentTombstone, PublicRecord, RetractionReason } from '../../../records/index.ts'
import { isOfMember } from '../../accounts/index.ts'
import { repositoriesNaming } from '../erasures/index.ts'
import { nameManifest } from '../manifests/index.ts'
import type { RevisionQueries } from '../revisions/index.ts'
import type { Repository } from '../types.ts'

/**
 * Says "this ref now points there" in the transaction that moves the ref. A private repository leaves no trace, and what
 * is in a namespace of this node alone stays here.
 */
export async function queueRevision(
  tx: Writer,
  queries: RevisionQueries,
  repository: Repository,
  moved: { readonly ref: string; readonly commit: GitOid | null; readonly at: Millis },
): Promise<void> {
  if (!(await isSaid(tx, repository))) return
  const { fullName, kind } = repository
  const { ref, commit } = moved
  const manifest = commit && (await nameManifest(tx, queries, repository.id, commit))
  const body = { repository: fullName, kind, ref, ...(commit && { commit }), ...(manifest && { manifest }) }
  await say(tx, repository, { type: 'repository-revision/1', time: isoTime(moved.at), body })
}

/** Says "no longer offered" of a repository that was public. */
export async function queueWithdrawal(
  tx: Writer,
  repository: Repository,
  at: Millis,
  movedTo?: string,
): Promise<void> {
  if (!(await isSaid(tx, repository))) return
  const body = { repository: repository.fullName, kind: repository.kind, ...(movedTo && { movedTo }) }
  await say(tx, repository, { type: 'repository-withdrawal/1', time: isoTime(at), body })
}

/** Says which files of a repository that becomes public were erased while it was private: it names them. */
export async function queueErasures(tx: Writer, repository: Repository, at: Millis): Promise<void> {
  if (!(await isSaid(tx, repository))) return
  const rows = await tx
    .selectFrom('erasure')
    .selectAll()
    .where('scope', '=', repository.memberId)
    .orderBy('sha256')
    .execute()
  for (const { sha256, size, reason } of rows) {
    const body = { sha256: Sha256.parse(sha256), size, reason: RetractionReason.parse(reason) }
    const naming = await repositoriesNaming(tx, body.sha256)
    if (naming.some(({ repositoryId }) => repositoryId === repository.id))
      await queueTombstone(tx, repository.memberId, body, at)
  }
}

/** Says that a member erased a file, unless its log says so already or is about to. */
export async function queueTombstone(
  tx: Writer,
  memberId: string,
  body: AttachmentTombstone['body'],
  at: Millis,
): Promise<void> {
  const said = await tx
    .selectFrom('tombstone')
    .select('position')
    .where('member_id', '=', memberId)
    .where('sha256', '=', body.sha256)
    .executeTakeFirst()
  const queued = await tx
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', memberId)
    .where('type', '=', 'attachment-tombstone/1')
    .where('json', 'like', `%${body.sha256}%`)
    .executeTakeFirst()
  if (said || queued) return
  await queueRecord(tx, memberId, { type: 'attachment-tombstone/1', time: isoTime(at), body })
}

/** Throws `readOnlyCopy` where the member is not hosted here any more: it may have moved since the change was begun. */
async function isSaid(tx: Writer, repository: Repository): Promise<boolean> {
  const { visibility, memberId, namespace, fullName: name } = repository
  const member = await tx
    .selectFrom('member')
    .select(['handle', 'hosted'])
    .where('id', '=', memberId)
    .executeTakeFirst()
  if (member?.hosted !== 1)
    throw new Refusal(failure('readOnlyCopy', { name, home: member?.handle ?? memberId }))
  return visibility === 'public' && isOfMember(member.handle, namespace)
}

async function say(tx: Writer, { memberId }: Repository, statement: unknown): Promise<void> {
  await queueRecord(tx, memberId, PublicRecord.parse(statement))
}
