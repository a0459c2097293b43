import type { ByteRange } from './byte-range.ts'
import { concatBytes } from './bytes.ts'
import { type Failure, failure } from './failure.ts'
import { fail, type Result, succeed } from './result.ts'
import type { Millis } from './time.ts'

/**
 * Asks other machines over HTTP. The one way to reach an address that somebody else stated: such an address may
 * point into our own network, and whoever answers may be hostile, broken or slow.
 */
export interface Fetcher {
  /**
   * Sends one request and resolves at the first byte of the answer's body. Follows up to three redirects.
   * Every status is an answer, except 429 and 503 (`hostBusy`). Waits while four requests to the same host are under
   * way. Rejects with the signal's reason when `signal` aborts, and when the fetcher was closed.
   */
  fetch(request: FetchRequest): Promise<Result<FetchedResponse, FetchFailure>>
}

/**
 * Which addresses a host may have. `private` adds loopback, private networks (RFC 1918, fc00::/7) and shared address
 * space (100.64.0.0/10) to `public`. Link-local, cloud metadata, multicast, unspecified and reserved addresses are
 * never reached.
 */
export type AddressPolicy = 'public' | 'private'

export type FetchRequest = GetRequest | HeadRequest | PostRequest

interface AnyRequest {
  /** `http` or `https`, any port, no user name. Its fragment is not sent. */
  readonly url: string
  /** What the operator allows for the member that stated `url`. Holds for every redirect as well. */
  readonly allow: AddressPolicy
  /** Ends the request and the reading of its body. */
  readonly signal: AbortSignal
  /** Most bytes of body, after decompression; of a stream, in all its hours. */
  readonly maxBytes: number
  readonly headers?: Readonly<Partial<Record<RequestHeader, string>>>
  /** Lower-case names of the headers to hand back. */
  readonly wanted?: readonly string[]
  /** Longest wait for the answer's headers once connected. */
  readonly firstByteMs?: Millis
}

export interface GetRequest extends AnyRequest {
  readonly method?: 'GET'
  /** Asks for a part. Status 206 then carries exactly these bytes, or up to the end; 200 carries the whole. */
  readonly range?: ByteRange
  /** An answer that stays open for hours: silence is borne longer and no speed is asked for. */
  readonly isStream?: boolean
}

export interface HeadRequest extends AnyRequest {
  readonly method: 'HEAD'
}

/** Redirected only by 307 and 308, which keep the method; other redirects are handed back as they are. */
export interface PostRequest extends AnyRequest {
  readonly method: 'POST'
  readonly body: Uint8Array
}

/** What a caller may say in headers. `authorization` is not sent on to another origin. */
export type RequestHeader =
  | 'accept'
  | 'authorization'
  | 'content-type'
  | 'if-none-match'
  | 'if-range'
  | 'last-event-id'

export interface FetchedResponse extends Disposable {
  readonly status: number
  /** Where the answer came from, after redirects. */
  readonly url: string
  /** Those of the `wanted` headers that came. */
  readonly headers: Readonly<Record<string, string>>
  /** Which bytes a 206 carries and of how many; it starts where the request asked. */
  readonly part?: { readonly range: ByteRange; readonly size?: number }
  /**
   * The body, decompressed, to be read once. Throws {@link BrokenFetch} when it ends badly and the signal's reason when
   * it was aborted. Stopping early closes the connection; so does disposing, for whoever does not read at all.
   */
  readonly body: AsyncIterable<Uint8Array>
}

/** Why an address is not reached. */
export type AddressRule =
  | 'loopback'
  | 'private'
  | 'shared'
  | 'linkLocal'
  | 'metadata'
  | 'multicast'
  | 'unspecified'
  | 'documentation'
  | 'reserved'
  | 'unreadable'

/** Why there is no answer, or no end of one. Each `reason` is one of the table of failures. */
export type FetchFailure =
  | {
      readonly reason: 'unusableAddress'
      readonly problem: 'unreadable' | 'scheme' | 'credentials' | 'tooLong'
    }
  | {
      readonly reason: 'refusedAddress'
      readonly host: string
      readonly address: string
      readonly rule: AddressRule
    }
  | { readonly reason: 'refusedRedirect'; readonly host: string; readonly problem: 'tooMany' | 'insecure' }
  | { readonly reason: 'hostNotFound'; readonly host: string }
  | {
      readonly reason: 'hostNotReached'
      readonly host: string
      readonly problem: 'refused' | 'unreachable' | 'closed' | 'certificate'
    }
  | {
      readonly reason: 'hostTooSlow'
      readonly host: string
      /** What took too long. `reader`: our own side left the body unread. */
      readonly step: 'connection' | 'firstByte' | 'silence' | 'speed' | 'reader'
    }
  | { readonly reason: 'hostAnswerTooLarge'; readonly host: string; readonly limit: number }
  | {
      readonly reason: 'hostAnswerBroken'
      readonly host: string
      readonly problem: 'malformed' | 'cutShort' | 'compression' | 'range'
    }
  /** The host asks for patience (429, 503). It is not asked again before `retryAt`. */
  | { readonly reason: 'hostBusy'; readonly host: string; readonly retryAt: Millis }
  /** The host failed repeatedly or asked for patience, and was not asked this time. */
  | { readonly reason: 'hostPaused'; readonly host: string; readonly until: Millis }

/** Carries a {@link FetchFailure} out of a body that is being read. */
export class BrokenFetch extends Error {
  readonly failure: FetchFailure
  constructor(reason: FetchFailure) {
    super(reason.reason)
    this.name = 'BrokenFetch'
    this.failure = reason
  }
}

/** Reads a whole body into memory: at most the request's `maxBytes`. Rejects when the request is aborted. */
export async function readAll(
  response: Pick<FetchedResponse, 'body'>,
): Promise<Result<Uint8Array<ArrayBuffer>, FetchFailure>> {
  const parts: Uint8Array[] = []
  try {
    for await (const part of response.body) parts.push(part)
  } catch (cause) {
    if (cause instanceof BrokenFetch) return fail(cause.failure)
    throw cause
  }
  return succeed(concatBytes(parts))
}

/** The failure as a person is told it: names the host, never the address behind it. */
export function explainFetch(cause: FetchFailure): Failure {
  if (cause.reason === 'unusableAddress') return failure(cause.reason)
  const limit = cause.reason === 'hostAnswerTooLarge' && { limit: cause.limit }
  return failure(cause.reason, { host: cause.host, ...limit })
}
