import { argon2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

import { utf8 } from './bytes.ts'

const derive = promisify(argon2)

// OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane. About 80 ms on one core.
const COST = { memory: 19 * 1024, passes: 2, parallelism: 1 }
const SALT_BYTES = 16 // RFC 9106 section 3.1
const TAG_BYTES = 32

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/

/** How many bytes of salt {@link hashPassword} takes. */
export const PASSWORD_SALT_BYTES = SALT_BYTES

/** argon2id of a password in PHC string form. Runs in the thread pool; costs 19 MiB while it runs. */
export async function hashPassword(password: string, salt: Uint8Array): Promise<string> {
  const tag = await derive('argon2id', {
    ...COST,
    message: prepared(password),
    nonce: salt,
    tagLength: TAG_BYTES,
  })
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(salt)}$${base64(tag)}`
}

/** Whether `password` made the PHC string `stored`. Throws on a string that is not argon2id, version 19. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt = '', tag = ''] = PHC.exec(stored) ?? []
  if (memory === undefined) throw new TypeError('not an argon2id password hash')
  const expected = Uint8Array.fromBase64(tag)
  const actual = await derive('argon2id', {
    message: prepared(password),
    nonce: Uint8Array.fromBase64(salt),
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    tagLength: expected.length,
  })
  return timingSafeEqual(actual, expected)
}

// NFKC, as NIST SP 800-63B section 3.1.1.2 asks: the same password from another keyboard is the same bytes.
function prepared(password: string): Uint8Array {
  return utf8(password.normalize('NFKC'))
}

function base64(bytes: Uint8Array): string {
  return Uint8Array.from(bytes).toBase64({ omitPadding: true })
}
