import { hash } from 'node:crypto'

import { z } from 'zod'

import { encodeBase32 } from '../kernel/base32.ts'
import { MemberId } from '../kernel/names.ts'
import { PublicKey } from './key.ts'
import { areDistinct, list, statement } from './statement.ts'

/**
 * A member begins: entry 0 of its log number 0. Its leaf is a signed note, signed under the names `log`, `witness` and,
 * for at least `threshold` of the recovery keys, `recovery-1`, `recovery-2`, … in the order of `keys`.
 */
export const MemberGenesis = statement(
  'member-genesis/1',
  z
    .object({
      /** Keys kept away from the node; together, `threshold` of them may name new keys and open the next log. */
      recovery: z
        .object({ keys: list(PublicKey, { max: 9 }), threshold: z.int().min(1) })
        .refine(({ keys, threshold }) => threshold <= keys.length),
      /** Signs checkpoints. */
      log: PublicKey,
      /** Cosigns the checkpoints of others. */
      witness: PublicKey,
    })
    // A cosignature does not say its role: one key in two roles could be made to speak in the other.
    .refine(({ recovery, log, witness }) => areDistinct([...recovery.keys, log, witness])),
)
export type MemberGenesis = z.infer<typeof MemberGenesis>

/** The identity of the member that begins with this leaf, a `member-genesis/1` with its signatures, byte for byte. */
export function memberIdOf(genesis: Uint8Array): MemberId {
  return MemberId.parse(`m${encodeBase32(hash('sha256', genesis, 'buffer').subarray(0, 20))}`)
}
