import type { Reader } from '../../../database/index.ts'
import { RetractionReason } from '../../../records/index.ts'
import type { Retraction } from './types.ts'

/** What of the entries in `[start, end)` of a log was taken back, by position. */
export async function retractionsIn(
  reader: Reader,
  origin: string,
  start: number,
  end: number,
): Promise<ReadonlyMap<number, Retraction>> {
  const rows = await reader
    .selectFrom('retraction')
    .selectAll()
    .where('origin', '=', origin)
    .where('position', '>=', start)
    .where('position', '<', end)
    .execute()
  return new Map(
    rows.map(({ position, by_origin, by_position, reason, time }) => [
      position,
      { origin: by_origin, position: by_position, reason: RetractionReason.parse(reason), time },
    ]),
  )
}
