import type { Reader } from '../../database/index.ts'
import type { Millis } from '../../kernel/time.ts'
import { witnessName } from '../rules.ts'
import { type Checkpoint, formatNote, type Note, parseCheckpoint, parseNote } from '../tlog/index.ts'

/** The newest checkpoint of a log that this node has vouched for. It may be ahead of the copy held here. */
export interface Witnessed extends Checkpoint {
  /** With the log's signature. */
  readonly note: Note
  /** When it was vouched for, in whole seconds; what is vouched for later is not dated earlier. */
  readonly time: Millis
}

/** Null before the first. */
export async function readWitnessed(reader: Reader, origin: string): Promise<Witnessed | null> {
  const row = await reader
    .selectFrom('witnessed')
    .select(['checkpoint', 'time'])
    .where('origin', '=', origin)
    .executeTakeFirst()
  const note = row && parseNote(row.checkpoint)
  const checkpoint = note && parseCheckpoint(note.text)
  return row && note && checkpoint ? { note, ...checkpoint, time: row.time } : null
}

/** When this node vouched for a log last; null before the first. */
export async function lastVouched(reader: Reader): Promise<Millis | null> {
  const row = await reader
    .selectFrom('witnessed')
    .select(({ fn }) => fn.max('time').as('time'))
    .executeTakeFirst()
  return row?.time ?? null
}

/** The signature lines, without their ends, of the members hosted here over a checkpoint of another log. */
export async function ownCosignatures(
  reader: Reader,
  { origin, size }: Pick<Checkpoint, 'origin' | 'size'>,
): Promise<readonly string[]> {
  const hosted = await reader.selectFrom('member').select('id').where('hosted', '=', 1).execute()
  const names = hosted.map(({ id }) => witnessName(id))
  const rows = await reader
    .selectFrom('cosignature')
    .select('line')
    .where('origin', '=', origin)
    .where('size', '=', size)
    .where('signer', 'in', names)
    .orderBy('signer')
    .execute()
  return rows.map(({ line }) => line)
}

/**
 * The newest checkpoint that this node vouched for of the log whose origin has this SHA-256, with the log's signature and its
 * own; null before the first.
 */
export async function readVouched(reader: Reader, originHash: string): Promise<string | null> {
  const row = await reader
    .selectFrom('witnessed')
    .select('origin')
    .where('origin_hash', '=', originHash)
    .executeTakeFirst()
  const witnessed = row ? await readWitnessed(reader, row.origin) : null
  if (!witnessed) return null
  const lines = await ownCosignatures(reader, witnessed)
  const { text, signatures } = witnessed.note
  return `${formatNote(text, signatures)}${lines.map((line) => `${line}\n`).join('')}`
}

/** The file that shows that a log signed two histories; null when nothing does. */
export async function readEvidence(reader: Reader, origin: string): Promise<string | null> {
  const row = await reader
    .selectFrom('fork_evidence')
    .select('evidence')
    .where('origin', '=', origin)
    .executeTakeFirst()
  return row?.evidence ?? null
}
