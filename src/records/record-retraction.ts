import { z } from 'zod'

import { Reference, statement } from './statement.ts'

/** Why something said or given is taken back. */
export const RetractionReason = z.enum(['mistake', 'legal', 'personalData', 'superseded'])
export type RetractionReason = z.infer<typeof RetractionReason>

/** An earlier record of this member no longer counts. Its bytes stay in the log; projections drop it. */
export const RecordRetraction = statement(
  'record-retraction/1',
  z.object({ record: Reference, reason: RetractionReason }),
)
export type RecordRetraction = z.infer<typeof RecordRetraction>
