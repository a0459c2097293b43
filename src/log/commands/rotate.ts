import type { Database, LogTable } from '../../database/index.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import type { Random } from '../../kernel/random.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type Clock, isoTime } from '../../kernel/time.ts'
import type { PublicKey } from '../../records/index.ts'
import { makeKeys, publicKeyOf } from '../identity/genesis.ts'
import { readQuorum, signByQuorum } from '../identity/quorum.ts'
import type { KeyStore } from '../ports.ts'
import { readKeys } from '../queries/keys.ts'
import { queueLeaf } from './queue.ts'

export interface RotateDeps {
  readonly database: Database
  readonly keys: KeyStore
  readonly clock: Clock
  readonly random: Random
}

/** The public halves of new keys, in base64. */
export interface NewKeys {
  readonly log: PublicKey
  readonly witness: PublicKey
}

/**
 * Gives a log written here new keys, in the name of its recovery quorum. They count from the entry on that names them;
 * the former ones sign beside them for 30 days. Refused with `logFrozen` and as {@link readQuorum} refuses.
 */
export async function rotateKeys(
  { database, keys, clock, random }: RotateDeps,
  log: LogTable,
  recoveryKeys: readonly string[],
): Promise<Result<NewKeys>> {
  if (log.frozen !== null) return fail(failure('logFrozen', { origin: log.origin }))
  const { recovery } = await readKeys(database.read, log)
  const quorum = readQuorum(recoveryKeys, recovery)
  if (!quorum.ok) return quorum
  const made = makeKeys(random)
  const named = { log: publicKeyOf('log', made.log), witness: publicKeyOf('witness', made.witness) }
  const record = { type: 'member-keys/1', time: isoTime(clock()), body: named } as const
  await keys.add(MemberId.parse(log.member_id), made)
  // If we stop here, keys are left that no entry names: they sign nothing.
  await database.write((tx) => queueLeaf(tx, log.member_id, record, signByQuorum(record, quorum.value)))
  return succeed(named)
}
