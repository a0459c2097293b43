import { readBase64 } from './base64.ts'
import { MAX_PROOF_HASHES } from './proof.ts'
import { isTreeHash, type TreeHash } from './tree-hash.ts'

/**
 * The lines before the first empty one, a character a byte for they are to be ASCII, and the bytes behind it; null where no
 * line is empty.
 */
export function splitHead(
  bytes: Uint8Array,
): { readonly lines: readonly string[]; readonly rest: Uint8Array } | null {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = whole.indexOf('\n\n')
  if (end < 0) return null
  return { lines: whole.toString('latin1', 0, end).split('\n'), rest: bytes.subarray(end + 2) }
}

/** The hashes of a proof, one line of base64 each; null when one is none or there are more than 63. */
export function readHashLines(lines: readonly string[]): readonly TreeHash[] | null {
  if (lines.length > MAX_PROOF_HASHES) return null
  const hashes = lines.map((line) => readBase64(line) ?? new Uint8Array())
  return hashes.every(isTreeHash) ? hashes : null
}
