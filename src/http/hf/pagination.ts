import type { RequestContext } from '../context.ts'

/**
 * Announces the next page: an absolute URL that repeats every query parameter, in the exact form that
 * the clients' expressions match.
 */
export function nextLink(c: RequestContext, base: string, changes: Readonly<Record<string, string>>): void {
  const url = new URL(c.req.url)
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value)
  c.header('Link', `<${base}${url.pathname}?${url.searchParams.toString()}>; rel="next"`)
}
