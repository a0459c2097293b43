import { z } from 'zod'

import { prose } from './prose.ts'
import { Reference, statement } from './statement.ts'

/** A party ends an agreement: all is done and accepted, or it will not be done. */
export const AgreementEnd = statement(
  'agreement-end/1',
  z.object({
    agreement: Reference,
    end: z.enum(['closed', 'cancelled']),
    reason: prose(1000).exactOptional(),
  }),
)
export type AgreementEnd = z.infer<typeof AgreementEnd>
