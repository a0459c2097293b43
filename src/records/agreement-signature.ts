import { z } from 'zod'

import { Reference, statement } from './statement.ts'

/** The other party's word on an agreement: it signs, or it does not want it. */
export const AgreementSignature = statement(
  'agreement-signature/1',
  z.object({ agreement: Reference, answer: z.enum(['sign', 'decline']) }),
)
export type AgreementSignature = z.infer<typeof AgreementSignature>
