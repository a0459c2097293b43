import type { Writer } from '../../../../database/index.ts'
import { canonicalJson } from '../../../../kernel/canonical-json.ts'
import type { Random } from '../../../../kernel/random.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { type Between, type Message, MessageId } from '../types.ts'

/** A new id of a message or a request. */
export function newMessageId(random: Random): MessageId {
  return MessageId.parse(Uint8Array.from(random(16)).toHex())
}

/** Tells another member something, in the transaction that makes it so. It is sealed when it is sent, to the key that is newest then. */
export async function queueMessage(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  tx: Writer,
  { from, to }: Between,
  message: Message,
  id: MessageId = newMessageId(random),
): Promise<void> {
  const at = clock()
  const row = {
    id,
    sender_id: from,
    receiver_id: to,
    kind: message.kind,
    body: canonicalJson(message),
    state: 'waiting' as const,
    created_at: at,
    attempts: 0,
    next_at: at,
    failure: null,
  }
  await tx.insertInto('message_out').values(row).execute()
}
