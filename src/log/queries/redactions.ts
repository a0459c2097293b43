import type { LogTable, Reader } from '../../database/index.ts'
import type { Millis } from '../../kernel/time.ts'

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

/** Why and when entries of a member's logs were erased, as this node says. */
export interface Erasure {
  readonly origin: string
  readonly position: number
  readonly reason: string
  readonly time: Millis
}

/** What this node has erased of a member's logs; what never came is not among it. */
export function erasuresOf(reader: Reader, memberId: string): Promise<readonly Erasure[]> {
  return reader
    .selectFrom('redaction')
    .innerJoin('log', 'log.origin', 'redaction.origin')
    .select(['redaction.origin', 'position', 'reason', 'time'])
    .where('member_id', '=', memberId)
    .where('reason', '!=', '')
    .orderBy('redaction.origin')
    .orderBy('position')
    .execute()
}
