import type { Reader } from '../../database/index.ts'
import type { Usage } from '../types.ts'

/** See `Content.usage`. Reads every row of files and xorbs, not their long columns. */
export async function usage(reader: Reader): Promise<Usage> {
  const files = await reader
    .selectFrom((from) => from.selectFrom('file').select(['sha256', 'size']).distinct().as('distinct_file'))
    .select((is) => [
      is.fn.countAll<number>().as('count'),
      is.fn.coalesce(is.fn.sum<number>('size'), is.lit(0)).as('bytes'),
    ])
    .executeTakeFirstOrThrow()
  const xorbs = await reader
    .selectFrom('xorb')
    .select((is) => [
      is.fn.countAll<number>().as('count'),
      is.fn.coalesce(is.fn.sum<number>('stored_bytes'), is.lit(0)).as('bytes'),
    ])
    .executeTakeFirstOrThrow()
  return {
    rawBytes: files.bytes,
    storedBytes: xorbs.bytes,
    xorbCount: xorbs.count,
    fileCount: files.count,
    rawBytesByRepository: await rawBytesByRepository(reader),
  }
}

async function rawBytesByRepository(reader: Reader): Promise<ReadonlyMap<string, number>> {
  const rows = await reader
    .selectFrom((from) =>
      from
        .selectFrom('repository_file')
        .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
        .select(['repository_file.repository_id', 'file.sha256', 'file.size'])
        .distinct()
        .as('held'),
    )
    .select((is) => ['held.repository_id', is.fn.sum<number>('held.size').as('bytes')])
    .groupBy('held.repository_id')
    .execute()
  return new Map(rows.map((row) => [row.repository_id, row.bytes]))
}

/** See `Content.usedBy`. */
export async function usedBy(reader: Reader, repositoryId: string): Promise<number> {
  const row = await reader
    .selectFrom((from) =>
      from
        .selectFrom('repository_file')
        .innerJoin('file', 'file.xet_hash', 'repository_file.xet_hash')
        .select(['file.sha256', 'file.size'])
        .where('repository_file.repository_id', '=', repositoryId)
        .distinct()
        .as('held'),
    )
    .select((is) => is.fn.coalesce(is.fn.sum<number>('held.size'), is.lit(0)).as('bytes'))
    .executeTakeFirstOrThrow()
  return row.bytes
}
