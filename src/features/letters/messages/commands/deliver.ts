import type { Selectable } from 'kysely'

import type { Database, MessageOutTable, Reader } from '../../../../database/index.ts'
import { utf8 } from '../../../../kernel/bytes.ts'
import { type Fetcher, readAll } from '../../../../kernel/fetcher.ts'
import { MemberId } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { type Clock, isoTime } from '../../../../kernel/time.ts'
import type { Logs, MessageKeyStore } from '../../../../log/index.ts'
import type { MessageEvents } from '../events.ts'
import { correspondent, messageKeysOf } from '../queries.ts'
import { GIVE_UP_AFTER, isFinal, pauseAfterAttempt } from '../rules.ts'
import { type Envelope, Message, MessageId } from '../types.ts'
import { seal } from './seal.ts'

export interface DeliverDeps {
  /** Its writes must not wake the sending again. */
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly messageKeys: MessageKeyStore
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly random: Random
  readonly events: MessageEvents
}

type Waiting = Selectable<MessageOutTable>
type Attempt =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string; readonly isFinal: boolean }

const MOST_AT_ONCE = 64
const LONGEST_ANSWER = 64 * 1024

/** What waits in the name of members hosted here: the messages of one that moved away go from where it is now. */
function waitingHere(reader: Reader) {
  return reader
    .selectFrom('message_out')
    .innerJoin('member', 'member.id', 'message_out.sender_id')
    .where('member.hosted', '=', 1)
    .where('state', '=', 'waiting')
}

/** Tries every message that is due once: receivers beside one another, the messages of one receiver in turn. */
export async function deliverDue(deps: DeliverDeps, signal: AbortSignal): Promise<void> {
  const due = await waitingHere(deps.database.read)
    .selectAll('message_out')
    .where('next_at', '<=', deps.clock())
    .orderBy('next_at')
    .limit(MOST_AT_ONCE)
    .execute()
  const byReceiver = Map.groupBy(due, ({ receiver_id }) => receiver_id)
  await Promise.all([...byReceiver.values()].map((messages) => deliverInTurn(deps, messages, signal)))
}

/** When the next message is due; null when none waits. */
export async function nextDue({ database }: DeliverDeps): Promise<number | null> {
  const row = await waitingHere(database.read).select('next_at').orderBy('next_at').executeTakeFirst()
  return row?.next_at ?? null
}

async function deliverInTurn(
  deps: DeliverDeps,
  messages: readonly Waiting[],
  signal: AbortSignal,
): Promise<void> {
  for (const waiting of messages) {
    signal.throwIfAborted()
    const between = { from: MemberId.parse(waiting.sender_id), to: MemberId.parse(waiting.receiver_id) }
    const attempt = await attemptOf(deps, waiting, between, signal)
    // If we stop here, it is sent again: the receiver knows its id.
    await note(deps, waiting, attempt)
    if (attempt.kind === 'delivered') deps.events.delivered(between, waiting.kind)
    else deps.events.undelivered(between, waiting.kind, attempt.reason, attempt.isFinal)
  }
}

async function attemptOf(
  deps: DeliverDeps,
  { id, body, created_at }: Waiting,
  { from, to }: { readonly from: MemberId; readonly to: MemberId },
  signal: AbortSignal,
): Promise<Attempt> {
  const { database, logs, messageKeys, fetcher, clock } = deps
  const later = (reason: string): Attempt => ({
    kind: 'failed',
    reason,
    isFinal: clock() > created_at + GIVE_UP_AFTER,
  })
  const receiver = await correspondent(database.read, to)
  if (!receiver) return later('notFollowed')
  const keys = await messageKeysOf(database.read, logs, to)
  if (!keys) return later('receiverHasNoKeys')
  const [own] = await messageKeys.get(from)
  if (!own || body === null) return later('senderHasNoKeys')
  const heading = { from, to, id: MessageId.parse(id), time: isoTime(clock()) }
  const message = Message.parse(JSON.parse(body))
  const envelope = await seal(heading, message, { receiver: keys.seal, sender: own.sign })
  const { url, allow } = receiver
  const answer = await post(fetcher, { url, allow, signal }, envelope)
  if (answer.kind === 'delivered') return answer
  return { ...later(answer.reason), ...(answer.isFinal && { isFinal: true }) }
}

async function post(
  fetcher: Fetcher,
  to: { readonly url: string; readonly allow: 'public' | 'private'; readonly signal: AbortSignal },
  envelope: Envelope,
): Promise<Attempt> {
  const answer = await fetcher.fetch({
    ...to,
    url: `${to.url}/api/ayni/v1/messages`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: utf8(JSON.stringify(envelope)),
    maxBytes: LONGEST_ANSWER,
  })
  if (!answer.ok) return { kind: 'failed', reason: answer.failure.reason, isFinal: false }
  using response = answer.value
  const body = await readAll(response)
  if (response.status === 200) return { kind: 'delivered' }
  const reason = (body.ok && reasonIn(body.value)) || `http${response.status}`
  return { kind: 'failed', reason, isFinal: isFinal(response.status) }
}

/** The word with which a node says why it refused; null where whatever answers is no node. */
function reasonIn(body: Uint8Array): string | null {
  return /"reason":"([A-Za-z]{1,40})"/.exec(Buffer.from(body).toString())?.[1] ?? null
}

async function note(
  { database, clock, random }: DeliverDeps,
  { id, attempts }: Waiting,
  attempt: Attempt,
): Promise<void> {
  const chance = (random(1)[0] ?? 0) / 255
  const change =
    attempt.kind === 'delivered'
      ? { state: 'delivered' as const, body: null, failure: null, attempts: attempts + 1 }
      : {
          state: attempt.isFinal ? ('failed' as const) : ('waiting' as const),
          failure: attempt.reason,
          attempts: attempts + 1,
          next_at: clock() + pauseAfterAttempt(attempts + 1, chance),
        }
  await database.write((tx) => tx.updateTable('message_out').set(change).where('id', '=', id).execute())
}
