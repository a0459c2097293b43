import type { Writer } from '../../database/index.ts'
import { XetHash } from '../../kernel/names.ts'
import { repositoriesIn } from '../queries/erasures.ts'
import type { Erasure } from '../types.ts'
import { decodeTerms } from '../xet/index.ts'

/** See `Content.forbid`. */
export async function forbid(tx: Writer, erasure: Erasure): Promise<void> {
  const { scope, sha256 } = erasure
  await tx
    .insertInto('erasure')
    .values(erasure)
    .onConflict((first) => first.doNothing())
    .execute()
  const losing = await tx
    .selectFrom('repository_file')
    .select('repository_id')
    .distinct()
    .where('sha256', '=', sha256)
    .where('repository_id', 'in', repositoriesIn(tx, scope))
    .execute()
  for (const { repository_id } of losing) await takeRight(tx, repository_id, sha256)
  await tx
    .deleteFrom('multipart_upload')
    .where('sha256', '=', sha256)
    .where('repository_id', 'in', repositoriesIn(tx, scope))
    .execute()
}

/** The repository tells nobody any more of xorbs that no other file of it uses. */
async function takeRight(tx: Writer, repositoryId: string, sha256: string): Promise<void> {
  await tx
    .deleteFrom('repository_file')
    .where('repository_id', '=', repositoryId)
    .where('sha256', '=', sha256)
    .execute()
  const rows = await tx
    .selectFrom('repository_file')
    .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
    .select('file.terms')
    .where('repository_id', '=', repositoryId)
    .execute()
  const used = new Set(rows.flatMap(({ terms }) => decodeTerms(terms).map(({ xorb }) => xorb)))
  const listed = await tx
    .selectFrom('repository_xorb')
    .select('xorb_hash')
    .where('repository_id', '=', repositoryId)
    .execute()
  for (const { xorb_hash } of listed) {
    if (used.has(XetHash.parse(xorb_hash))) continue
    await tx
      .deleteFrom('repository_xorb')
      .where('repository_id', '=', repositoryId)
      .where('xorb_hash', '=', xorb_hash)
      .execute()
  }
}
