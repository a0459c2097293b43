import { type ClientRequest, type IncomingMessage, request as askPlain } from 'node:http'
import { request as askSecure } from 'node:https'

import {
  BrokenFetch,
  type FetchedResponse,
  type FetchFailure,
  type FetchRequest,
} from '../../kernel/fetcher.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { AnswerBody, type BodyEnd, mostOnWire } from './answer-body.ts'
import type { Connections } from './connection.ts'
import type { NetworkLimits } from './limits.ts'
import { readMishap } from './mishap.ts'
import type { PaceLimits } from './pace.ts'
import { readContentRange, type Target } from './target.ts'

const USER_AGENT = 'ayni'

export interface ExchangeOptions {
  readonly target: Target
  readonly request: FetchRequest
  readonly connections: Connections
  readonly limits: NetworkLimits
  /** Ends the exchange: the request's own signal or the fetcher's end. */
  readonly signal: AbortSignal
  /** Authorisation is meant for the first origin only. */
  readonly isSameOrigin: boolean
}

/** An answer whose body has not been looked at yet. */
export interface Answer {
  readonly status: number
  header(name: string): string | undefined
  /** Closes the connection. For redirects and refusals, whose bodies nobody reads. */
  drop(): void
  /** Gives the answer to the caller: judges what its headers promise, then opens the body. */
  open(onEnd: (end: BodyEnd) => void): Result<FetchedResponse, FetchFailure>
}

/** A connection from the last request, or one made for this request. */
type ConnectionAge = 'kept' | 'fresh'

/** Sends one request and waits for the headers of its answer. Rejects with the signal's reason. */
export async function exchange(
  options: ExchangeOptions,
  age: ConnectionAge = 'kept',
): Promise<Result<Answer, FetchFailure>> {
  const sent = send(options, age)
  try {
    return succeed(answerOf(await headersOf(sent, options), options))
  } catch (cause) {
    options.signal.throwIfAborted()
    // The host closed a kept connection just as it was used again. Asking again changes nothing there.
    if (isStale(sent, cause)) return exchange(options, 'fresh')
    return fail(readMishap(cause, options.target.host, options.limits.headerBytes))
  }
}

function isStale(sent: ClientRequest, cause: unknown): boolean {
  return sent.reusedSocket && !(cause instanceof BrokenFetch)
}

/** A POST, which might count twice, never meets a connection that is about to be closed. */
function send(options: ExchangeOptions, age: ConnectionAge): ClientRequest {
  const { target, request, connections, limits } = options
  const isFresh = age === 'fresh' || request.method === 'POST' || isStream(request)
  const common = {
    host: target.hostname,
    port: target.port,
    path: target.path,
    method: request.method ?? 'GET',
    headers: headersFor(options),
    maxHeaderSize: limits.headerBytes,
    insecureHTTPParser: false,
  }
  const sent = target.isSecure
    ? askSecure({ ...common, agent: isFresh ? connections.freshSecure : connections.secure })
    : askPlain({ ...common, agent: isFresh ? connections.freshPlain : connections.plain })
  sent.on('error', () => undefined) // told by `headersOf`; later ones by the body
  return request.method === 'POST' ? sent.end(request.body) : sent.end()
}

function headersFor({ request, isSameOrigin }: ExchangeOptions): Record<string, string> {
  const { authorization, ...others } = request.headers ?? {}
  return {
    accept: '*/*',
    ...others,
    ...(authorization !== undefined && isSameOrigin && { authorization }),
    ...(request.method === 'POST' && { 'content-length': String(request.body.length) }),
    ...rangeHeader(request),
    'accept-encoding': takesGzip(request) ? 'gzip' : 'identity',
    'user-agent': USER_AGENT,
  }
}

function rangeHeader(request: FetchRequest): { range?: string } {
  const range = rangeOf(request)
  return range ? { range: `bytes=${range.start}-${range.end - 1}` } : {}
}

function rangeOf(request: FetchRequest) {
  return request.method === undefined || request.method === 'GET' ? request.range : undefined
}

/** Whether the answer stays open for hours. */
export function isStream(request: FetchRequest): boolean {
  return (request.method === undefined || request.method === 'GET') && request.isStream === true
}

/** A range is of the bytes as they are, and a stream must not wait for a compressor. */
function takesGzip(request: FetchRequest): boolean {
  return rangeOf(request) === undefined && !isStream(request)
}

async function headersOf(sent: ClientRequest, options: ExchangeOptions): Promise<IncomingMessage> {
  const { target, request, limits, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  let waiting: ReturnType<typeof setTimeout> | undefined
  const tooSlow = () =>
    reject(new BrokenFetch({ reason: 'hostTooSlow', host: target.host, step: 'firstByte' }))
  const connected = () => (waiting = setTimeout(tooSlow, request.firstByteMs ?? limits.firstByteMs))
  const aborted = () => reject(signal.reason)
  const switched = () =>
    reject(new BrokenFetch({ reason: 'hostAnswerBroken', host: target.host, problem: 'malformed' }))
  sent.once('socket', connected).once('response', resolve).once('error', reject).once('upgrade', switched)
  signal.addEventListener('abort', aborted, { once: true })
  try {
    signal.throwIfAborted()
    return await promise
  } catch (cause) {
    sent.destroy()
    throw cause
  } finally {
    clearTimeout(waiting)
    sent.off('socket', connected).off('error', reject)
    signal.removeEventListener('abort', aborted)
  }
}

function answerOf(message: IncomingMessage, options: ExchangeOptions): Answer {
  const header = (name: string) => {
    const value = message.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }
  message.on('error', () => undefined) // told by the body
  return {
    status: message.statusCode ?? 0,
    header,
    drop: () => message.destroy(),
    open: (onEnd) => {
      const promise = judgePromise(message, header, options)
      if (!promise.ok) {
        message.destroy()
        onEnd({ kind: 'broken', failure: promise.failure })
        return promise
      }
      return succeed(openAnswer(message, header, promise.value, options, onEnd))
    },
  }
}

/** What the headers say about the body, as far as it matters. */
interface Promised {
  readonly isCompressed: boolean
  readonly part?: NonNullable<FetchedResponse['part']>
}

function judgePromise(
  message: IncomingMessage,
  header: Answer['header'],
  { target, request }: ExchangeOptions,
): Result<Promised, FetchFailure> {
  const broken = (problem: 'compression' | 'range') =>
    fail({ reason: 'hostAnswerBroken', host: target.host, problem } as const)
  const status = message.statusCode ?? 0
  const encoding = (header('content-encoding') ?? 'identity').trim().toLowerCase()
  const isCompressed = encoding === 'gzip' || encoding === 'x-gzip'
  if (isCompressed ? !takesGzip(request) : encoding !== 'identity' && encoding !== '')
    return broken('compression')
  const announced = Number(header('content-length') ?? 0)
  const isSuccess = status >= 200 && status < 300
  if (isSuccess && request.method !== 'HEAD' && announced > mostOnWire(request.maxBytes, isCompressed)) {
    return fail({ reason: 'hostAnswerTooLarge', host: target.host, limit: request.maxBytes })
  }
  if (status !== 206) return succeed({ isCompressed })
  const wanted = rangeOf(request)
  const part = readContentRange(header('content-range'))
  const isWanted = wanted && part && part.range.start === wanted.start && isEndOf(part, wanted.end)
  return isWanted ? succeed({ isCompressed, part }) : broken('range')
}

/** Whether a part ends where it was asked to, or at the end of the whole before it. */
function isEndOf({ range, size }: NonNullable<FetchedResponse['part']>, end: number): boolean {
  return range.end === end || (range.end < end && range.end === size)
}

function openAnswer(
  message: IncomingMessage,
  header: Answer['header'],
  { isCompressed, part }: Promised,
  { target, request, limits, signal }: ExchangeOptions,
  onEnd: (end: BodyEnd) => void,
): FetchedResponse {
  const status = message.statusCode ?? 0
  const isEmpty = request.method === 'HEAD' || status === 204 || status === 304
  const body = new AnswerBody(message, {
    host: target.host,
    isCompressed: isCompressed && !isEmpty,
    maxBytes: request.maxBytes,
    ...(part && { exactBytes: part.range.end - part.range.start }),
    pace: paceOf(request, limits),
    signal,
    onEnd,
  })
  if (isEmpty || header('content-length') === '0') body.passEmpty()
  return {
    status,
    url: target.url,
    headers: pick(request.wanted ?? [], header),
    ...(part && { part }),
    body,
    [Symbol.dispose]: () => body[Symbol.dispose](),
  }
}

function pick(names: readonly string[], header: Answer['header']): Record<string, string> {
  const present = names.map((name) => [name, header(name)] as const)
  return Object.fromEntries(present.filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function paceOf(request: FetchRequest, limits: NetworkLimits): PaceLimits {
  if (!isStream(request)) return limits
  return { ...limits, silenceMs: limits.streamSilenceMs, floorBytesPerSecond: 0 }
}
