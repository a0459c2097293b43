import type { LogTable, Reader, StatedForkTable, Writer } from '../../database/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { MemberId } from '../../kernel/names.ts'
import { isoTime, type Millis, momentOf } from '../../kernel/time.ts'
import { LogFork, NoteText } from '../../records/index.ts'
import { keyAt, type LogKeys, logVerifier } from '../identity/keys.ts'
import { readKeys } from '../queries/keys.ts'
import {
  convicts,
  type Fork,
  formatForkFile,
  formatNote,
  type Note,
  onlySignedBy,
  parseCheckpoint,
  parseForkFile,
  parseNote,
} from '../tlog/index.ts'
import { queueRecord } from './queue.ts'

/** Ends the growth of a log that is written or held here. Resolves to whether it went on until now. */
export async function freezeLog(
  tx: Writer,
  origin: string,
  why: 'fork' | 'twin' | 'moved',
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('log')
    .set({ frozen: why })
    .where('origin', '=', origin)
    .where('frozen', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/**
 * Freezes a log on evidence, keeps the evidence, and says it once in the name of each other member hosted here, so that all who
 * follow them have it; `saidBy` is one who has said so already. The caller has checked that it convicts. Resolves to whether
 * it is news.
 */
export async function freezeForked(
  tx: Writer,
  origin: string,
  fork: Fork,
  now: Millis,
  saidBy: string | null = null,
): Promise<boolean> {
  await freezeLog(tx, origin, 'fork')
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('fork_evidence')
    .values({ origin, evidence: formatForkFile(fork), found_at: now })
    .onConflict((known) => known.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows !== 1n) return false
  const hosted = await tx.selectFrom('member').select('id').where('hosted', '=', 1).execute()
  for (const { id } of hosted) {
    const isOther = MemberId.safeParse(id).success && !origin.startsWith(`ayni/${id}/`)
    if (isOther && id !== saidBy) await queueRecord(tx, id, statement(fork, now))
  }
  return true
}

/** Reads a file of evidence, with the log's signatures alone; null when it does not convict. */
export async function evidenceAgainst(reader: Reader, log: LogTable, file: string): Promise<Fork | null> {
  const fork = parseForkFile(utf8(file))
  return fork && evidence(fork, await readKeys(reader, log))
}

/** A key that was not in force any more convicts nobody. */
function evidence(fork: Fork, keys: LogKeys): Fork | null {
  const inForce = (size: number) => logVerifier(keys.origin, keyAt(keys, size))
  if (!convicts(fork, inForce)) return null
  const signed = (note: Note) => onlySignedBy(note, [inForce(parseCheckpoint(note.text)?.size ?? 0)])
  return { first: signed(fork.first), second: signed(fork.second), proof: fork.proof }
}

/**
 * What a member says of a fork counts when it convicts: then the log it speaks of is frozen here as well. It is kept in any case: the
 * log may be followed later. Resolves to the origin of a log that was frozen by it; null when nothing is new.
 */
export async function heedFork(
  tx: Writer,
  memberId: string,
  place: { readonly origin: string; readonly position: number },
  { time, body }: LogFork,
): Promise<string | null> {
  const first = parseNote(utf8(body.first))
  const origin = first && parseCheckpoint(first.text)?.origin
  if (!origin) return null
  const said = { origin, member_id: memberId, time: momentOf(time), body: JSON.stringify(body) }
  await tx
    .insertInto('stated_fork')
    .values({ ...said, by_origin: place.origin, by_position: place.position })
    .onConflict((known) => known.doNothing())
    .execute()
  return judge(tx, said)
}

/** Looks again at what members said of a log: it is held from now on, or more of its keys are known. */
export async function heedStated(tx: Writer, origin: string): Promise<void> {
  const rows = await tx
    .selectFrom('stated_fork')
    .selectAll()
    .where('origin', '=', origin)
    .orderBy('by_origin')
    .orderBy('by_position')
    .execute()
  for (const row of rows) await judge(tx, row)
}

async function judge(
  tx: Writer,
  { origin, member_id, time, body }: Pick<StatedForkTable, 'origin' | 'member_id' | 'time' | 'body'>,
): Promise<string | null> {
  const log = await tx.selectFrom('log').selectAll().where('origin', '=', origin).executeTakeFirst()
  if (!log) return null
  const { first, second, proof } = LogFork.shape.body.parse(JSON.parse(body))
  const [one, other] = [first, second].map((note) => parseNote(utf8(note)))
  if (!one || !other) return null
  const claim = { first: one, second: other, proof: proof.map((hash) => Uint8Array.fromBase64(hash)) }
  const fork = evidence(claim, await readKeys(tx, log))
  if (!fork) return null
  return (await freezeForked(tx, origin, fork, time, member_id)) ? origin : null
}

/** Forgets what a member said of forks, to be folded again. */
export async function dropStatedForks(tx: Writer, memberId: string): Promise<void> {
  await tx.deleteFrom('stated_fork').where('member_id', '=', memberId).execute()
}

function statement({ first, second, proof }: Fork, now: Millis): LogFork {
  const note = ({ text, signatures }: Fork['first']) => NoteText.parse(formatNote(text, signatures))
  return LogFork.parse({
    type: 'log-fork/1',
    time: isoTime(now),
    body: { first: note(first), second: note(second), proof: proof.map((hash) => hash.toBase64()) },
  })
}
