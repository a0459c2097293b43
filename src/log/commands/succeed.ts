import type { LogTable, Writer } from '../../database/index.ts'
import { fromUtf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId, type Origin, originOf } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type Clock, isoTime } from '../../kernel/time.ts'
import { LogSuccession, readLeaf, Reference } from '../../records/index.ts'
import { makeKeys, publicKeyOf } from '../identity/genesis.ts'
import { readQuorum, signByQuorum } from '../identity/quorum.ts'
import type { KeyStore } from '../ports.ts'
import { findLog, readCheckpoint, readLeafAt, readLeafRange } from '../queries/entries.ts'
import { readKeys } from '../queries/keys.ts'
import type { TileDeps } from '../queries/tiles.ts'
import { openLog } from './found.ts'
import { queueLeaf } from './queue.ts'

export interface SucceedDeps extends TileDeps {
  readonly keys: KeyStore
  readonly clock: Clock
  readonly random: Random
}

export type SuccessionReason = LogSuccession['body']['reason']

/** A log that goes on where another one ended. */
export interface Succession {
  readonly origin: Origin
  readonly previous: Origin
  /** Entries of the previous log that still count. */
  readonly cut: number
  /** Entries that no checkpoint covered: they are said again in the new log. */
  readonly saidAgain: number
}

/** Signatures of a checkpoint that a succession carries; a record has room for as many. */
const COSIGNATURES_CARRIED = 16

/**
 * Opens the next log of a member, with new keys, in the name of its recovery quorum: it continues the log before after the
 * newest checkpoint that was signed here, which grows no more. What no checkpoint covered is said again. It cannot contradict
 * what was signed, so nobody need be asked. Refused with `logContinued`, `nothingSigned` and as {@link readQuorum} refuses.
 */
export async function succeedLog(
  deps: SucceedDeps,
  log: LogTable,
  reason: SuccessionReason,
  recoveryKeys: readonly string[],
): Promise<Result<Succession>> {
  const memberId = MemberId.parse(log.member_id)
  const { recovery } = await readKeys(deps.database.read, log)
  const quorum = readQuorum(recoveryKeys, recovery)
  if (!quorum.ok) return quorum
  if (log.cut !== null) return fail(failure('logContinued'))
  const checkpoint = await readCheckpoint(deps, log, COSIGNATURES_CARRIED)
  const genesis = await genesisOf(deps, log)
  if (!checkpoint || !genesis) return fail(failure('nothingSigned'))
  const made = makeKeys(deps.random)
  const refs = await evidenceOf(deps, log)
  const record = LogSuccession.parse({
    type: 'log-succession/1',
    time: isoTime(deps.clock()),
    body: {
      genesis,
      previous: { origin: log.origin, checkpoint: fromUtf8(checkpoint) },
      reason,
      log: publicKeyOf('log', made.log),
      witness: publicKeyOf('witness', made.witness),
    },
    ...(refs.length > 0 && { refs }),
  })
  const leaf = signByQuorum(record, quorum.value)
  const unsigned = await readLeafRange(deps, log, log.signed_size, log.size)
  await deps.keys.add(memberId, made)
  // If we stop here, keys are left that no entry names: they sign nothing.
  await deps.database.write(async (tx) => {
    await endLog(tx, log, log.signed_size)
    await openLog(tx, { memberId, number: log.number + 1, leaf, role: 'own' })
    await sayAgain(tx, log, unsigned)
  })
  return succeed({
    origin: originOf(memberId, log.number + 1),
    previous: originOf(memberId, log.number),
    cut: log.signed_size,
    saidAgain: unsigned.length,
  })
}

/** From here on a log grows no more, and what it says from entry `cut` on does not count. */
export async function endLog(tx: Writer, { origin, frozen }: LogTable, cut: number): Promise<void> {
  await tx
    .updateTable('log')
    .set({ frozen: frozen ?? 'succeeded', cut })
    .where('origin', '=', origin)
    .execute()
}

/** The member's first leaf: the log's own, or the one that its first entry carries. */
async function genesisOf(deps: TileDeps, log: LogTable): Promise<string | null> {
  const leaf = await readLeafAt(deps, log, 0)
  const read = leaf && readLeaf(leaf)
  if (!leaf || read?.kind !== 'record') return null
  return read.record.type === 'log-succession/1' ? read.record.body.genesis : fromUtf8(leaf)
}

/** Records held here that show that the log signed two histories. */
async function evidenceOf(deps: TileDeps, { origin }: LogTable): Promise<readonly Reference[]> {
  const rows = await deps.database.read
    .selectFrom('log_entry')
    .select(['origin', 'position', 'leaf_hash'])
    .where('type', '=', 'log-fork/1')
    .where('inert', 'is', null)
    .limit(1000)
    .execute()
  const found: Reference[] = []
  for (const row of rows) {
    const log = await findLog(deps.database.read, row.origin)
    const leaf = log && (await readLeafAt(deps, log, row.position))
    const read = leaf && readLeaf(leaf)
    if (read?.kind !== 'record' || read.record.type !== 'log-fork/1') continue
    if (!read.record.body.first.startsWith(`${origin}\n`)) continue
    found.push(Reference.parse({ origin: row.origin, index: row.position, leaf: row.leaf_hash }))
  }
  return found.slice(0, 8)
}

/** What no checkpoint covered comes before what was queued later. What names keys of the log that ended is not said again. */
async function sayAgain(tx: Writer, { member_id }: LogTable, leaves: readonly Uint8Array[]): Promise<void> {
  const queued = await tx
    .selectFrom('outgoing_record')
    .selectAll()
    .where('member_id', '=', member_id)
    .orderBy('sequence')
    .execute()
  await tx.deleteFrom('outgoing_record').where('member_id', '=', member_id).execute()
  for (const leaf of leaves) {
    const read = readLeaf(leaf)
    if (read.kind === 'record' && !read.isSigned) await queueLeaf(tx, member_id, read.record, leaf)
  }
  for (const { sequence: _, ...row } of queued)
    if (row.type !== 'member-keys/1') await tx.insertInto('outgoing_record').values(row).execute()
}
