/** Evidence that one log signed two checkpoints that cannot both be true, and the file that carries it. */
import { equalBytes, utf8 } from '../../kernel/bytes.ts'
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts'
import { formatNote, type Note, openNote, parseNote } from './note.ts'
import { readHashLines, splitHead } from './proof-lines.ts'
import { readForkProof } from './proof.ts'
import type { TreeHash } from './tree-hash.ts'
import type { VerifierKey } from './verifier-key.ts'

/** Two checkpoints of one log, the smaller first, with what shows to anybody that they cannot both be true. */
export interface Fork {
  readonly first: Note
  readonly second: Note
  /** Seeded consistency proof (`proveFork`); empty where both have one size. */
  readonly proof: readonly TreeHash[]
}

/** Bytes at most in a file. */
export const MAX_FORK_FILE_BYTES = 64 * 1024
const MAGIC = 'ayni/fork@v1'

/** A title, the proof's hashes, an empty line, the first note, an empty line, the second note. */
export function formatForkFile({ first, second, proof }: Fork): string {
  const head = [MAGIC, ...proof.map((hash) => hash.toBase64())].join('\n')
  const [one, two] = [first, second].map(({ text, signatures }) => formatNote(text, signatures))
  return `${head}\n\n${one}\n${two}`
}

/** Reads a file and checks nothing that it says; null unless it has this form. */
export function parseForkFile(bytes: Uint8Array): Fork | null {
  const parts = bytes.length <= MAX_FORK_FILE_BYTES ? splitHead(bytes) : null
  const [title, ...lines] = parts?.lines ?? []
  const proof = title === MAGIC ? readHashLines(lines) : null
  const blocks = parts ? Buffer.from(parts.rest).toString('latin1').split('\n\n') : []
  if (!proof || blocks.length !== 4) return null
  // A checkpoint has one empty line, between its text and its signatures.
  const notes = [blocks.slice(0, 2).join('\n\n') + '\n', blocks.slice(2).join('\n\n')]
  const [first, second] = notes.map((note) => parseNote(Buffer.from(note, 'latin1')))
  return first && second ? { first, second, proof } : null
}

/**
 * Whether the evidence shows that a log signed two histories. `keyAt` is the log's key, under the log's name, that was in force
 * at a size.
 */
export function convicts({ first, second, proof }: Fork, keyAt: (size: number) => VerifierKey): boolean {
  const [smaller, larger] = [signedBy(first, keyAt), signedBy(second, keyAt)]
  if (!smaller || !larger || smaller.size > larger.size) return false
  if (smaller.size === larger.size) return proof.length === 0 && !equalBytes(smaller.root, larger.root)
  const roots = readForkProof({ from: smaller.size, to: larger.size, proof })
  return roots !== null && equalBytes(roots.toRoot, larger.root) && !equalBytes(roots.fromRoot, smaller.root)
}

function signedBy(note: Note, keyAt: (size: number) => VerifierKey): Checkpoint | null {
  const checkpoint = parseCheckpoint(note.text)
  if (!checkpoint) return null
  const key = keyAt(checkpoint.size)
  return checkpoint.origin === key.name && openNote(note, [key]).ok ? checkpoint : null
}

/** A note with one line of each of these keys alone: whatever else was on it is nothing that was checked. */
export function onlySignedBy({ text, signatures }: Note, keys: readonly VerifierKey[]): Note {
  const lines = keys.map((key) =>
    signatures.find(({ name, id }) => name === key.name && equalBytes(id, key.id)),
  )
  return { text, signatures: lines.filter((line) => line !== undefined) }
}

/** The bytes of a note. */
export function noteFile({ text, signatures }: Note): Uint8Array<ArrayBuffer> {
  return utf8(formatNote(text, signatures))
}
