import { createPrivateKey, createPublicKey } from 'node:crypto'

import { concatBytes } from '../../kernel/bytes.ts'
import type { Random } from '../../kernel/random.ts'
import type { Millis } from '../../kernel/time.ts'
import { type MemberMessageKeys, PublicKey } from '../../records/index.ts'
import type { MessageKeys } from '../ports.ts'

const SEED_BYTES = 32
// RFC 8410: what stands before the 32 bytes of a private key in PKCS #8.
const PREFIX = {
  seal: Uint8Array.fromHex('302e020100300506032b656e04220420'),
  sign: Uint8Array.fromHex('302e020100300506032b657004220420'),
}

/** New private keys for a member's messages. */
export function makeMessageKeys({
  random,
  now,
}: {
  readonly random: Random
  readonly now: Millis
}): MessageKeys {
  const seed = () => Uint8Array.from(random(SEED_BYTES))
  return { seal: seed(), sign: seed(), since: now }
}

/** What the member's log says of them. */
export function publicMessageKeys(keys: MessageKeys): MemberMessageKeys['body'] {
  return { seal: publicHalf('seal', keys.seal), sign: publicHalf('sign', keys.sign) }
}

function publicHalf(use: keyof typeof PREFIX, seed: Uint8Array): PublicKey {
  const der = Buffer.from(concatBytes([PREFIX[use], seed]))
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  return PublicKey.parse(spki.subarray(-SEED_BYTES).toString('base64')) // SPKI ends with the key itself
}
