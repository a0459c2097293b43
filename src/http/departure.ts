import type { RequestContext } from './context.ts'

/** What a socket reports when it is the other end that broke: writing to it, or reading from it, has no one left. */
const BROKEN_BY_CLIENT: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET', 'ECANCELED'])

/** Whether an error means no more than that the client went away: before its request was whole, or before it took the answer. */
export function clientLeft(c: RequestContext, error: unknown): boolean {
  const incoming = c.env?.incoming
  const cutShort = incoming !== undefined && incoming.destroyed && !incoming.complete
  return cutShort || (error instanceof Error && 'code' in error && BROKEN_BY_CLIENT.has(error.code))
}
