/** Signed notes: a text and the signatures of some keys. C2SP signed-note. */
import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import { readBase64 } from './base64.ts'
import type { SigningKey } from './signing-key.ts'
import { checkSignature, isKeyName, isMadeBy, type VerifierKey } from './verifier-key.ts'

/** Bytes at most in a note. */
export const MAX_NOTE_BYTES = 128 * 1024
/** Signature lines at most in a note. */
export const MAX_SIGNATURES = 64
const ID_BYTES = 4

/** A text, of one or more lines that each end in a newline, and what claims to be signatures of it. */
export interface Note {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** A signature line, checked or not: the key's name, its id (4 bytes) and what the key made. */
export interface NoteSignature {
  readonly name: string
  readonly id: Uint8Array
  /** 64 bytes of Ed25519 for keys of type 1, 72 for type 4; of any length for keys that are not known here. */
  readonly signature: Uint8Array
}

/** What opening a note brings. Of a key that signed twice, the later time. */
export type OpenedNote =
  | { readonly ok: true; readonly text: string; readonly verified: readonly VerifiedSignature[] }
  | { readonly ok: false; readonly reason: 'unverified' | 'badSignature' }

/** A key whose signature is right, and its time in seconds since 1970; null for keys of type 1. */
export interface VerifiedSignature {
  readonly key: VerifierKey
  readonly time: number | null
}

/** `— name base64(id ‖ signature)`, with its newline. */
export function formatSignature({ name, id, signature }: NoteSignature): string {
  return `— ${name} ${concatBytes([id, signature]).toBase64()}\n`
}

/** The whole note. Throws a RangeError when this text, or so many signatures, make no note. */
export function formatNote(text: string, signatures: readonly NoteSignature[]): string {
  const note = `${text}\n${signatures.map(formatSignature).join('')}`
  if (parseNote(utf8(note))?.text !== text) throw new RangeError('this makes no signed note')
  return note
}

/**
 * Reads a note and checks no signature. Null unless it is valid UTF-8 of at most 128 KiB without control characters other
 * than newlines, and its last empty line is followed by 1 to 64 signature lines.
 */
export function parseNote(bytes: Uint8Array): Note | null {
  const whole = bytes.length <= MAX_NOTE_BYTES ? strictText(bytes) : null
  const split = whole?.lastIndexOf('\n\n') ?? -1
  if (whole === null || split < 0 || !whole.endsWith('\n')) return null
  const signatures = parseSignatures(whole.slice(split + 2))
  return signatures && { text: whole.slice(0, split + 1), signatures }
}

/** Reads 1 to 64 signature lines, as a witness answers them; null when one is none. */
export function parseSignatures(lines: string): readonly NoteSignature[] | null {
  if (!lines.endsWith('\n')) return null
  const signatures = lines.slice(0, -1).split('\n').map(parseSignature)
  const isWhole = signatures.length <= MAX_SIGNATURES && signatures.every((signature) => signature !== null)
  return isWhole ? signatures : null
}

function parseSignature(line: string): NoteSignature | null {
  const [dash, name = '', encoded = '', ...more] = line.split(' ')
  const bytes = readBase64(encoded)
  if (dash !== '—' || !isKeyName(name) || more.length > 0 || !bytes || bytes.length <= ID_BYTES) return null
  return { name, id: bytes.subarray(0, ID_BYTES), signature: bytes.subarray(ID_BYTES) }
}

/** Whether a signature line, without its end, says that this key made it. */
export function isLineOf(line: string, key: VerifierKey): boolean {
  const signature = parseSignature(line)
  return signature !== null && isMadeBy(signature, key)
}

/** Text of valid UTF-8, a byte order mark kept, without control characters other than newlines; else null. */
function strictText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
    return /[\u0000-\u0009\u000b-\u001f]/.test(text) ? null : text
  } catch {
    return null // not UTF-8
  }
}

/**
 * Checks a note's signatures by the keys given. Lines of other keys are passed over; one wrong line under a known key's name
 * and id refuses the whole note (`badSignature`), and so does it when no known key has signed (`unverified`).
 */
export function openNote(note: Note, keys: readonly VerifierKey[]): OpenedNote {
  const verified = new Map<VerifierKey, number | null>()
  for (const line of note.signatures) {
    const known = keys.filter((key) => isMadeBy(line, key))
    if (known.length === 0) continue
    const found = firstThatSigned(known, note.text, line)
    if (!found) return { ok: false, reason: 'badSignature' }
    verified.set(found.key, laterOf(verified.get(found.key), found.time))
  }
  if (verified.size === 0) return { ok: false, reason: 'unverified' }
  return { ok: true, text: note.text, verified: [...verified].map(([key, time]) => ({ key, time })) }
}

/** Two keys may share a name and, by accident or malice, the four bytes of an id. */
function firstThatSigned(
  keys: readonly VerifierKey[],
  text: string,
  line: NoteSignature,
): VerifiedSignature | null {
  for (const key of keys) {
    const checked = checkSignature(key, text, line.signature)
    if (checked) return { key, time: checked.time }
  }
  return null
}

function laterOf(known: number | null | undefined, time: number | null): number | null {
  return time === null ? null : Math.max(known ?? 0, time)
}

/** Signs a text, which ends in a newline, with each key; `time`, in seconds since 1970, is for keys of type 4. */
export function signNote(text: string, keys: readonly SigningKey[], time?: number): string {
  return formatNote(
    text,
    keys.map((key) => key.sign(text, time)),
  )
}
