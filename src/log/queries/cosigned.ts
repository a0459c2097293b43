import type { MemberId } from '../../kernel/names.ts'
import { SECOND, type Millis } from '../../kernel/time.ts'
import { memberIdOf } from '../../records/index.ts'
import { hex } from '../commands/extend.ts'
import { openCheckpoint } from '../commands/sync.ts'
import { readGenesis } from '../identity/genesis.ts'
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
 * Reads a checkpoint of the log with these keys that a member cosigned with the witness key of its genesis; null when either signature or the
 * identity is not right.
 */
export function readCosigned(
  logKeys: LogKeys,
  { genesis, checkpoint }: { readonly genesis: Uint8Array; readonly checkpoint: Uint8Array },
): Cosigned | null {
  const keys = readGenesis(genesis)
  const opened = openCheckpoint(logKeys, checkpoint)
  if (!keys || !opened) return null
  const memberId = memberIdOf(genesis)
  const signer = witnessName(memberId)
  const key = verifierKey(signer, 4, Uint8Array.from(Buffer.from(keys.witness, 'base64')))
  const verified = openNote(opened.note, [key])
  const line = opened.note.signatures.find(({ name }) => name === signer)
  const time = verified.ok ? verified.verified[0]?.time : null
  if (!line || time === null || time === undefined) return null
  return {
    memberId,
    witnessKey: keys.witness,
    signer,
    size: opened.checkpoint.size,
    root: hex(opened.checkpoint.root),
    time: time * SECOND,
    line: formatSignature(line).trimEnd(),
  }
}
