import type { MemberId } from '../../kernel/names.ts'
import { readGenesis } from '../identity/genesis.ts'
import type { KeyStore } from '../ports.ts'
import { openNote, parseNote, signingKey, signNote, verifierKey } from '../tlog/index.ts'

/**
 * Signs a line of JSON in a hosted member's name with its witness key: what it says that it holds. A cosignature never begins with a
 * brace, so that one cannot be taken for the other. Null where its keys are not here.
 */
export async function signLine(
  { keys }: { readonly keys: KeyStore },
  member: MemberId,
  line: string,
): Promise<string | null> {
  const secrets = (await keys.get(member)).at(-1) // those that the genesis names are the oldest
  if (!line.startsWith('{')) throw new RangeError('only JSON is vouched for')
  return secrets ? signNote(`${line}\n`, [signingKey(carrierName(member), 1, secrets.witness)]) : null
}

/** The line that a member vouched for, by the witness key of its genesis; null when it did not. */
export function readSignedLine(member: MemberId, genesis: Uint8Array, bytes: Uint8Array): string | null {
  const named = readGenesis(genesis)
  const note = parseNote(bytes)
  if (!named || !note) return null
  const key = verifierKey(carrierName(member), 1, Uint8Array.from(Buffer.from(named.witness, 'base64')))
  return openNote(note, [key]).ok ? note.text.trimEnd() : null
}

/** The line that a note carries, before its signature is checked; null when it is no note. */
export function unverifiedLine(bytes: Uint8Array): string | null {
  return parseNote(bytes)?.text.trimEnd() ?? null
}

function carrierName(member: MemberId): string {
  return `ayni/${member}/carry`
}
