/** Who speaks for a member in one of its logs. The log itself says so, and nothing else does. */
import { utf8 } from '../../kernel/bytes.ts'
import { partsOfOrigin, type Origin } from '../../kernel/names.ts'
import { type Millis, momentOf } from '../../kernel/time.ts'
import {
  type LogSuccession,
  type MemberGenesis,
  memberIdOf,
  type PublicKey,
  readLeaf,
} from '../../records/index.ts'
import { openNote, parseNote, type VerifierKey, verifierKey } from '../tlog/index.ts'
import { readGenesis } from './genesis.ts'

const ED25519 = 1
/** How the leaves that name keys look in canonical JSON. */
const NAMES_KEYS = '"type":"member-keys/1"'

/** Keys that are kept away from the node; together, `threshold` of them speak for the member. */
export type Recovery = MemberGenesis['body']['recovery']

/** Keys in force from one entry on. */
export interface Generation {
  readonly position: number
  readonly log: PublicKey
  readonly witness: PublicKey
  /** When its record says that it was made. */
  readonly time: Millis
}

/** The keys of one log, oldest first: entry 0 names the first. */
export interface LogKeys {
  readonly origin: Origin
  readonly recovery: Recovery
  readonly generations: readonly [Generation, ...Generation[]]
}

/**
 * The keys that a log begins with, as its entry 0 says: the genesis that the log's name stands for, or the succession by
 * which the quorum of that genesis opened a later log. Null when it is neither.
 */
export function beginKeys(origin: Origin, leaf: Uint8Array): LogKeys | null {
  const { member, log: number } = partsOfOrigin(origin)
  const first = number === 0 ? leaf : genesisIn(leaf)
  const genesis = first && memberIdOf(first) === member ? readGenesis(first) : null
  const read = readLeaf(leaf)
  if (!genesis || read.kind !== 'record') return null
  const { recovery } = genesis
  const named = number === 0 ? genesis : readSuccession(origin, leaf, recovery)
  if (!named) return null
  const generation = {
    position: 0,
    log: named.log,
    witness: named.witness,
    time: momentOf(read.record.time),
  }
  return { origin, recovery, generations: [generation] }
}

/** The keys after one more entry; the same object where that entry changes nothing. */
export function foldKeys(keys: LogKeys, position: number, leaf: Uint8Array): LogKeys {
  if (!mayNameKeys(leaf)) return keys
  const read = readLeaf(leaf)
  if (read.kind !== 'record' || read.record.type !== 'member-keys/1') return keys
  const { log, witness } = read.record.body
  // A key that was given up is known to others by now: it never comes back.
  const isKnown = (key: PublicKey | undefined) => key !== undefined && usedKeys(keys).has(key)
  if (isKnown(log) || isKnown(witness) || !isSignedByQuorum(leaf, keys.recovery)) return keys
  const before = currentKeys(keys)
  const next = {
    position,
    log: log ?? before.log,
    witness: witness ?? before.witness,
    time: momentOf(read.record.time),
  }
  return { ...keys, generations: [...keys.generations, next] }
}

/** Whether a leaf could be one that names keys. Costs no parsing. */
export function mayNameKeys(leaf: Uint8Array): boolean {
  return Buffer.from(leaf.buffer, leaf.byteOffset, leaf.length).includes(NAMES_KEYS)
}

/** The keys in force now. */
export function currentKeys({ generations }: LogKeys): Generation {
  return generations.at(-1) ?? generations[0]
}

/** The key that a checkpoint over `size` entries must be signed with: a rotation counts from its own entry on. */
export function keyAt({ generations }: LogKeys, size: number): PublicKey {
  return (generations.findLast(({ position }) => position < size) ?? generations[0]).log
}

/** A log's key in the form in which notes are checked. */
export function logVerifier(origin: string, key: string): VerifierKey {
  return verifierKey(origin, ED25519, Uint8Array.from(Buffer.from(key, 'base64')))
}

/** Whether at least the threshold of recovery keys has signed a leaf. */
export function isSignedByQuorum(leaf: Uint8Array, { keys, threshold }: Recovery): boolean {
  const note = parseNote(leaf)
  const named = keys.map((key, index) => logVerifier(recoveryName(index + 1), key))
  const opened = note && openNote(note, named)
  if (!opened?.ok) return false
  return new Set(opened.verified.map(({ key }) => key.name)).size >= threshold
}

/** Under which name a recovery key signs. */
export function recoveryName(number: number): string {
  return `recovery-${number}`
}

/** What the first entry of a later log says, when the quorum has signed it and it follows the log before; else null. */
export function readSuccession(
  origin: Origin,
  leaf: Uint8Array,
  recovery: Recovery,
): LogSuccession['body'] | null {
  const read = readLeaf(leaf)
  if (read.kind !== 'record' || read.record.type !== 'log-succession/1') return null
  const { body } = read.record
  const here = partsOfOrigin(origin)
  const before = partsOfOrigin(body.previous.origin)
  const follows = before.member === here.member && before.log + 1 === here.log
  return follows && isSignedByQuorum(leaf, recovery) ? body : null
}

function genesisIn(leaf: Uint8Array): Uint8Array | null {
  const read = readLeaf(leaf)
  return read.kind === 'record' && read.record.type === 'log-succession/1'
    ? utf8(read.record.body.genesis)
    : null
}

function usedKeys({ recovery, generations }: LogKeys): ReadonlySet<PublicKey> {
  return new Set([...recovery.keys, ...generations.flatMap(({ log, witness }) => [log, witness])])
}
