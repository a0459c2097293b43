/** Asking others to vouch for a log written here, and keeping what they sign. C2SP tlog-witness. */
import type { Database, LogTable } from '../../database/index.ts'
import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import { SECOND } from '../../kernel/time.ts'
import { type TileDeps, tileReader } from '../queries/tiles.ts'
import { witnessName } from '../rules.ts'
import {
  formatSignature,
  formatWitnessRequest,
  isMadeBy,
  openNote,
  parseNote,
  proveConsistency,
  verifierKey,
} from '../tlog/index.ts'

/** Whoever vouches for a log of ours. */
export interface Witness {
  readonly memberId: string
  /** Ed25519 key, base64. */
  readonly witnessKey: string
}

/** The body of `add-checkpoint` for whoever has seen the first `oldSize` entries of a log that has been signed. */
export async function cosignatureRequest(
  deps: TileDeps,
  log: LogTable,
  oldSize: number,
): Promise<Uint8Array> {
  const note = log.checkpoint && parseNote(log.checkpoint)
  if (!note) throw new Error(`${log.origin} has no checkpoint`)
  const proof = oldSize === 0 ? [] : await proveConsistency(tileReader(deps, log), oldSize, log.signed_size)
  return utf8(formatWitnessRequest({ oldSize, proof, note }))
}

/** Keeps what a witness answered for a log's checkpoint; resolves to whether it has signed it. */
export async function keepCosignature(
  { database }: { readonly database: Database },
  { origin, checkpoint, signed_size: size }: LogTable,
  { memberId, witnessKey }: Witness,
  lines: string,
): Promise<boolean> {
  const signer = witnessName(memberId)
  const key = verifierKey(signer, 4, Uint8Array.fromBase64(witnessKey))
  const note = checkpoint && parseNote(concatBytes([checkpoint, utf8(lines)]))
  const opened = note && openNote(note, [key])
  const time = opened?.ok ? opened.verified[0]?.time : null
  const signature = note?.signatures.find((each) => isMadeBy(each, key))
  if (!signature || time === null || time === undefined) return false
  const row = { origin, signer, size, time: time * SECOND, line: formatSignature(signature).trimEnd() }
  await database.write((tx) =>
    tx
      .insertInto('cosignature')
      .values(row)
      .onConflict((same) =>
        same.columns(['origin', 'signer']).doUpdateSet(row).where('cosignature.size', '<=', size),
      )
      .execute(),
  )
  return true
}

/** The size for which a member vouched last; 0 before it did. */
export async function sizeVouchedBy({ read }: Database, origin: string, memberId: string): Promise<number> {
  const row = await read
    .selectFrom('cosignature')
    .select('size')
    .where('origin', '=', origin)
    .where('signer', '=', witnessName(memberId))
    .executeTakeFirst()
  return row?.size ?? 0
}
