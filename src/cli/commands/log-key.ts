import { Origin, partsOfOrigin } from '../../kernel/names.ts'
import { readGenesis } from '../../log/identity/genesis.ts'
import {
  bundlePath,
  decodeBundle,
  type LogFiles,
  MAX_BUNDLE_BYTES,
  MAX_NOTE_BYTES,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
  verifierKey,
  widthOf,
} from '../../log/tlog/index.ts'
import { memberIdOf } from '../../records/index.ts'
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
 * The key that a member's first entry names for its log. The log's name contains that entry's hash, so whoever serves it
 * cannot have made it up. Null when the first entry is another one.
 */
export async function keyInGenesis(files: LogFiles, name: string | null): Promise<VerifierKey | null> {
  const origin = Origin.safeParse(name).data
  const parts = origin && partsOfOrigin(origin)
  if (parts?.log !== 0) throw new UsageError('The option --key is needed: this log does not say its own key.')
  const genesis = await firstEntry(files)
  const body = genesis && memberIdOf(genesis) === parts.member ? readGenesis(genesis) : null
  return body && verifierKey(`${origin}`, 1, Uint8Array.fromBase64(body.log))
}

async function firstEntry(files: LogFiles): Promise<Uint8Array | null> {
  const note = parseNote((await files.read('checkpoint', MAX_NOTE_BYTES)) ?? new Uint8Array())
  const width = widthOf(0, 0, (note && parseCheckpoint(note.text)?.size) ?? 0)
  const bundle = width > 0 ? await files.read(bundlePath(0, width), MAX_BUNDLE_BYTES) : null
  return (bundle && decodeBundle(bundle, width)?.[0]) ?? null
}
