import { COPIES } from '../../../content/index.ts'
import type { Reader } from '../../../database/index.ts'
import { Sha256 } from '../../../kernel/names.ts'
import { RetractionReason } from '../../../records/index.ts'
import type { ErasedFile } from './types.ts'

/** Every file that was erased here or that a followed member erased, the newest first. */
export async function listErased(reader: Reader): Promise<readonly ErasedFile[]> {
  const rows = await erased(reader).orderBy('erasure.time', 'desc').orderBy('erasure.sha256').execute()
  return rows.map(erasedFile)
}

/** Why a repository of a member does not give out a file; null where it may. */
export async function findErased(
  reader: Reader,
  { memberId, isCopy }: { readonly memberId: string; readonly isCopy: boolean },
  sha256: Sha256,
): Promise<ErasedFile | null> {
  const row = await erased(reader)
    .where('erasure.sha256', '=', sha256)
    .where('erasure.scope', 'in', isCopy ? [memberId, COPIES] : [memberId])
    .orderBy('erasure.scope', 'desc') // the member's own word first
    .executeTakeFirst()
  return row ? erasedFile(row) : null
}

function erased(reader: Reader) {
  return reader
    .selectFrom('erasure')
    .leftJoin('member', 'member.id', 'erasure.scope')
    .leftJoin('tombstone', (join) =>
      join
        .onRef('tombstone.member_id', '=', 'erasure.scope')
        .onRef('tombstone.sha256', '=', 'erasure.sha256'),
    )
    .select(['erasure.sha256', 'erasure.size', 'erasure.reason', 'erasure.time'])
    .select(['member.handle', 'member.hosted', 'tombstone.origin', 'tombstone.position'])
    .select(['tombstone.reason as said_reason', 'tombstone.time as said_time'])
}

function erasedFile(row: Awaited<ReturnType<ReturnType<typeof erased>['execute']>>[number]): ErasedFile {
  const { handle, hosted, origin, position, said_reason, said_time } = row
  const isSaid = origin !== null && position !== null && said_reason !== null && said_time !== null
  return {
    sha256: Sha256.parse(row.sha256),
    size: row.size,
    reason: RetractionReason.parse(row.reason),
    time: row.time,
    member: handle === null ? null : { handle, isHosted: hosted === 1 },
    tombstone: isSaid
      ? { origin, position, reason: RetractionReason.parse(said_reason), time: said_time }
      : null,
  }
}
