import { z } from 'zod'

import { Sha256 } from '../kernel/names.ts'
import { RetractionReason } from './record-retraction.ts'
import { statement } from './statement.ts'

/** Bytes that a record named are erased here, and whoever holds them is asked to erase them. The hash stays. */
export const AttachmentTombstone = statement(
  'attachment-tombstone/1',
  z.object({
    sha256: Sha256,
    /** In bytes. */
    size: z.int().min(0),
    reason: RetractionReason,
  }),
)
export type AttachmentTombstone = z.infer<typeof AttachmentTombstone>
