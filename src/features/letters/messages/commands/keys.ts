import type { Database, Writer } from '../../../../database/index.ts'
import { MemberId } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { type Clock, isoTime, type Millis } from '../../../../kernel/time.ts'
import {
  makeMessageKeys,
  type MessageKeyStore,
  publicMessageKeys,
  queueRecord,
} from '../../../../log/index.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import { openingKeys } from '../rules.ts'

export interface KeyDeps {
  readonly database: Database
  readonly messageKeys: MessageKeyStore
  readonly clock: Clock
  readonly random: Random
}

/**
 * Gives a member new keys for its messages and says so in its log. The keys before them open, for a while yet, what was
 * sealed to them. If we stop between the two, the next start says it: see {@link keepKeys}.
 */
export async function renewKeys(deps: KeyDeps, memberId: MemberId): Promise<void> {
  const { messageKeys, clock, random } = deps
  const now = clock()
  const before = await messageKeys.get(memberId)
  const made = makeMessageKeys({ random, now })
  await messageKeys.put(memberId, openingKeys([made, ...before], now))
  await deps.database.write((tx) => sayKeys(deps, tx, memberId, made))
}

/**
 * At a start: every member hosted here has keys for its messages, and the log that it writes now names the newest. A log that
 * continues another begins with new ones: whoever had the machine may have had the former.
 */
export async function keepKeys(deps: KeyDeps): Promise<void> {
  for (const { id } of await hostedMembers(deps.database.read)) {
    const memberId = MemberId.safeParse(id)
    if (!memberId.success) continue // it gets a log first
    const [newest] = await deps.messageKeys.get(memberId.data)
    const begun = await beginningOf(deps.database.read, id)
    if (!newest || newest.since < begun) await renewKeys(deps, memberId.data)
    else if (!(await isSaid(deps.database.read, id, newest.since)))
      await deps.database.write((tx) => sayKeys(deps, tx, memberId.data, newest))
  }
}

async function sayKeys(
  { clock }: KeyDeps,
  tx: Writer,
  memberId: MemberId,
  keys: Parameters<typeof publicMessageKeys>[0],
): Promise<void> {
  const time = isoTime(Math.max(clock(), keys.since))
  await queueRecord(tx, memberId, { type: 'member-message-keys/1', time, body: publicMessageKeys(keys) })
}

/** When the log that a member writes now took the place of another; 0 for its first one. */
async function beginningOf(reader: Database['read'], memberId: string): Promise<Millis> {
  const first = await reader
    .selectFrom('log')
    .innerJoin('log_entry', 'log_entry.origin', 'log.origin')
    .select(['log.number', 'log_entry.time'])
    .where('log.member_id', '=', memberId)
    .where('log_entry.position', '=', 0)
    .orderBy('log.number', 'desc')
    .executeTakeFirst()
  return first && first.number > 0 ? (first.time ?? 0) : 0
}

/** Whether the log names keys, or will, since these were made. */
async function isSaid(reader: Database['read'], memberId: string, since: number): Promise<boolean> {
  const queued = await reader
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', memberId)
    .where('type', '=', 'member-message-keys/1')
    .where('created_at', '>=', since)
    .executeTakeFirst()
  const entered = await reader
    .selectFrom('log_entry')
    .innerJoin('log', 'log.origin', 'log_entry.origin')
    .select('position')
    .where('log.member_id', '=', memberId)
    .where('log_entry.type', '=', 'member-message-keys/1')
    .where('log_entry.time', '>=', since)
    .executeTakeFirst()
  return queued !== undefined || entered !== undefined
}
