import { hash } from 'node:crypto'

import type { Random } from './random.ts'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const EVEN = 256 - (256 % BASE62.length) // bytes at or above would favour the first characters

/** `length` characters drawn evenly from base62: 5.95 bits each. */
export function randomBase62(random: Random, length: number): string {
  let text = ''
  while (text.length < length) {
    for (const byte of random(length)) {
      if (byte < EVEN && text.length < length) text += BASE62.charAt(byte % BASE62.length)
    }
  }
  return text
}

/**
 * SHA-256 of a secret, in hex: the only form in which tokens, cookies and one-time keys are stored.
 * Enough for secrets of 128 random bits or more, which nobody can guess; never for a password.
 */
export function hashSecret(secret: string): string {
  return hash('sha256', secret, 'hex')
}
