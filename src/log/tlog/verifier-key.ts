import { createPublicKey, verify } from 'node:crypto'

import { equalBytes } from '../../kernel/bytes.ts'
import { readBase64 } from './base64.ts'
import { cosignatureBytes, keyIdBytes, noteBytes } from './signable.ts'
import { readTimed } from './timed-signature.ts'
import { sha256 } from './tree-hash.ts'

/** How a key signs: 1 is Ed25519 over the text (C2SP signed-note), 4 an Ed25519 cosignature with a time (tlog-cosignature). */
export type KeyType = 1 | 4

const KEY_BYTES = 32
const ID_BYTES = 4

/** A public key under a name. The pair of name and id says which key made a signature. */
export interface VerifierKey {
  readonly name: string
  readonly type: KeyType
  /** 4 bytes, derived from the rest. */
  readonly id: Uint8Array<ArrayBuffer>
  /** 32 bytes of Ed25519. */
  readonly key: Uint8Array<ArrayBuffer>
}

/** Whether a key may be called so: not empty, no Unicode space, no plus sign, no control character. */
export function isKeyName(name: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
  return name.isWellFormed() && /^[^\p{White_Space}+\u0000-\u001f]+$/u.test(name)
}

/** Names a public key. Throws a RangeError when the name is none or the key is not 32 bytes. */
export function verifierKey(name: string, type: KeyType, key: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new RangeError(`“${name}” is no name for a key`)
  if (key.length !== KEY_BYTES) throw new RangeError(`an Ed25519 key has ${KEY_BYTES} bytes`)
  const id = sha256(keyIdBytes(name, type, key)).slice(0, ID_BYTES)
  return { name, type, id, key: new Uint8Array(key) }
}

/** `name+id in hex+base64(type ‖ key)`. */
export function formatVerifierKey({ name, type, id, key }: VerifierKey): string {
  return `${name}+${id.toHex()}+${Uint8Array.of(type, ...key).toBase64()}`
}

/** Reads that form; null unless the id is the key's own and the type one of ours. */
export function parseVerifierKey(text: string): VerifierKey | null {
  const [, name, encoded] = /^([^+]+)\+[0-9a-f]{8}\+(.+)$/.exec(text) ?? []
  const bytes = readBase64(encoded ?? '')
  if (name === undefined || !isKeyName(name) || bytes?.length !== 1 + KEY_BYTES) return null
  const type = bytes[0]
  if (type !== 1 && type !== 4) return null
  const key = verifierKey(name, type, bytes.subarray(1))
  return formatVerifierKey(key) === text ? key : null
}

/** Whether a signature of that name and id claims to be this key's. */
export function isMadeBy(
  { name, id }: { readonly name: string; readonly id: Uint8Array },
  key: VerifierKey,
): boolean {
  return name === key.name && equalBytes(id, key.id)
}

/** Checks a signature (the bytes behind the id) of a text. `time` is in seconds since 1970, null for keys of type 1. */
export function checkSignature(
  key: VerifierKey,
  text: string,
  signature: Uint8Array,
): { readonly time: number | null } | null {
  if (key.type === 1) return isSigned(key, noteBytes(text), signature) ? { time: null } : null
  const timed = readTimed(signature)
  if (!timed || !isSigned(key, cosignatureBytes(timed.time, text), timed.signature)) return null
  return { time: timed.time }
}

function isSigned({ key }: VerifierKey, message: Uint8Array, signature: Uint8Array): boolean {
  const x = key.toBase64({ alphabet: 'base64url', omitPadding: true })
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, message, publicKey, signature)
}
