import { setTimeout as delay } from 'node:timers/promises'

import type { Result } from '../kernel/result.ts'
import { SECOND } from '../kernel/time.ts'
import type { RequestContext } from './context.ts'
import { refuse } from './refuse.ts'

/** Proxies give up on a silent server after a minute, clients after five: we begin to answer well before. */
const SILENCE = 25 * SECOND
const HEARTBEAT = 10 * SECOND

/**
 * Answers with JSON that may take minutes to know. Up to 25 seconds the answer waits for the outcome; from then on it
 * is 200 with a space every ten seconds before the JSON, and a late refusal cuts the connection.
 */
export async function slowJson<Value>(
  c: RequestContext,
  outcome: Promise<Result<Value>>,
  present: (value: Value) => object,
): Promise<Response> {
  const early = await within(outcome, SILENCE)
  if (early) return early.ok ? c.json(present(early.value)) : refuse(c, early.failure)
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const settled = await within(outcome, HEARTBEAT)
      if (!settled) return controller.enqueue(new TextEncoder().encode(' '))
      if (!settled.ok) return controller.error(new Error(settled.failure.reason))
      controller.enqueue(new TextEncoder().encode(JSON.stringify(present(settled.value))))
      controller.close()
    },
  })
  return c.body(body, 200, { 'Content-Type': 'application/json' })
}

/** The outcome if it is there in time, else null. */
export async function within<Value>(outcome: Promise<Value>, milliseconds: number): Promise<Value | null> {
  const stop = new AbortController()
  const late = delay(milliseconds, null, { signal: stop.signal }).catch(() => null) // stopped: nobody waits for it
  try {
    return await Promise.race([outcome, late])
  } finally {
    stop.abort()
  }
}
