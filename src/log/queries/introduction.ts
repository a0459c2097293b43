/** How a member shows who speaks for it to somebody who does not hold its log. Nothing of it need be believed. */
import { utf8 } from '../../kernel/bytes.ts'
import { type MemberId, originOf } from '../../kernel/names.ts'
import { memberIdOf, type PublicKey, readLeaf } from '../../records/index.ts'
import { openCheckpoint } from '../commands/sync.ts'
import { beginKeys, currentKeys, foldKeys, type LogKeys } from '../identity/keys.ts'
import { formatNote, leafHash, parseProofFile, verifyInclusion } from '../tlog/index.ts'

/** An entry that says who speaks for the member. */
export interface NamingEntry {
  readonly position: number
  readonly leaf: Uint8Array
}

export interface Introduction {
  /** Of each log of the member, in order: its entry 0, then those that named new keys. The recovery quorum has signed each. */
  readonly logs: readonly (readonly NamingEntry[])[]
  /** A `.tlog-proof` of what the member says it is called; null where it does not show that. */
  readonly profile: Uint8Array | null
}

/** What a member says that it is called, and in which colour it is drawn. */
interface Said {
  readonly handle: string
  readonly name: string
  readonly colour: string | null
}

/** What an introduction proves. */
export interface Introduced {
  readonly memberId: MemberId
  /** The number of the log that the member writes. */
  readonly number: number
  /** Every key that this log has had, as far as was shown. */
  readonly keys: LogKeys
  /** As the member's own log says; null where that was not shown. */
  readonly profile: Said | null
}

/** Reads an introduction; null when any of it is not what it says. */
export function readIntroduction({ logs, profile }: Introduction): Introduced | null {
  const genesis = logs[0]?.[0]
  if (!genesis) return null
  const memberId = memberIdOf(genesis.leaf)
  const all = logs.map((entries, number) => readNaming(memberId, number, entries))
  const keys = all.at(-1)
  if (!keys || !areAll(all)) return null
  const said = profile && readProfile(all, profile)
  if (profile && !said) return null
  return { memberId, number: all.length - 1, keys, profile: said }
}

function areAll(all: readonly (LogKeys | null)[]): all is readonly LogKeys[] {
  return all.every((keys) => keys !== null)
}

function readNaming(memberId: MemberId, number: number, entries: readonly NamingEntry[]): LogKeys | null {
  const [first, ...later] = entries
  let keys = first?.position === 0 ? beginKeys(originOf(memberId, number), first.leaf) : null
  for (const { position, leaf } of later) {
    const last = keys && currentKeys(keys)
    const next = keys && foldKeys(keys, position, leaf)
    if (!last || next === keys || position <= last.position) return null
    keys = next
  }
  return keys
}

/** Both the proof and the signature over the checkpoint must be of one of the member's logs. */
function readProfile(logs: readonly LogKeys[], bytes: Uint8Array): Said | null {
  const file = parseProofFile(bytes)
  if (!file?.extra) return null
  const note = utf8(formatNote(file.note.text, file.note.signatures))
  const opened = logs.map((keys) => openCheckpoint(keys, note)).find((each) => each !== null)
  if (!opened) return null
  const { size, root } = opened.checkpoint
  if (!verifyInclusion({ index: file.index, size, leaf: leafHash(file.extra), root, proof: file.proof }))
    return null
  const read = readLeaf(file.extra)
  if (read.kind !== 'record' || read.record.type !== 'member-profile/1') return null
  const { handle, name, colour = null } = read.record.body
  return { handle, name, colour }
}

/** Who speaks for a member in the log of that number: its keys, oldest first. */
export interface Speaking {
  readonly number: number
  readonly keys: LogKeys
}

/** The newer of two things that are known of who speaks for a member. */
export function newerOf<One extends Speaking, Other extends Speaking>(one: One, other: Other): One | Other {
  if (one.number !== other.number) return one.number > other.number ? one : other
  return one.keys.generations.length >= other.keys.generations.length ? one : other
}

/** Whether a witness key that was in force in the log of that number is this one or has given way to it. */
export function hasFollowed(
  { number, keys }: Speaking,
  before: { readonly number: number; readonly witness: PublicKey | string },
): boolean {
  if (number !== before.number) return number > before.number
  return keys.generations.some(({ witness }) => witness === before.witness)
}
