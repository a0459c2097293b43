import type { Database, LogTable } from '../../database/index.ts'
import { MemberId } from '../../kernel/names.ts'
import { SECOND } from '../../kernel/time.ts'
import { currentKeys } from '../identity/keys.ts'
import { findCurrent } from '../queries/entries.ts'
import { readKeys } from '../queries/keys.ts'
import { witnessName } from '../rules.ts'
import {
  cosignatureTime,
  formatSignature,
  type Note,
  type NoteSignature,
  openNote,
  verifierKey,
} from '../tlog/index.ts'

/**
 * Keeps what others vouch for on a checkpoint of a held log, as far as it can be checked: lines of members whose logs are
 * held here too, and so whose keys are known. Lines come later than the checkpoint, so this is asked at each turn; what is
 * kept already costs one read.
 */
export async function keepCosignatures(
  database: Database,
  { origin }: Pick<LogTable, 'origin'>,
  note: Note,
  size: number,
): Promise<void> {
  const { read } = database
  const kept = await read
    .selectFrom('cosignature')
    .select(['signer', 'time'])
    .where('origin', '=', origin)
    .where('size', '>=', size)
    .execute()
  const times = new Map(kept.map(({ signer, time }) => [signer, time]))
  const rows: { origin: string; signer: string; size: number; time: number; line: string }[] = []
  for (const line of note.signatures) {
    const claimed = (cosignatureTime(line) ?? 0) * SECOND
    if (claimed <= (times.get(line.name) ?? 0)) continue
    const time = await timeOf(database, note, line)
    if (time === null) continue
    rows.push({ origin, signer: line.name, size, time, line: formatSignature(line).trimEnd() })
  }
  if (rows.length === 0) return
  await database.write(async (tx) => {
    for (const row of rows)
      await tx
        .insertInto('cosignature')
        .values(row)
        .onConflict((same) =>
          same.columns(['origin', 'signer']).doUpdateSet(row).where('cosignature.size', '<=', size),
        )
        .execute()
  })
}

/** When a member that is followed here made this cosignature, in milliseconds; null when that cannot be checked, or is not so. */
async function timeOf({ read }: Database, note: Note, line: NoteSignature): Promise<number | null> {
  const member = MemberId.safeParse(line.name.split('/')[1]).data
  if (member === undefined || witnessName(member) !== line.name) return null
  const log = await findCurrent(read, member)
  if (log?.role !== 'held') return null
  const { witness } = currentKeys(await readKeys(read, log))
  const key = verifierKey(line.name, 4, Uint8Array.fromBase64(witness))
  const opened = openNote({ ...note, signatures: [line] }, [key])
  const seconds = opened.ok ? opened.verified[0]?.time : null
  return seconds === null || seconds === undefined ? null : seconds * SECOND
}
