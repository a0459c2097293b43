import { z } from 'zod'

import { PublicKey } from './key.ts'
import { statement } from './statement.ts'

/** New keys from this entry on, at least one. Its leaf is a signed note of the recovery quorum (see `member-genesis`). */
export const MemberKeys = statement(
  'member-keys/1',
  z
    .object({ log: PublicKey.exactOptional(), witness: PublicKey.exactOptional() })
    .refine(({ log, witness }) => log !== witness), // both absent, or one key in two roles
)
export type MemberKeys = z.infer<typeof MemberKeys>
