import { createPrivateKey, createPublicKey, hash, sign, verify } from 'node:crypto'

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256, OpenError } from 'hpke'

import { concatBytes } from '../../../../kernel/bytes.ts'
import { Sha256 } from '../../../../kernel/names.ts'
import { type MessageKeys, publicMessageKeys } from '../../../../log/index.ts'
import type { PublicKey } from '../../../../records/index.ts'
import { type Heading, headingBytes, readPadded, signedBytes, writePadded } from '../rules.ts'
import type { Envelope, Message } from '../types.ts'

/** RFC 9180 in its base mode, from Web Crypto. */
export const SUITE = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM)
/** Bytes of the encapsulated key, which stands before the ciphertext. */
const ENCAPSULATED_BYTES = 32
// RFC 8410: what stands before the 32 bytes of an Ed25519 seed in PKCS #8.
const PKCS8_PREFIX = Uint8Array.fromHex('302e020100300506032b657004220420')

/** Seals a message to the receiver's key and signs it with the sender's. */
export async function seal(
  heading: Heading,
  message: Message,
  keys: { readonly receiver: PublicKey; readonly sender: Uint8Array },
): Promise<Envelope> {
  const receiver = await SUITE.DeserializePublicKey(Uint8Array.fromBase64(keys.receiver))
  const { encapsulatedSecret, ciphertext } = await SUITE.Seal(receiver, writePadded(message), {
    info: headingBytes(heading),
  })
  const sealed = concatBytes([encapsulatedSecret, ciphertext])
  const signature = signBytes(keys.sender, signedBytes(heading, digestOf(sealed))).toBase64()
  return { ...heading, sealed: sealed.toBase64(), signature }
}

/** Whether the sender signed exactly this. */
export function isSigned({ sealed, signature, ...heading }: Envelope, sender: PublicKey): boolean {
  const signed = signedBytes(heading, digestOf(Uint8Array.fromBase64(sealed)))
  return isSignedBytes(sender, signed, Uint8Array.fromBase64(signature))
}

/** Opens with the first of the keys that fits: what it says, `unknown` when this version does not know it, null when none fits. */
export async function openSealed(
  { sealed, ...heading }: Envelope,
  keys: readonly MessageKeys[],
): Promise<Message | 'unknown' | null> {
  const bytes = Uint8Array.fromBase64(sealed)
  for (const key of keys) {
    const padded = await openWith(key, bytes, headingBytes(heading))
    if (padded) return readPadded(padded) ?? 'unknown'
  }
  return null
}

async function openWith(key: MessageKeys, bytes: Uint8Array, info: Uint8Array): Promise<Uint8Array | null> {
  if (bytes.length <= ENCAPSULATED_BYTES) return null
  // With its public half, which else would be asked of Web Crypto in a way that is experimental yet.
  const pair = {
    privateKey: await SUITE.DeserializePrivateKey(key.seal),
    publicKey: await SUITE.DeserializePublicKey(Uint8Array.fromBase64(publicMessageKeys(key).seal)),
  }
  try {
    return await SUITE.Open(pair, bytes.subarray(0, ENCAPSULATED_BYTES), bytes.subarray(ENCAPSULATED_BYTES), {
      info,
    })
  } catch (cause) {
    if (cause instanceof OpenError || isBadPoint(cause)) return null // sealed to another key, or altered
    throw cause
  }
}

/** The encapsulated key is no point that can be used: whoever made it did not seal. */
function isBadPoint(cause: unknown): boolean {
  return cause instanceof Error && (cause.name === 'DecapError' || cause.name === 'DeserializeError')
}

function digestOf(sealed: Uint8Array): Sha256 {
  return Sha256.parse(hash('sha256', sealed, 'hex'))
}

/** Signs with the seed of a member's messages. */
export function signBytes(seed: Uint8Array, bytes: Uint8Array): Uint8Array {
  const der = Buffer.from(concatBytes([PKCS8_PREFIX, seed]))
  return new Uint8Array(sign(null, bytes, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })))
}

/** Whether the key signed the bytes. */
export function isSignedBytes(key: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  const x = Buffer.from(key, 'base64').toString('base64url')
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, bytes, publicKey, signature)
}
