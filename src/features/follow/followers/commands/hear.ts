import type { LogTable } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import {
  type Cosigned,
  type LogFiles,
  MAX_NOTE_BYTES,
  openCheckpoint,
  readCosigned,
  type Voice,
} from '../../../../log/index.ts'
import { listFollowers, MOST_FOLLOWERS } from '../queries.ts'
import { pull } from './compare.ts'
import { freeze } from './freeze.ts'
import type { FollowerDeps } from './index.ts'

/** What came of a carried copy of a log that is written here. */
export interface Heard {
  /** Entries here now. */
  readonly held: number
  /** Members whose cosignatures were news. */
  readonly vouched: number
}

/**
 * What a carry holds of a log that is written here: entries that were lost come back, and cosignatures count, of whatever checkpoint of
 * ours they are. `witnesses` are members that may have cosigned. Refused with `logForked`, `logNotBelieved`, `logFrozen`.
 */
export async function hear(
  deps: FollowerDeps,
  carried: {
    readonly memberId: MemberId
    readonly files: LogFiles
    readonly witnesses: readonly Voice[]
    /** Whether the log was confirmed since this start: then nobody else can be ahead of us. */
    readonly isConfirmed: (origin: string) => boolean
  },
  signal: AbortSignal,
): Promise<Result<Heard>> {
  const { memberId, files, witnesses } = carried
  const log = await deps.logs.current(memberId)
  const checkpoint = await files.read('checkpoint', MAX_NOTE_BYTES)
  if (!log || !checkpoint) return fail(failure('logNotBelieved', { path: 'checkpoint' }))
  if (log.frozen !== null) return fail(failure('logFrozen', { origin: log.origin }))
  const keys = await deps.logs.keys(log)
  const opened = openCheckpoint(keys, checkpoint)
  if (opened && opened.checkpoint.size > log.size && carried.isConfirmed(log.origin)) {
    await freeze(deps, log.origin, 'twin')
    return fail(failure('logForked'))
  }
  const answer = await pull(deps, log, files, signal)
  if (answer === 'forked') return fail(failure('logForked'))
  if (answer === 'silent') return fail(failure('logNotBelieved', { path: 'checkpoint' }))
  const now = await deps.logs.find(log.origin)
  const nowKeys = now ? await deps.logs.keys(now) : keys
  let vouched = 0
  for (const witness of witnesses) {
    const read = readCosigned(nowKeys, witness, checkpoint)
    if (read && (await keep(deps, log, read))) vouched++
  }
  return succeed({ held: now?.size ?? log.size, vouched })
}

/** Keeps what a follower vouched for, and that it follows; false where it has vouched for as much already. */
function keep({ database, clock }: FollowerDeps, log: LogTable, read: Cosigned): Promise<boolean> {
  const { signer, size, time, line } = read
  return database.write(async (tx) => {
    const known = await listFollowers(tx, log.origin)
    const isKnown = known.some(({ memberId }) => memberId === read.memberId)
    if (!isKnown && known.length >= MOST_FOLLOWERS) return false
    await tx
      .insertInto('follower')
      .values({
        origin: log.origin,
        member_id: read.memberId,
        witness_key: read.witnessKey,
        handle: null,
        name: null,
        colour: null,
        url: null,
        allow_private: 0,
        since: clock(),
      })
      .onConflict((same) =>
        same.columns(['origin', 'member_id']).doUpdateSet({ witness_key: read.witnessKey }),
      )
      .execute()
    const row = { origin: log.origin, signer, size, time, line }
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('cosignature')
      .values(row)
      .onConflict((same) =>
        same.columns(['origin', 'signer']).doUpdateSet(row).where('cosignature.size', '<', size),
      )
      .executeTakeFirst()
    return (numInsertedOrUpdatedRows ?? 0n) > 0n
  })
}
