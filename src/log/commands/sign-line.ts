import type { Database, LogTable, Reader } from '../../database/index.ts'
import { type MemberId, type Origin, originOf, partsOfOrigin } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Millis } from '../../kernel/time.ts'
import type { PublicKey } from '../../records/index.ts'
import { publicKeyOf } from '../identity/genesis.ts'
import type { Generation, LogKeys } from '../identity/keys.ts'
import type { KeyStore } from '../ports.ts'
import { findLog } from '../queries/entries.ts'
import { readKeys } from '../queries/keys.ts'
import { type LogFiles, openNote, parseNote, signingKey, signNote, verifierKey } from '../tlog/index.ts'
import { learnKeys } from './check-candidate.ts'

/**
 * Signs a line of JSON in the name of the member that writes a log: what it says that it holds. The key is the witness key in force where
 * the log's checkpoint ends, so that whoever has the log up to there knows it. A cosignature never begins with a brace, so that one cannot be
 * taken for the other. Null where the key is not here.
 */
export async function signLine(
  { database, keys }: { readonly database: Database; readonly keys: KeyStore },
  log: LogTable,
  line: string,
): Promise<string | null> {
  if (!line.startsWith('{')) throw new RangeError('only JSON is vouched for')
  const known = await readKeys(database.read, log)
  const { member } = partsOfOrigin(known.origin)
  const { witness } = inForce(known, log.signed_size)
  const pairs = await keys.get(member)
  const pair = pairs.find((each) => publicKeyOf('witness', each.witness) === witness)
  return pair ? signNote(`${line}\n`, [signingKey(carrierName(member), 1, pair.witness)]) : null
}

/** With which keys a member vouches, as its log says. */
export interface Voice {
  readonly member: MemberId
  /** The one in force first, then the former ones. */
  readonly keys: readonly [WitnessKey, ...WitnessKey[]]
}

/** A key, and when it gave way to another one: what it signed later counts for nothing. Null: that is not known here. */
export interface WitnessKey {
  readonly key: PublicKey
  readonly until: Millis | null
}

/**
 * Finds out from a log's files with which key its member vouches for lines at their checkpoint. What is here of the log need not be read
 * again, and may know that the key was given up since. `keysAt`: see {@link learnKeys}. Fails with the path of what is not the log's.
 */
export async function learnVoice(
  { database }: { readonly database: Database },
  origin: Origin,
  files: LogFiles,
  keysAt?: readonly number[],
): Promise<Result<Voice, string>> {
  const log = await findLog(database.read, origin)
  const known = log && { keys: await readKeys(database.read, log), size: log.size }
  const learnt = await learnKeys(files, origin, { known, ...(keysAt && { keysAt }) })
  if (!learnt.ok) return fail(learnt.failure)
  const { generations } = learnt.value.keys
  const later = [
    ...(known?.keys.generations.filter(({ position }) => position >= learnt.value.size) ?? []),
    ...(await keysOfNext(database.read, origin)),
  ]
  const all = [...generations, ...later]
  const keys = generations.map(({ witness }, at): WitnessKey => {
    const next = all.slice(at + 1).find((each) => each.witness !== witness)
    return { key: witness, until: next?.time ?? null }
  })
  const [newest, ...former] = keys.toReversed()
  if (!newest) throw new Error(`${origin} has no keys`)
  return succeed({ member: partsOfOrigin(origin).member, keys: [newest, ...former] })
}

/** With which of its keys a member vouched for a line; null when with none. */
export function signerOfLine({ member, keys }: Voice, bytes: Uint8Array): WitnessKey | null {
  const note = parseNote(bytes)
  const name = carrierName(member)
  const signed = ({ key }: WitnessKey) =>
    note && openNote(note, [verifierKey(name, 1, Uint8Array.from(Buffer.from(key, 'base64')))]).ok
  return keys.find(signed) ?? null
}

/** The line that a note carries, before its signature is checked; null when it is no note. */
export function unverifiedLine(bytes: Uint8Array): string | null {
  return parseNote(bytes)?.text.trimEnd() ?? null
}

function inForce({ generations }: LogKeys, size: number): Generation {
  return generations.findLast(({ position }) => position < size) ?? generations[0]
}

/** The keys of the log that continues one, where it is here. */
async function keysOfNext(reader: Reader, origin: Origin): Promise<readonly Generation[]> {
  const { member, log } = partsOfOrigin(origin)
  const next = await findLog(reader, originOf(member, log + 1))
  return next ? (await readKeys(reader, next)).generations : []
}

function carrierName(member: MemberId): string {
  return `ayni/${member}/carry`
}
