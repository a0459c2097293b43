/** The body of a witness's `add-checkpoint`. C2SP tlog-witness. */
import { readDecimal } from './decimal.ts'
import { formatNote, type Note, parseNote } from './note.ts'
import { readHashLines, splitHead } from './proof-lines.ts'
import type { TreeHash } from './tree-hash.ts'

/** Bytes at most in a request. */
export const MAX_WITNESS_REQUEST_BYTES = 128 * 1024
const OLD = 'old '

/** Asks for a cosignature: how far the witness has seen the log, the proof from there, and the new checkpoint. */
export interface WitnessRequest {
  readonly oldSize: number
  readonly proof: readonly TreeHash[]
  readonly note: Note
}

/** The body's text. */
export function formatWitnessRequest({ oldSize, proof, note }: WitnessRequest): string {
  const lines = [`${OLD}${oldSize}`, ...proof.map((hash) => hash.toBase64())]
  return `${lines.join('\n')}\n\n${formatNote(note.text, note.signatures)}`
}

/** Reads a body and checks nothing that it says; null unless it has this form, at most 63 hashes and 128 KiB. */
export function parseWitnessRequest(bytes: Uint8Array): WitnessRequest | null {
  const parts = bytes.length <= MAX_WITNESS_REQUEST_BYTES ? splitHead(bytes) : null
  if (!parts) return null
  const [first, ...lines] = parts.lines
  const oldSize = first?.startsWith(OLD) ? readDecimal(first.slice(OLD.length)) : null
  const proof = readHashLines(lines)
  const note = parseNote(parts.rest)
  return oldSize !== null && proof && note ? { oldSize, proof, note } : null
}
