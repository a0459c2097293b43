import type { RequestContext } from './context.ts'

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/

/**
 * The address a request came from. `X-Forwarded-For` counts only from a reverse proxy on this machine, and then its
 * last entry, which that proxy wrote itself.
 */
export function remoteAddress(c: RequestContext): string {
  const peer = c.env?.incoming?.socket.remoteAddress ?? ''
  if (peer !== '' && !LOOPBACK.test(peer)) return peer
  return c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() || peer
}
