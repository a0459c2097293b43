/** Decisions about stating what was seen of other logs, pure. */
import { DAY, type Millis } from '../../../kernel/time.ts'

/** Heads in one record: as many as surely fit into what a node writes. */
export const HEADS_AT_ONCE = 100

/** A log of another member, verified here in full. */
export interface Head {
  readonly origin: string
  readonly size: number
  /** Base64. */
  readonly root: string
}

/** Whether it is time to state what was seen: a day after the last time, or after the first follow. */
export function isDue(now: Millis, last: Millis): boolean {
  return now - last >= DAY
}

/** The heads of each record. */
export function inRecords(heads: readonly Head[]): readonly (readonly Head[])[] {
  const records = Math.ceil(heads.length / HEADS_AT_ONCE)
  return Array.from({ length: records }, (_, at) => heads.slice(at * HEADS_AT_ONCE, (at + 1) * HEADS_AT_ONCE))
}
