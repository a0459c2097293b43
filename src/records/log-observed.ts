import { z } from 'zod'

import { Origin } from '../kernel/names.ts'
import { TreeHashText } from './key.ts'
import { areDistinct, list, statement } from './statement.ts'

/** Most heads of one record. About 120 bytes each: 130 of them fit into what a node writes, 256 into what it reads. */
export const MAX_OBSERVED_HEADS = 256

/** The latest heads of other logs that this member has verified in full, one for each log. */
export const LogObserved = statement(
  'log-observed/1',
  z.object({
    heads: list(z.object({ origin: Origin, size: z.int().min(0), root: TreeHashText }), {
      max: MAX_OBSERVED_HEADS,
    }).refine((heads) => areDistinct(heads.map(({ origin }) => origin))),
  }),
)
export type LogObserved = z.infer<typeof LogObserved>
