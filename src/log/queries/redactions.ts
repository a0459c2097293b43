import type { LogTable, Reader } from '../../database/index.ts'

/** Why the bytes of an entry are not here; null where they are. Empty where they came so. */
export async function readRedaction(
  reader: Reader,
  { origin }: Pick<LogTable, 'origin'>,
  position: number,
): Promise<string | null> {
  const [first] = await redactionsIn(reader, origin, position, position + 1)
  return first?.reason ?? null
}

/** Entries in `[start, end)` whose bytes are not here, in order. */
export function redactionsIn(reader: Reader, origin: string, start: number, end: number) {
  return reader
    .selectFrom('redaction')
    .select(['position', 'leaf_hash', 'reason'])
    .where('origin', '=', origin)
    .where('position', '>=', start)
    .where('position', '<', end)
    .orderBy('position')
    .execute()
}
