import type { Database } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { type Clock, HOUR } from '../../../../kernel/time.ts'
import type { Logs, MessageKeyStore } from '../../../../log/index.ts'
import { hostedMembers } from '../../../accounts/index.ts'
import type { MessageEvents } from '../events.ts'
import { correspondent, messageKeysOf } from '../queries.ts'
import { isTimely, MOST_PER_HOUR, openingKeys } from '../rules.ts'
import type { Envelope, Hear } from '../types.ts'
import { isSigned, openSealed } from './seal.ts'

export interface ReceiveDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly messageKeys: MessageKeyStore
  readonly clock: Clock
  readonly events: MessageEvents
  readonly hear: Hear
}

/**
 * Takes a message from another member: durable, and counting, once this resolves. The same message again changes nothing and
 * is answered alike. Refused with `memberNotFound`, `senderNotFollowed`, `messageNotBelieved`, `messageUntimely`,
 * `messageNotOpened`, `messageNotUnderstood`, `tooManyMessages`.
 */
export async function receive(deps: ReceiveDeps, envelope: Envelope): Promise<Result<void>> {
  const { database, messageKeys, clock, events } = deps
  const refusal = await refusalOf(deps, envelope)
  if (refusal) return fail(refusal)
  if (await isKnown(database.read, envelope)) return succeed(undefined)
  const { to, id, from } = envelope
  const keys = openingKeys(await messageKeys.get(to), clock())
  const message = await openSealed(envelope, keys)
  if (message === null) return fail(failure('messageNotOpened'))
  if (message === 'unknown') return fail(failure('messageNotUnderstood'))
  try {
    await database.write(async (tx) => {
      if (await isKnown(tx, envelope)) return // it came twice at once
      await refuseFlood(tx, from, clock())
      const row = { sender_id: from, id, receiver_id: to, kind: message.kind, received_at: clock() }
      await tx.insertInto('message_in').values(row).execute()
      await deps.hear(tx, { from, to }, message)
    })
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
  events.received({ from, to }, message.kind)
  return succeed(undefined)
}

/** Why an envelope is not even opened. */
async function refusalOf({ database, logs, clock }: ReceiveDeps, envelope: Envelope) {
  const { read } = database
  const isOurs = (await hostedMembers(read)).some(({ id }) => id === envelope.to)
  if (!isOurs) return failure('memberNotFound')
  if (!(await correspondent(read, envelope.from))) return failure('senderNotFollowed')
  const keys = await messageKeysOf(read, logs, envelope.from)
  if (!keys || !isSigned(envelope, keys.sign)) return failure('messageNotBelieved')
  return isTimely(envelope.time, clock()) ? null : failure('messageUntimely')
}

async function isKnown(reader: Database['read'], { from, id }: Envelope): Promise<boolean> {
  const row = await reader
    .selectFrom('message_in')
    .select('id')
    .where('sender_id', '=', from)
    .where('id', '=', id)
    .executeTakeFirst()
  return row !== undefined
}

async function refuseFlood(reader: Database['read'], from: string, now: number): Promise<void> {
  const { count } = await reader
    .selectFrom('message_in')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('sender_id', '=', from)
    .where('received_at', '>', now - HOUR)
    .executeTakeFirstOrThrow()
  if (count >= MOST_PER_HOUR) throw new Refusal(failure('tooManyMessages'))
}
