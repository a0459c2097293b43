import { once } from 'node:events'
import { type IncomingMessage, request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout } from 'node:timers/promises'

import { MINUTE, SECOND } from '../../kernel/time.ts'
import { CommandFailure } from '../failures.ts'

/** One request. Its body is made anew for each attempt. */
export interface HubRequest {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: () => string | Readable
  /** How often it is tried; eight times, within two minutes, by default. */
  readonly attempts?: number
  readonly signal: AbortSignal
}

/** The node, or what stands before it, answered with a refusal. */
export class HubRefusal extends CommandFailure {
  readonly status: number
  constructor(status: number, sentence: string) {
    super(sentence)
    this.status = status
  }
}

/** Nobody answered, or the link broke. */
class LostLink extends CommandFailure {
  readonly code: string
  constructor(code: string, url: string, cause: Error) {
    super(sentenceOf(code, new URL(url).host), { cause })
    this.code = code
  }
}

function sentenceOf(code: string, host: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `No computer is found under the name ${host}. Check the address, and this machine’s network.`
    case 'ECONNREFUSED':
      return `Nothing answers at ${host}. Check the address, and whether the node runs.`
    default:
      return `The connection to ${host} broke (${code}). Run the same command again.`
  }
}

// Answered when a later attempt may succeed. 501 and 507 are for good.
const PASSING = new Set([408, 429, 500, 502, 503, 504])
const BROKEN_LINK = new Set(
  'ECONNABORTED ECONNREFUSED ECONNRESET EAI_AGAIN EHOSTUNREACH ENETDOWN ENETUNREACH EPIPE ERR_STREAM_PREMATURE_CLOSE ETIMEDOUT'.split(
    ' ',
  ),
)
const ATTEMPTS = 8
/** Where the first request finds nobody, the address is wrong: no use in waiting for minutes. */
export const FIRST_CONTACT = { attempts: 2 }
const LONGEST_PAUSE = MINUTE
const MOST_REDIRECTS = 5
/** A link that carries nothing for so long is dead. Longer than a node takes to hash what it received. */
const SILENCE = 15 * MINUTE

/**
 * Sends a request and resolves to a successful answer, trying again after network failures and passing refusals, with pauses
 * that double from half a second. Rejects with {@link HubRefusal} on any other answer, and with a sentence on what the network did last.
 */
export async function send(request: HubRequest): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await refuseFailures(await follow(request))
    } catch (error) {
      if (attempt === (request.attempts ?? ATTEMPTS) || !isPassing(error)) throw inWords(error, request.url)
      const pause = error instanceof PassingRefusal ? error.pause : 0
      await setTimeout(Math.max(pause, (SECOND / 2) * 2 ** (attempt - 1)), undefined, {
        signal: request.signal,
      })
    }
  }
}

function inWords(error: unknown, url: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : null
  const isLost = code !== null && (code === 'ENOTFOUND' || BROKEN_LINK.has(code))
  return isLost && error instanceof Error ? new LostLink(code, url, error) : error
}

class PassingRefusal extends HubRefusal {
  readonly pause: number
  constructor(status: number, sentence: string, pause: number) {
    super(status, sentence)
    this.pause = pause
  }
}

/** Whether the same request may succeed a little later: the network failed, or the node asked to wait. */
export function isPassing(error: unknown): boolean {
  if (error instanceof PassingRefusal) return true
  return error instanceof Error && 'code' in error && BROKEN_LINK.has(String(error.code))
}

/** Follows redirects of a GET. What is told to one host is not told to another. */
async function follow(request: HubRequest): Promise<IncomingMessage> {
  let { url, headers } = request
  for (let hops = 0; ; hops++) {
    const answer = await exchange({ ...request, url, ...(headers && { headers }) })
    const { location } = answer.headers
    const isRedirect = location !== undefined && [301, 302, 303, 307, 308].includes(answer.statusCode ?? 0)
    if (!isRedirect || request.method !== 'GET' || hops === MOST_REDIRECTS) return answer
    answer.resume()
    const next = new URL(location, url)
    if (next.origin !== new URL(url).origin) headers = withoutAuthorization(headers)
    url = next.href
  }
}

function withoutAuthorization(headers: HubRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'authorization'),
  )
}

async function exchange({ method, url, headers, body, signal }: HubRequest): Promise<IncomingMessage> {
  const request = url.startsWith('https:') ? requestSecure : requestPlain
  const outgoing = request(url, { method, signal, ...(headers && { headers }) })
  outgoing.setTimeout(SILENCE, () => outgoing.destroy(new SilentLink()))
  const answered = once(outgoing, 'response')
  const content = body?.()
  if (content === undefined || typeof content === 'string') outgoing.end(content)
  // A node may answer before it has read everything: then its answer counts, not the broken pipe.
  else await Promise.race([answered, pipeline(content, outgoing)])
  const [answer] = await answered
  return answer as IncomingMessage // what node:http emits as 'response'
}

class SilentLink extends Error {
  readonly code = 'ETIMEDOUT'
  constructor() {
    super('the connection carried nothing for a quarter of an hour')
  }
}

async function refuseFailures(answer: IncomingMessage): Promise<IncomingMessage> {
  const status = answer.statusCode ?? 0
  if (status >= 200 && status < 300) return answer
  const sentence =
    sentenceIn(await textOf(answer)) ?? `The node answered ${status} ${answer.statusMessage ?? ''}`.trim()
  if (!PASSING.has(status)) throw new HubRefusal(status, sentence)
  const asked = Number(answer.headers['retry-after'] ?? 0) * SECOND
  throw new PassingRefusal(status, sentence, Math.min(LONGEST_PAUSE, asked || 0))
}

const LONGEST_REFUSAL = 64 * 1024

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of answer.setEncoding('utf8')) {
    text += String(part)
    if (text.length > LONGEST_REFUSAL) break
  }
  return text
}

function sentenceIn(text: string): string | null {
  try {
    const body: unknown = JSON.parse(text)
    const isObject = typeof body === 'object' && body !== null
    if (isObject && 'error' in body && typeof body.error === 'string') return body.error
    return isObject && 'message' in body && typeof body.message === 'string' ? body.message : null
  } catch {
    return null // a page of a proxy: its status says more
  }
}
