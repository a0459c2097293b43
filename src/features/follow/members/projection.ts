import type { Writer } from '../../../database/index.ts'
import { repositoryKey } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import type { NewEntry } from '../../../log/index.ts'
import { type PublicRecord, readLeaf } from '../../../records/index.ts'
import { isOfMember } from '../../accounts/index.ts'

/**
 * Makes a member's entries count, in order, in the transaction in which its log grows by them: of a followed member as of
 * one hosted here. Live and rebuild run this. What a member says of names that are not its own counts for nothing.
 */
export async function project(tx: Writer, memberId: string, entries: readonly NewEntry[]): Promise<void> {
  for (const { position, leaf } of entries) {
    const read = readLeaf(leaf)
    if (read.kind === 'record') await fold(tx, memberId, position, read.record)
  }
  const last = entries.at(-1)
  if (last)
    await tx
      .updateTable('follow')
      .set({ applied: last.position + 1 })
      .where('member_id', '=', memberId)
      .execute()
}

async function fold(tx: Writer, memberId: string, position: number, record: PublicRecord): Promise<void> {
  switch (record.type) {
    case 'member-profile/1':
      return foldProfile(tx, memberId, record.body)
    case 'member-endpoints/1':
      return foldEndpoints(tx, memberId, record.body.urls)
    case 'repository-revision/1':
      return foldRevision(tx, memberId, position, record)
    case 'repository-withdrawal/1':
      return foldWithdrawal(tx, memberId, record.body)
    // These have no table of their own: they are read in the log.
    case 'member-genesis/1':
    case 'member-keys/1':
    case 'log-succession/1':
    case 'log-observed/1':
    case 'log-fork/1':
    case 'public-good/1':
    case 'record-retraction/1':
    case 'attachment-tombstone/1':
    case 'association-charter/1':
    case 'association-sign/1':
    case 'association-roster/1':
    case 'association-endorse/1':
    case 'association-abandon/1':
    case 'association-leave/1':
      return
  }
}

async function foldProfile(
  tx: Writer,
  memberId: string,
  { handle, name }: { readonly handle: string; readonly name: string },
): Promise<void> {
  await tx
    .updateTable('member')
    .set({ handle, display_name: name })
    .where('id', '=', memberId)
    .where('hosted', '=', 0)
    .execute()
}

async function foldEndpoints(tx: Writer, memberId: string, [url]: readonly string[]): Promise<void> {
  if (url === undefined) return
  await tx.updateTable('member').set({ url }).where('id', '=', memberId).where('hosted', '=', 0).execute()
}

async function foldRevision(
  tx: Writer,
  memberId: string,
  position: number,
  { time, body }: Extract<PublicRecord, { type: 'repository-revision/1' }>,
): Promise<void> {
  const { repository, kind, ref, commit, manifest } = body
  if (!(await isOwn(tx, memberId, repository))) return
  const place = { member_id: memberId, kind, key: repositoryKey(repository), ref }
  await tx
    .deleteFrom('announced_ref')
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', place.key)
    .where('ref', '=', ref)
    .execute()
  if (commit === undefined) return
  const row = {
    ...place,
    repository,
    commit_oid: commit,
    manifest_sha256: manifest?.sha256 ?? null,
    position,
    time: momentOf(time),
  }
  await tx.insertInto('announced_ref').values(row).execute()
}

async function foldWithdrawal(
  tx: Writer,
  memberId: string,
  { repository, kind }: { readonly repository: string; readonly kind: 'model' | 'dataset' },
): Promise<void> {
  await tx
    .deleteFrom('announced_ref')
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(repository))
    .execute()
}

/** A member speaks for its own namespaces alone. */
async function isOwn(tx: Writer, memberId: string, repository: string): Promise<boolean> {
  const member = await tx.selectFrom('member').select('handle').where('id', '=', memberId).executeTakeFirst()
  const [namespace = ''] = repository.split('/')
  return member !== undefined && isOfMember(member.handle, namespace)
}
