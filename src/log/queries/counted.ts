import type { LogTable } from '../../database/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { MemberId, originOf } from '../../kernel/names.ts'
import { readLeaf } from '../../records/index.ts'
import { parseCheckpoint, parseNote } from '../tlog/index.ts'
import { findLog, readLeafAt } from './entries.ts'
import type { TileDeps } from './tiles.ts'

/**
 * A log as it is handed on: up to its checkpoint, and one that was continued up to the checkpoint that the next log names, which others
 * need to go on from. Null before the first checkpoint, and where what is here is not all that counts: another branch, or too little.
 */
export async function readCounted(deps: TileDeps, log: LogTable): Promise<LogTable | null> {
  if (log.cut === null) return log.checkpoint === null ? null : log
  const next = await findLog(deps.database.read, originOf(MemberId.parse(log.member_id), log.number + 1))
  const leaf = next && (await readLeafAt(deps, next, 0))
  const read = leaf && readLeaf(leaf)
  if (read?.kind !== 'record' || read.record.type !== 'log-succession/1') return null
  const named = utf8(read.record.body.previous.checkpoint)
  const note = parseNote(named)
  const end = note && parseCheckpoint(note.text)
  if (end?.size !== log.cut || log.size < log.cut) return null
  return log.signed_size === log.cut ? log : { ...log, signed_size: log.cut, checkpoint: named }
}
