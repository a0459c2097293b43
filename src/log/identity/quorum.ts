import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type PublicRecord, writeLeaf } from '../../records/index.ts'
import { signingKey, signNote, type SigningKey } from '../tlog/index.ts'
import { type Recovery, recoveryName } from './keys.ts'
import { parseRecoveryKey } from './recovery-key.ts'

/** The recovery keys that a person typed, as far as they may speak for a member. */
export type Quorum = readonly SigningKey[]

/**
 * Reads recovery keys as people type them. Refused with `recoveryKeyMistyped`, `recoveryKeyForeign` (of another member),
 * `recoveryKeysTooFew`; `number` counts the typed ones from 1.
 */
export function readQuorum(typed: readonly string[], { keys, threshold }: Recovery): Result<Quorum> {
  const signers = new Map<string, SigningKey>()
  for (const [index, text] of typed.entries()) {
    const read = parseRecoveryKey(text)
    if (!read) return fail(failure('recoveryKeyMistyped', { number: index + 1 }, 'recovery'))
    const signer = signingKey(recoveryName(read.number), 1, read.seed)
    const isOurs = keys[read.number - 1] === Buffer.from(signer.verifier.key).toString('base64')
    if (!isOurs) return fail(failure('recoveryKeyForeign', { number: index + 1 }, 'recovery'))
    signers.set(signer.verifier.name, signer)
  }
  if (signers.size < threshold)
    return fail(failure('recoveryKeysTooFew', { given: signers.size, needed: threshold }, 'recovery'))
  return succeed([...signers.values()])
}

/** The leaf of a record that counts only with the quorum's signatures. */
export function signByQuorum(record: PublicRecord, quorum: Quorum): Uint8Array {
  return utf8(signNote(fromUtf8(writeLeaf(record)), quorum))
}
