import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import type { MemberId } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import { isoTime, type Millis } from '../../kernel/time.ts'
import { type MemberGenesis, memberIdOf, PublicKey, readLeaf, writeLeaf } from '../../records/index.ts'
import type { MemberKeys } from '../ports.ts'
import { openNote, parseNote, signingKey, signNote, type SigningKey, verifierKey } from '../tlog/index.ts'
import { printRecoveryKey } from './recovery-key.ts'

const SEED_BYTES = 32
/** Two of three: one may be lost, and one alone in wrong hands does nothing. */
const RECOVERY_KEYS = 3
const RECOVERY_THRESHOLD = 2
const ED25519 = 1

/** A member in the making: what its first leaf says, and the secrets behind it. */
export interface Genesis {
  readonly memberId: MemberId
  readonly leaf: Uint8Array
  readonly keys: MemberKeys
  /** In the form that people print. Nothing keeps them. */
  readonly recoveryKeys: readonly string[]
  /** How many of them speak for the member. */
  readonly recoveryThreshold: number
}

/** Makes a member's keys and the first leaf of its log, signed by each of them. */
export function makeGenesis({ random, now }: { readonly random: Random; readonly now: Millis }): Genesis {
  const keys = makeKeys(random)
  const recovery = Array.from({ length: RECOVERY_KEYS }, (_, index) => ({
    number: index + 1,
    seed: newSeed(random),
  }))
  const logKey = signingKey('log', ED25519, keys.log)
  const witnessKey = signingKey('witness', ED25519, keys.witness)
  const recoverers = recovery.map((key) => signingKey(`recovery-${key.number}`, ED25519, key.seed))
  const statement = writeLeaf({
    type: 'member-genesis/1',
    time: isoTime(now),
    body: {
      log: publicHalf(logKey),
      witness: publicHalf(witnessKey),
      recovery: { keys: recoverers.map(publicHalf), threshold: RECOVERY_THRESHOLD },
    },
  })
  const leaf = utf8(signNote(fromUtf8(statement), [logKey, witnessKey, ...recoverers]))
  return {
    memberId: memberIdOf(leaf),
    leaf,
    keys,
    recoveryKeys: recovery.map(printRecoveryKey),
    recoveryThreshold: RECOVERY_THRESHOLD,
  }
}

/**
 * What a member's first leaf says, when it is a genesis that every key it names has signed, the recovery keys by their
 * threshold at least; null otherwise.
 */
export function readGenesis(leaf: Uint8Array): MemberGenesis['body'] | null {
  const read = readLeaf(leaf)
  const note = parseNote(leaf)
  if (read.kind !== 'record' || read.record.type !== 'member-genesis/1' || !note) return null
  const { log, witness, recovery } = read.record.body
  const named = [
    verifierKey('log', ED25519, bytesOf(log)),
    verifierKey('witness', ED25519, bytesOf(witness)),
    ...recovery.keys.map((key, index) => verifierKey(`recovery-${index + 1}`, ED25519, bytesOf(key))),
  ]
  const opened = openNote(note, named)
  if (!opened.ok) return null
  const names = new Set(opened.verified.map(({ key }) => key.name))
  const recoverers = [...names].filter((name) => name.startsWith('recovery-')).length
  return names.has('log') && names.has('witness') && recoverers >= recovery.threshold
    ? read.record.body
    : null
}

/** Keys for every day, of a new member or of one that changes them. */
export function makeKeys(random: Random): MemberKeys {
  return { log: newSeed(random), witness: newSeed(random) }
}

/** The public half of a seed. */
export function publicKeyOf(role: keyof MemberKeys, seed: Uint8Array): PublicKey {
  return publicHalf(signingKey(role, role === 'log' ? 1 : 4, seed))
}

function newSeed(random: Random): Uint8Array {
  return Uint8Array.from(random(SEED_BYTES))
}

function publicHalf({ verifier }: SigningKey): PublicKey {
  return PublicKey.parse(Buffer.from(verifier.key).toString('base64'))
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base64, 'base64'))
}
