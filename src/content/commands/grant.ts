import type { Writer } from '../../database/index.ts'
import type { Sha256 } from '../../kernel/names.ts'
import { erasureIn } from '../queries/erasures.ts'
import { decodeTerms } from '../xet/index.ts'
import { shareXorbs } from './register.ts'

/** See `Content.grant`. */
export async function grant(
  tx: Writer,
  fromRepositoryId: string,
  toRepositoryId: string,
  sha256: Sha256,
): Promise<boolean> {
  if (await erasureIn(tx, toRepositoryId, sha256)) return false
  const files = await tx
    .selectFrom('repository_file')
    .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
    .select(['file.xet_hash', 'file.terms'])
    .where('repository_file.repository_id', '=', fromRepositoryId)
    .where('repository_file.sha256', '=', sha256)
    .execute()
  for (const { xet_hash, terms } of files) {
    await tx
      .insertInto('repository_file')
      .values({ repository_id: toRepositoryId, sha256, xet_hash })
      .onConflict((row) => row.doNothing())
      .execute()
    await shareXorbs(tx, toRepositoryId, [...new Set(decodeTerms(terms).map((term) => term.xorb))])
  }
  return files.length > 0
}
