import { createPrivateKey, createPublicKey, sign as signWith, type KeyObject } from 'node:crypto'

import { concatBytes } from '../../kernel/bytes.ts'
import type { NoteSignature } from './note.ts'
import { cosignatureBytes, noteBytes } from './signable.ts'
import { encodeTimed } from './timed-signature.ts'
import { type KeyType, type VerifierKey, verifierKey } from './verifier-key.ts'

/** Something that signs notes under a name. */
export interface SigningKey {
  readonly verifier: VerifierKey
  /**
   * Signs a note's text, which ends in a newline. A key of type 4 needs `time`, in whole seconds since 1970, and throws a
   * RangeError without; a key of type 1 signs no time.
   */
  sign(text: string, time?: number): NoteSignature
}

// RFC 8410: what stands before the 32 bytes of an Ed25519 seed in PKCS #8.
const PKCS8_PREFIX = Uint8Array.fromHex('302e020100300506032b657004220420')
const SEED_BYTES = 32
const KEY_BYTES = 32

/** The key of a secret seed of 32 bytes. One seed serves one name and one type. Throws a RangeError on any other length. */
export function signingKey(name: string, type: KeyType, seed: Uint8Array): SigningKey {
  if (seed.length !== SEED_BYTES) throw new RangeError(`a seed has ${SEED_BYTES} bytes`)
  const pkcs8 = Buffer.from(concatBytes([PKCS8_PREFIX, seed]))
  const secret = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const verifier = verifierKey(name, type, publicBytes(secret))
  return {
    verifier,
    sign: (text, time) => ({ name, id: verifier.id, signature: signatureOf(secret, type, text, time) }),
  }
}

function publicBytes(secret: KeyObject): Uint8Array {
  // SPKI ends with the key itself (RFC 8410).
  return createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
}

function signatureOf(secret: KeyObject, type: KeyType, text: string, time: number | undefined): Uint8Array {
  if (type === 1) return new Uint8Array(signWith(null, noteBytes(text), secret))
  if (time === undefined || !Number.isSafeInteger(time) || time < 0)
    throw new RangeError('a cosignature needs a time in whole seconds')
  return encodeTimed({ time, signature: signWith(null, cosignatureBytes(time, text), secret) })
}
