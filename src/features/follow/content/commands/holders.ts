import type { Writer } from '../../../../database/index.ts'
import type { MemberId, Sha256 } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'

/** A large file of a copy that stands here. */
export interface CopiedFile {
  readonly repositoryId: string
  readonly sha256: Sha256
}

/** Of so many members it is remembered that they hold a file: those that showed it last. */
const MOST_HOLDERS = 16

/** Members sent pieces of a file, and the pieces were right. */
export async function noteHolders(
  tx: Writer,
  { repositoryId: repository_id, sha256 }: CopiedFile,
  members: readonly MemberId[],
  verified_at: Millis,
): Promise<void> {
  if (!(await isStanding(tx, repository_id))) return // it was withdrawn meanwhile
  for (const member_id of members)
    await tx
      .insertInto('file_holder')
      .values({ repository_id, sha256, member_id, verified_at })
      .onConflict((same) =>
        same.columns(['repository_id', 'sha256', 'member_id']).doUpdateSet({ verified_at }),
      )
      .execute()
  const known = await tx
    .selectFrom('file_holder')
    .select('member_id')
    .where('repository_id', '=', repository_id)
    .where('sha256', '=', sha256)
    .orderBy('verified_at', 'desc')
    .orderBy('member_id')
    .execute()
  const forgotten = known.slice(MOST_HOLDERS).map((row) => row.member_id)
  if (forgotten.length > 0)
    await tx
      .deleteFrom('file_holder')
      .where('repository_id', '=', repository_id)
      .where('sha256', '=', sha256)
      .where('member_id', 'in', forgotten)
      .execute()
}

async function isStanding(tx: Writer, repositoryId: string): Promise<boolean> {
  const row = await tx.selectFrom('repository').select('id').where('id', '=', repositoryId).executeTakeFirst()
  return row !== undefined
}

/** It turned out that a member does not hold a file, or any of a repository, as it should be. */
export async function dropHolder(
  tx: Writer,
  { repositoryId, sha256 }: { readonly repositoryId: string; readonly sha256?: Sha256 },
  memberId: MemberId,
): Promise<void> {
  const ofRepository = tx
    .deleteFrom('file_holder')
    .where('repository_id', '=', repositoryId)
    .where('member_id', '=', memberId)
  await (sha256 === undefined ? ofRepository : ofRepository.where('sha256', '=', sha256)).execute()
}
