/** What a URL asks to connect to, and where a redirect leads. Pure. */
import type { FetchFailure } from '../../kernel/fetcher.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'

const LONGEST_URL = 8192
const MOST_REDIRECTS = 3

/** Where one request goes. */
export interface Target {
  readonly isSecure: boolean
  /** A name or an address without brackets, in the one form the URL standard gives it, no trailing dot. */
  readonly hostname: string
  readonly port: number
  /** `hostname:port`: what limits and pauses are counted by. */
  readonly host: string
  /** Path and query. */
  readonly path: string
  readonly url: string
  readonly origin: string
}

/** Reads a URL. The URL standard turns `0x7f.1`, `017700000001` and full-width digits into plain addresses. */
export function readTarget(text: string, base?: string): Result<Target, FetchFailure> {
  if (text.length > LONGEST_URL) return unusable('tooLong')
  const url = URL.parse(text, base)
  if (url === null) return unusable('unreadable')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return unusable('scheme')
  if (url.username !== '' || url.password !== '') return unusable('credentials')
  url.hash = ''
  if (url.hostname.endsWith('.')) url.hostname = url.hostname.slice(0, -1)
  return isHostname(url.hostname) ? succeed(targetOf(url)) : unusable('unreadable')
}

function targetOf(url: URL): Target {
  const isSecure = url.protocol === 'https:'
  const hostname = url.hostname.replaceAll(/[[\]]/g, '')
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port)
  const path = url.pathname + url.search
  return {
    isSecure,
    hostname,
    port,
    host: `${url.hostname}:${port}`,
    path,
    url: url.href,
    origin: url.origin,
  }
}

/** Whether every label can be looked up: 1 to 63 characters, 253 in all (RFC 1035 §2.3.4). */
function isHostname(hostname: string): boolean {
  if (hostname.startsWith('[')) return true
  return (
    hostname.length <= 253 && hostname.split('.').every((label) => label.length > 0 && label.length <= 63)
  )
}

function unusable(problem: 'unreadable' | 'scheme' | 'credentials' | 'tooLong'): Result<never, FetchFailure> {
  return fail({ reason: 'unusableAddress', problem })
}

/** An answer that may lead elsewhere. */
export interface Turn {
  readonly from: Target
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly status: number
  readonly location: string | undefined
  /** How many redirects were followed before. */
  readonly followed: number
}

const KEEPS_METHOD: ReadonlySet<number> = new Set([307, 308])
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Where to ask next; `undefined` where the answer is the answer. */
export function nextTarget(turn: Turn): Result<Target | undefined, FetchFailure> {
  const { from, method, status, location, followed } = turn
  const isFollowed = (method === 'POST' ? KEEPS_METHOD : REDIRECTS).has(status)
  if (!isFollowed || location === undefined) return succeed(undefined)
  if (followed >= MOST_REDIRECTS)
    return fail({ reason: 'refusedRedirect', host: from.host, problem: 'tooMany' })
  const next = readTarget(location, from.url)
  if (next.ok && from.isSecure && !next.value.isSecure) {
    return fail({ reason: 'refusedRedirect', host: from.host, problem: 'insecure' })
  }
  return next
}

/** The part that `Content-Range` states (RFC 9110 §14.4); `undefined` where it is missing or makes no sense. */
export function readContentRange(
  header: string | undefined,
): { readonly range: { readonly start: number; readonly end: number }; readonly size?: number } | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header?.trim() ?? '')
  if (!match) return undefined
  const range = { start: Number(match[1]), end: Number(match[2]) + 1 }
  if (range.start >= range.end) return undefined
  if (match[3] === '*') return { range }
  const size = Number(match[3])
  return range.end <= size ? { range, size } : undefined
}
