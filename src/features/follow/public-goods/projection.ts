import type { Writer } from '../../../database/index.ts'
import { type RepositoryId, repositoryKey } from '../../../kernel/names.ts'
import { momentOf } from '../../../kernel/time.ts'
import type { PublicGood as PublicGoodRecord } from '../../../records/index.ts'

interface Named {
  readonly repository: RepositoryId
  readonly kind: 'model' | 'dataset'
}

/** What a member promises of a repository of its own; the newest promise stands. */
export async function foldPublicGood(
  tx: Writer,
  memberId: string,
  position: number,
  { time, body }: PublicGoodRecord,
): Promise<void> {
  const { repository, kind, ...terms } = body
  await dropPublicGood(tx, memberId, body)
  const row = { member_id: memberId, kind, key: repositoryKey(repository), repository, ...terms }
  await tx
    .insertInto('public_good')
    .values({ ...row, position, time: momentOf(time) })
    .execute()
}

/** What is no longer offered is no longer promised. */
export async function dropPublicGood(
  tx: Writer,
  memberId: string,
  { repository, kind }: Named,
): Promise<void> {
  await tx
    .deleteFrom('public_good')
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(repository))
    .execute()
}
