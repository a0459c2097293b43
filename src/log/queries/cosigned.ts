import type { MemberId } from '../../kernel/names.ts'
import { SECOND, type Millis } from '../../kernel/time.ts'
import { hex } from '../commands/extend.ts'
import type { Voice } from '../commands/sign-line.ts'
import { openCheckpoint } from '../commands/sync.ts'
import type { LogKeys } from '../identity/keys.ts'
import { witnessName } from '../rules.ts'
import { formatSignature, openNote, verifierKey } from '../tlog/index.ts'

/** What a follower has shown of our log: that it holds this checkpoint of it, and who it is. */
export interface Cosigned {
  readonly memberId: MemberId
  /** Base64. */
  readonly witnessKey: string
  readonly signer: string
  readonly size: number
  /** Hex. */
  readonly root: string
  readonly time: Millis
  /** The signature line, without its end of line. */
  readonly line: string
}

/**
 * Reads a checkpoint of the log with these keys that a member cosigned with a witness key of its own, while that was in force; null when either
 * signature is not right.
 */
export function readCosigned(
  logKeys: LogKeys,
  { member, keys }: Voice,
  checkpoint: Uint8Array,
): Cosigned | null {
  const opened = openCheckpoint(logKeys, checkpoint)
  const signer = witnessName(member)
  const line = opened?.note.signatures.find(({ name }) => name === signer)
  if (!opened || !line) return null
  for (const { key, until } of keys) {
    const verifier = verifierKey(signer, 4, Uint8Array.from(Buffer.from(key, 'base64')))
    const verified = openNote(opened.note, [verifier])
    const seconds = verified.ok ? verified.verified[0]?.time : null
    if (seconds === null || seconds === undefined) continue
    if (until !== null && seconds * SECOND > until) return null
    return {
      memberId: member,
      witnessKey: keys[0].key,
      signer,
      size: opened.checkpoint.size,
      root: hex(opened.checkpoint.root),
      time: seconds * SECOND,
      line: formatSignature(line).trimEnd(),
    }
  }
  return null
}
