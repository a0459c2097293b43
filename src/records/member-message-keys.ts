import { z } from 'zod'

import { PublicKey } from './key.ts'
import { statement } from './statement.ts'

/** The keys of a member's messages from this entry on. The last such record of a log holds. */
export const MemberMessageKeys = statement(
  'member-message-keys/1',
  z
    .object({
      /** X25519: what others tell the member is sealed to it. */
      seal: PublicKey,
      /** Ed25519: signs what the member tells others. */
      sign: PublicKey,
    })
    .refine(({ seal, sign }) => seal !== sign),
)
export type MemberMessageKeys = z.infer<typeof MemberMessageKeys>
