/** Where messages of other members arrive (docs/spec/messages.md). */
import { Hono } from 'hono'

import { Envelope, MAX_ENVELOPE_BYTES, type MessageCommands } from '../../features/letters/index.ts'
import { readJson } from '../body.ts'
import type { HttpEnvironment } from '../context.ts'
import { refuse } from '../refuse.ts'

export interface MessageRoutesDeps {
  readonly messages: Pick<MessageCommands, 'receive'>
}

/** The sender's signature is all the right that it needs. 200 once the message is durable and counts. */
export function messageRoutes({ messages }: MessageRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.post('/api/ayni/v1/messages', async (c) => {
    const envelope = await readJson(c, Envelope, MAX_ENVELOPE_BYTES)
    if (!envelope.ok) return refuse(c, envelope.failure)
    const received = await messages.receive(envelope.value)
    return received.ok ? c.json({ ok: true }) : refuse(c, received.failure)
  })
  return app
}
