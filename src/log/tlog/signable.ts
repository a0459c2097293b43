/**
 * Every byte string that the log hashes or signs, and nothing else: the place to look for what a hash or a signature means.
 * Sources: RFC 6962 section 2.1 (leaf, node), C2SP signed-note (key id, note), C2SP tlog-cosignature (Ed25519 cosignature).
 */
import { concatBytes, utf8 } from '../../kernel/bytes.ts'

const LEAF = 0x00
const NODE = 0x01
const NEWLINE = 0x0a

/** What a leaf's hash covers: `0x00 ‖ entry`. */
export function leafBytes(entry: Uint8Array): Uint8Array<ArrayBuffer> {
  return tagged(LEAF, entry)
}

/** What a node's hash covers: `0x01 ‖ left ‖ right`, given the 64 bytes of both children. */
export function nodeBytes(children: Uint8Array): Uint8Array<ArrayBuffer> {
  return tagged(NODE, children)
}

/** What a key's id, the first four bytes of a SHA-256, covers: `name ‖ 0x0A ‖ type ‖ key`. */
export function keyIdBytes(name: string, type: number, key: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes([utf8(name), Uint8Array.of(NEWLINE, type), key])
}

/** What a plain signature covers: the note's text, with its last newline. */
export function noteBytes(text: string): Uint8Array<ArrayBuffer> {
  return utf8(text)
}

/** What a cosignature at `time` (seconds since 1970) covers: two lines before the note's text. */
export function cosignatureBytes(time: number, text: string): Uint8Array<ArrayBuffer> {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`)
}

/** Done for each hash of the tree: from Node's pool, which is twice as fast as an array of its own. */
function tagged(tag: number, bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = Buffer.allocUnsafe(1 + bytes.length)
  whole[0] = tag
  whole.set(bytes, 1)
  return whole
}
