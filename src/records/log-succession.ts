import { z } from 'zod'

import { Origin } from '../kernel/names.ts'
import { NoteText } from './note-text.ts'
import { statement } from './statement.ts'

/**
 * Entry 0 of a member's log n+1: it continues log n after that checkpoint. What log n says later does not count.
 * Its leaf is a signed note of the recovery quorum (see `member-genesis`).
 */
export const LogSuccession = statement(
  'log-succession/1',
  z.object({
    /** `checkpoint` is the last good one with its signatures and cosignatures. */
    previous: z.object({ origin: Origin, checkpoint: NoteText }),
    reason: z.enum(['compromise', 'fork', 'loss']),
  }),
)
export type LogSuccession = z.infer<typeof LogSuccession>
