import type { ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'

import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'

import { DamagedContent } from '../content/index.ts'
import { type ByteRange, readRange } from '../kernel/byte-range.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import type { RequestContext } from './context.ts'
import { refuse } from './refuse.ts'

/** Bytes that can be sent whole or in part. `ContentReader` is one. */
export interface ContentSource {
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>
  /** Writes `range` to `into` without ending it; used instead of {@link read} where it is there. */
  pipe?(range: ByteRange, into: Writable, signal?: AbortSignal): Promise<void>
}

export interface SentContent {
  /** Bytes of the whole. */
  readonly size: number
  /** Identifies the bytes exactly: a strong validator, without quotes. */
  readonly etag: string
  readonly contentType: string
  readonly headers?: Readonly<Record<string, string>>
  /** Answers with the whole, whatever part is asked for, as RFC 9110 §14.2 allows. */
  readonly ignoresRange?: boolean
  /** The first byte may be long in coming: the headers go out before it. */
  readonly isSlow?: boolean
  /** Called only when bytes are to be sent, with those that will be read. May throw a `Refusal`, which is the answer. */
  readonly open: (range: ByteRange) => Promise<ContentSource>
}

/**
 * Answers GET or HEAD for bytes that never change under their ETag: `Range`, `If-Range`, `If-None-Match`, 206, 304
 * and 416 by RFC 9110. A client that goes away stops the reading; damaged bytes answer 410 before the first byte
 * and cut the connection after it.
 */
export async function sendContent(c: RequestContext, content: SentContent): Promise<Response> {
  const etag = `"${content.etag}"`
  const headers = { ...content.headers, ETag: etag, 'Accept-Ranges': 'bytes' }
  if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304, headers)

  const whole = { kind: 'satisfiable', range: { start: 0, end: content.size } } as const
  const part: WantedPart = content.ignoresRange ? whole : wantedPart(c, content.size, etag)
  if (part.kind === 'unsatisfiable') {
    const contentRange = { 'Content-Range': `bytes */${content.size}` }
    return refuse(c, failure('rangeNotSatisfiable', { size: content.size }), { ...headers, ...contentRange })
  }
  const { range, contentRange } = part
  const body = {
    status: contentRange === undefined ? 200 : 206,
    headers: {
      ...headers,
      'Content-Type': content.contentType,
      'Content-Length': String(range.end - range.start),
      ...(contentRange !== undefined && { 'Content-Range': contentRange }),
    },
    range,
    isSlow: content.isSlow === true,
  } as const
  if (c.req.method === 'HEAD') return c.body(null, 200, body.headers)
  return sendBytes(c, body, content.open)
}

/** Whether `If-None-Match` names the ETag, by the weak comparison that it is defined with. */
function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  if (header.trim() === '*') return true
  return header.split(',').some((known) => known.trim().replace(/^W\//, '') === etag)
}

type WantedPart =
  | { readonly kind: 'unsatisfiable' }
  | { readonly kind: 'satisfiable'; readonly range: ByteRange; readonly contentRange?: string }

function wantedPart(c: RequestContext, size: number, etag: string): WantedPart {
  const whole = { kind: 'satisfiable', range: { start: 0, end: size } } as const
  const ifRange = c.req.header('if-range')
  if (c.req.method === 'HEAD' || (ifRange !== undefined && ifRange.trim() !== etag)) return whole
  const request = readRange(c.req.header('range'), size)
  if (request.kind === 'whole') return whole
  if (request.kind === 'unsatisfiable') {
    // Hugging Face's JavaScript client learns sizes by asking for the first byte and takes 416 for a failure.
    return size === 0 ? { ...whole, contentRange: 'bytes 0-0/0' } : request
  }
  const { start, end } = request.range
  return { kind: 'satisfiable', range: request.range, contentRange: `bytes ${start}-${end - 1}/${size}` }
}

/** A response whose body comes from a source. */
export interface SentBytes {
  readonly status: 200 | 206
  /** With `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>
  readonly range: ByteRange
  /** Sends the headers before the first byte of the body is there. */
  readonly isSlow?: boolean
}

/** Sends a body: straight to Node's socket where there is one, through a web stream elsewhere. */
export async function sendBytes(
  c: RequestContext,
  body: SentBytes,
  open: (range: ByteRange) => Promise<ContentSource>,
): Promise<Response> {
  if (body.range.start === body.range.end) return c.body(null, body.status, { ...body.headers })
  const source = await open(body.range)
  const outgoing = c.env?.outgoing
  // HTTP/2 responses are no ServerResponse of node:http; they take the other way.
  if (outgoing && 'flushHeaders' in outgoing && canPipe(source)) return pipeTo(c, outgoing, body, source)
  return c.body(streamOf(source, body.range, c.req.raw.signal), body.status, { ...body.headers })
}

function canPipe(source: ContentSource): source is Required<ContentSource> {
  return source.pipe !== undefined
}

async function pipeTo(
  c: RequestContext,
  outgoing: ServerResponse,
  body: SentBytes,
  source: Required<ContentSource>,
): Promise<Response> {
  const gone = new AbortController()
  const onClose = () => gone.abort(new Error('the client went away'))
  outgoing.once('close', onClose)
  // Set, not sent: the first byte of the body sends them, so damage before it can still be answered properly.
  const prepared = new Headers(c.res.headers)
  for (const [name, value] of Object.entries(body.headers)) prepared.set(name, value)
  outgoing.statusCode = body.status
  for (const [name, value] of prepared) outgoing.setHeader(name, value)
  if (body.isSlow) outgoing.flushHeaders()
  try {
    await source.pipe(body.range, outgoing, gone.signal)
    outgoing.end()
    return RESPONSE_ALREADY_SENT
  } catch (cause) {
    if (!gone.signal.aborted && !outgoing.headersSent) {
      for (const [name] of prepared) outgoing.removeHeader(name)
      if (cause instanceof DamagedContent) return refuse(c, failure('damagedContent'))
      throw cause
    }
    // Some bytes are out. Only a cut connection tells the client that they are not the whole.
    outgoing.destroy()
    const isExpected = cause instanceof DamagedContent || cause instanceof Refusal
    if (gone.signal.aborted || isExpected) return RESPONSE_ALREADY_SENT
    throw cause
  } finally {
    outgoing.off('close', onClose)
  }
}

function streamOf(source: ContentSource, range: ByteRange, signal: AbortSignal): ReadableStream<Uint8Array> {
  const pieces = source.read(range, signal)[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await pieces.return?.()
    },
  })
}
