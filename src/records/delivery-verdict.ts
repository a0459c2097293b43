import { z } from 'zod'

import { prose } from './prose.ts'
import { Reference, statement } from './statement.ts'

/** The receiving party's word on a delivery. The last counts: what was disputed can be accepted when it was put right. */
export const DeliveryVerdict = statement(
  'delivery-verdict/1',
  z
    .object({
      delivery: Reference,
      verdict: z.enum(['accepted', 'disputed']),
      /** Why; a dispute says it. */
      reason: prose(1000).exactOptional(),
    })
    .refine(({ verdict, reason }) => verdict === 'accepted' || reason !== undefined, { path: ['reason'] }),
)
export type DeliveryVerdict = z.infer<typeof DeliveryVerdict>
