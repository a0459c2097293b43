import { z } from 'zod'

import { utf8 } from '../kernel/bytes.ts'
import { canonicalJson, parseCanonicalJson, type Json } from '../kernel/canonical-json.ts'
import { isRedacted } from '../kernel/redacted-leaf.ts'
import { PublicRecord, isRecordType } from './public-record.ts'
import { statement } from './statement.ts'
import { readUtf8 } from './utf8-text.ts'

/** Most bytes of a leaf that is read, signatures included. */
export const MAX_LEAF_BYTES = 32 * 1024
/** Most bytes of a leaf that this node writes: others may need room for signatures. */
export const MAX_WRITTEN_LEAF_BYTES = 16 * 1024
/** Most lists and objects around a value, the envelope being the first. */
export const MAX_DEPTH = 16

/** Why a leaf says nothing to this version. It stays in its log and is read again by the next. */
export const INERT_REASONS = [
  'redacted',
  'tooLong',
  'notUtf8',
  'noLine',
  'badSignatureLines',
  'tooDeep',
  'notJson',
  'notCanonical',
  'notAnEnvelope',
  'unknownType',
  'badBody',
] as const
export type InertReason = (typeof INERT_REASONS)[number]

/** A leaf that says nothing to this version. `type` where the leaf has one. */
export interface InertLeaf {
  readonly kind: 'inert'
  readonly reason: InertReason
  readonly type: string | null
}

/** A leaf that says something. */
export interface RecordLeaf {
  readonly kind: 'record'
  readonly record: PublicRecord
  /** The line of JSON as written, without its line end: with what the record leaves out. */
  readonly text: string
  /** Whether signature lines follow. Only their form was checked. */
  readonly isSigned: boolean
}

const ENVELOPE = statement('', z.looseObject({})).extend({
  type: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*\/[1-9][0-9]{0,3}$/),
})

/**
 * Reads a leaf of a log: one line of canonical JSON, or a signed note of that line. What it says depends on the bytes
 * alone. Linear in the length; never throws.
 */
export function readLeaf(leaf: Uint8Array): RecordLeaf | InertLeaf {
  if (isRedacted(leaf)) return inert('redacted')
  if (leaf.length > MAX_LEAF_BYTES) return inert('tooLong')
  const all = readUtf8(leaf)
  if (all === null) return inert('notUtf8')
  const end = all.indexOf('\n')
  if (end < 0) return inert('noLine')
  const text = all.slice(0, end)
  const signatures = all.slice(end + 1)
  if (signatures !== '' && !areSignatureLines(signatures)) return inert('badSignatureLines')
  const json = parseCanonicalJson(text, { maxDepth: MAX_DEPTH })
  if (!json.ok) return inert(json.failure)
  const record = readRecord(json.value)
  return record.kind === 'inert' ? record : { ...record, text, isSigned: signatures !== '' }
}

/**
 * The leaf of a record, unsigned: canonical JSON and a line feed. Throws when the record does not fit its schema,
 * has a member that the schema does not know, or is too long.
 */
export function writeLeaf(record: PublicRecord): Uint8Array<ArrayBuffer> {
  const text = canonicalJson(record)
  const leaf = utf8(`${text}\n`)
  if (leaf.length > MAX_WRITTEN_LEAF_BYTES) throw new RangeError(`a ${record.type} of ${leaf.length} bytes`)
  const read = readLeaf(leaf)
  if (read.kind === 'inert') throw new TypeError(`a ${record.type} that nobody would read: ${read.reason}`)
  if (canonicalJson(read.record) !== text) throw new TypeError(`a ${record.type} with unknown members`)
  return leaf
}

function inert(reason: InertReason, type: string | null = null): InertLeaf {
  return { kind: 'inert', reason, type }
}

function readRecord(value: Json): { kind: 'record'; record: PublicRecord } | InertLeaf {
  const envelope = ENVELOPE.safeParse(value)
  if (!envelope.success) return inert('notAnEnvelope')
  const { type } = envelope.data
  if (!isRecordType(type)) return inert('unknownType', type)
  const record = PublicRecord.safeParse(value)
  return record.success ? { kind: 'record', record: record.data } : inert('badBody', type)
}

const MAX_SIGNATURES = 64
/** An empty line; then lines of a dash, a name without space or plus, and base64 of more than the four bytes of a key id. */
const SIGNATURE_LINES =
  // oxlint-disable-next-line no-control-regex -- control characters are exactly what is refused
  /^\n(?:— [^\p{White_Space}+\u0000-\u001f]+ (?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/]{5}[AQgw]==)\n)+$/u

function areSignatureLines(text: string): boolean {
  return text.split('\n').length <= MAX_SIGNATURES + 2 && SIGNATURE_LINES.test(text)
}
