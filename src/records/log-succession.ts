import { z } from 'zod'

import { Origin } from '../kernel/names.ts'
import { PublicKey } from './key.ts'
import { NoteText } from './note-text.ts'
import { areDistinct, statement } from './statement.ts'

/**
 * Entry 0 of a member's log n+1: it continues log n after that checkpoint. What log n says later does not count.
 * Its leaf is a signed note of the recovery quorum (see `member-genesis`).
 */
export const LogSuccession = statement(
  'log-succession/1',
  z
    .object({
      /** The member's first leaf with its signatures: so this log proves by itself whose it is. */
      genesis: NoteText,
      /** `checkpoint` is the last good one with its signatures and cosignatures. */
      previous: z.object({ origin: Origin, checkpoint: NoteText }),
      reason: z.enum(['compromise', 'fork', 'loss']),
      /** Signs the checkpoints of this log. */
      log: PublicKey,
      /** Cosigns from now on. */
      witness: PublicKey,
    })
    .refine(({ log, witness }) => areDistinct([log, witness])),
)
export type LogSuccession = z.infer<typeof LogSuccession>
