import { hash } from 'node:crypto'

import { decodeBase32, encodeBase32 } from '../../kernel/base32.ts'
import { equalBytes } from '../../kernel/bytes.ts'

const FORM = 1
const SEED_BYTES = 32
const CHECK_BYTES = 6

/** One of the keys with which a member's people, not its machine, speak for the member. */
export interface RecoveryKey {
  /** From 1, as the genesis numbers them. */
  readonly number: number
  /** Ed25519 seed. */
  readonly seed: Uint8Array
}

/**
 * As people print and type it: sixteen groups of four letters and digits. 40 bytes in base32: the form, the number, the
 * seed, six bytes that find a typing mistake.
 */
export function printRecoveryKey({ number, seed }: RecoveryKey): string {
  const body = Uint8Array.from([FORM, number, ...seed])
  const text = encodeBase32(Uint8Array.from([...body, ...checkOf(body)]))
  return text.match(/.{4}/g)?.join('-') ?? text
}

/** Null when it was mistyped. Spaces, hyphens and upper case do not matter. */
export function parseRecoveryKey(text: string): RecoveryKey | null {
  const bytes = decodeBase32(text.toLowerCase().replace(/[\s-]/g, ''))
  if (bytes?.length !== 2 + SEED_BYTES + CHECK_BYTES || bytes[0] !== FORM) return null
  const body = bytes.subarray(0, 2 + SEED_BYTES)
  if (!equalBytes(bytes.subarray(body.length), checkOf(body))) return null
  return { number: bytes[1] ?? 0, seed: body.slice(2) }
}

function checkOf(body: Uint8Array): Uint8Array {
  return hash('sha256', body, 'buffer').subarray(0, CHECK_BYTES)
}
