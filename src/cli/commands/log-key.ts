import { Origin } from '../../kernel/names.ts'
import { beginKeys, currentKeys, foldKeys, type LogKeys, logVerifier } from '../../log/identity/keys.ts'
import {
  type EntryKeys,
  type LogFiles,
  MAX_NOTE_BYTES,
  parseCheckpoint,
  parseNote,
  readEntries,
  parseVerifierKey,
  TILE_WIDTH,
  type VerifierKey,
  widthOf,
} from '../../log/tlog/index.ts'
import { UsageError } from '../failures.ts'

/** The option with which a person names the key of a log. */
export const KEY = {
  type: 'string',
  valueHint: 'VKEY',
  description: 'Key of the log; by default the one that its first entry names',
} as const

/** The key that was typed; null when none was. */
export function readKey(text: string | undefined): VerifierKey | null {
  if (text === undefined) return null
  const key = parseVerifierKey(text)
  if (key) return key
  throw new UsageError('The option --key needs a key as C2SP signed-note writes it: name+id+key.')
}

/**
 * The keys that a member's log begins with. The log's name contains the hash of the member's genesis, so whoever serves it
 * cannot have made them up. Null when the first entry is another one.
 */
export async function firstKeys(files: LogFiles, name: string | null): Promise<LogKeys | null> {
  const origin = Origin.safeParse(name).data
  if (!origin) throw new UsageError('The option --key is needed: this log does not say its own key.')
  const entry = await entryAt(files, 0)
  return entry && beginKeys(origin, entry)
}

/** The key in force, by the entries that are said to name new ones; each counts only by the recovery quorum's signatures. */
export async function newestKey(
  files: LogFiles,
  name: string | null,
  keysAt: readonly number[],
): Promise<VerifierKey | null> {
  let keys = await firstKeys(files, name)
  for (const position of keysAt) {
    const entry = await entryAt(files, position)
    keys = keys && entry && foldKeys(keys, position, entry)
  }
  return keys && logVerifier(keys.origin, currentKeys(keys).log)
}

/** Keeps the keys of a log while its entries are read. */
export function followKeys(first: LogKeys): EntryKeys {
  let keys = first
  return {
    take: (position, entry) => void (keys = foldKeys(keys, position, entry)),
    current: () => logVerifier(keys.origin, currentKeys(keys).log),
  }
}

/** An entry as far as the checkpoint says that there is one; null where nobody has it. */
export async function entryAt(files: LogFiles, position: number): Promise<Uint8Array | null> {
  const note = parseNote((await files.read('checkpoint', MAX_NOTE_BYTES)) ?? new Uint8Array())
  const index = Math.floor(position / TILE_WIDTH)
  const width = widthOf(0, index, (note && parseCheckpoint(note.text)?.size) ?? 0)
  const entries = width > 0 ? await readEntries(files, index, width) : null
  return entries?.[position % TILE_WIDTH] ?? null
}
