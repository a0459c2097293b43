import { z } from 'zod'

import { FAILURES, type Reason } from '../../kernel/failure.ts'

/**
 * One line of an answer on the socket: any number of notes, then one outcome. An answer without an outcome was cut off.
 */
export const Line = z.union([
  z.object({ note: z.object({ kind: z.string(), subject: z.string(), detail: z.string() }) }),
  z.object({
    failure: z.object({
      reason: z.string().refine((reason): reason is Reason => Object.hasOwn(FAILURES, reason)),
      field: z.exactOptional(z.string()),
      detail: z.exactOptional(z.record(z.string(), z.union([z.string(), z.number()]))),
    }),
  }),
  z.object({ value: z.unknown() }),
])
export type Line = z.infer<typeof Line>
