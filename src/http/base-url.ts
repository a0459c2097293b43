import type { RequestContext } from './context.ts'

/**
 * The node's address as this client wrote it: returned absolute URLs must carry the host the client used,
 * or Hugging Face clients refuse them. Forwarded headers come from the operator's reverse proxy.
 * No trailing slash.
 */
export function baseUrl(c: RequestContext): string {
  const scheme = first(c.req.header('x-forwarded-proto')) ?? new URL(c.req.url).protocol.slice(0, -1)
  const host = first(c.req.header('x-forwarded-host')) ?? c.req.header('host') ?? new URL(c.req.url).host
  const prefix = first(c.req.header('x-forwarded-prefix'))?.replace(/\/+$/, '') ?? ''
  return `${scheme === 'https' ? 'https' : 'http'}://${host}${prefix}`
}

function first(header: string | undefined): string | undefined {
  return header?.split(',')[0]?.trim()
}
