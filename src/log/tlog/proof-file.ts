/** `.tlog-proof` files: one entry, its way to the root, and the signed checkpoint. C2SP tlog-proof. */
import { readBase64 } from './base64.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { readDecimal } from './decimal.ts'
import { type Note, formatNote, openNote, parseNote, type VerifiedSignature } from './note.ts'
import { readHashLines, splitHead } from './proof-lines.ts'
import { verifyInclusion } from './proof.ts'
import { leafHash, type TreeHash } from './tree-hash.ts'
import type { VerifierKey } from './verifier-key.ts'

const HEADER = 'c2sp.org/tlog-proof@v1'
const EXTRA = 'extra '
const INDEX = 'index '
/** Bytes at most in a file: a note, the largest entry in base64, and 63 hashes fit. */
export const MAX_PROOF_FILE_BYTES = 256 * 1024

/** A proof that stands alone. */
export interface ProofFile {
  /** The entry's bytes, so that the file is complete; null where the reader has them from elsewhere. */
  readonly extra: Uint8Array | null
  readonly index: number
  /** From the leaf's neighbour up. */
  readonly proof: readonly TreeHash[]
  /** The checkpoint with its signatures. */
  readonly note: Note
}

/** What a right proof file says. */
export interface ProvenEntry {
  readonly checkpoint: Checkpoint
  readonly entry: Uint8Array
  /** The log's key and any known cosigner's. */
  readonly verified: readonly VerifiedSignature[]
}

/** Why a proof file proves nothing. */
export type ProofFileReason =
  | 'unverified'
  | 'badSignature'
  | 'notCheckpoint'
  | 'wrongOrigin'
  | 'noEntry'
  | 'notIncluded'

/** The file's text. */
export function formatProofFile({ extra, index, proof, note }: ProofFile): string {
  const lines = [
    HEADER,
    ...(extra ? [`${EXTRA}${extra.toBase64()}`] : []),
    `${INDEX}${index}`,
    ...proof.map((hash) => hash.toBase64()),
  ]
  return `${lines.join('\n')}\n\n${formatNote(note.text, note.signatures)}`
}

/** Reads a file and checks nothing that it says; null unless it has this form and at most 256 KiB. */
export function parseProofFile(bytes: Uint8Array): ProofFile | null {
  const parts = bytes.length <= MAX_PROOF_FILE_BYTES ? splitHead(bytes) : null
  const [header, ...lines] = parts?.lines ?? []
  if (!parts || header !== HEADER) return null
  const encoded = lines[0]?.startsWith(EXTRA) ? lines.shift()?.slice(EXTRA.length) : undefined
  const extra = encoded === undefined ? null : readBase64(encoded)
  if (encoded !== undefined && !extra) return null
  const index = readIndex(lines.shift())
  const proof = readHashLines(lines)
  const note = parseNote(parts.rest)
  return index !== null && proof && note ? { extra, index, proof, note } : null
}

function readIndex(line: string | undefined): number | null {
  return line?.startsWith(INDEX) ? readDecimal(line.slice(INDEX.length)) : null
}

/**
 * Checks a file against the keys of the logs, and the cosigners, that the reader trusts. A log's key has type 1 and the origin
 * as its name; the key of another log says nothing.
 */
export function verifyProofFile(
  { extra, index, proof, note }: ProofFile,
  keys: readonly VerifierKey[],
): ({ readonly ok: true } & ProvenEntry) | { readonly ok: false; readonly reason: ProofFileReason } {
  const opened = openNote(note, keys)
  if (!opened.ok) return opened
  const checkpoint = parseCheckpoint(opened.text)
  if (!checkpoint) return { ok: false, reason: 'notCheckpoint' }
  const { origin, size, root } = checkpoint
  if (!opened.verified.some(({ key }) => key.type === 1 && key.name === origin))
    return { ok: false, reason: 'wrongOrigin' }
  if (!extra) return { ok: false, reason: 'noEntry' }
  if (!verifyInclusion({ index, size, leaf: leafHash(extra), root, proof }))
    return { ok: false, reason: 'notIncluded' }
  return { ok: true, checkpoint, entry: extra, verified: opened.verified }
}
