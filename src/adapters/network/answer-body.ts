import type { IncomingMessage } from 'node:http'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

import { BrokenFetch, type FetchFailure } from '../../kernel/fetcher.ts'
import { readBodyMishap } from './mishap.ts'
import { FRESH_PACE, judgePace, type PaceLimits } from './pace.ts'

const HIGHEST_RATIO = 100
const UNJUDGED_BYTES = 64 * 1024 // a small file of zeros may shrink more than a hundredfold

/** Most bytes that may cross the link for so many of body: what cannot be compressed gets a little longer by it. */
export function mostOnWire(maxBytes: number, isCompressed: boolean): number {
  return isCompressed ? maxBytes + Math.ceil(maxBytes / 100) + 1024 : maxBytes
}

export interface BodyOptions {
  readonly host: string
  readonly isCompressed: boolean
  /** Most bytes after decompression. */
  readonly maxBytes: number
  /** Bytes there must be; `undefined` where any number will do. */
  readonly exactBytes?: number | undefined
  readonly pace: PaceLimits
  readonly signal: AbortSignal
  /** Called once, when the body has ended: whole, broken with a failure, or left by the reader or the signal. */
  readonly onEnd: (end: BodyEnd) => void
}

export type BodyEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'broken'; readonly failure: FetchFailure }
  | { readonly kind: 'left' }

/**
 * The body of one answer, read once. Bytes leave only as fast as they are taken; what passes is counted on both sides
 * of the decompression, and time by {@link judgePace}.
 */
export class AnswerBody implements AsyncIterableIterator<Uint8Array>, Disposable {
  readonly #options: BodyOptions
  readonly #message: IncomingMessage
  readonly #pieces: AsyncIterator<Uint8Array>
  readonly #ticking: ReturnType<typeof setInterval>
  readonly #abort = () => this.#leave()
  #failure: FetchFailure | undefined
  #hasEnded = false
  #isWaiting = false
  #hasTaken = false
  #pace = FRESH_PACE
  #wireBytes = 0
  #wireBytesAtTick = 0
  #bytes = 0

  constructor(message: IncomingMessage, options: BodyOptions) {
    this.#options = options
    this.#message = message
    message.on('error', () => undefined) // told to whoever reads
    this.#pieces = this.#decoded()[Symbol.asyncIterator]()
    this.#ticking = setInterval(() => this.#tick(), options.pace.tickMs)
    options.signal.addEventListener('abort', this.#abort, { once: true })
    if (options.signal.aborted) this.#leave()
  }

  /** Reads an answer that carries no body to its end, so that whoever asked need not. */
  passEmpty(): void {
    this.next().catch(() => undefined) // told again to whoever reads
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isWaiting = true
    try {
      if (this.#hasEnded) return this.#afterEnd()
      const piece = await this.#pieces.next()
      return piece.done === true ? this.#finish() : this.#take(piece.value)
    } catch (cause) {
      this.#options.signal.throwIfAborted()
      throw new BrokenFetch(this.#break(this.#failure ?? readBodyMishap(cause, this.#options.host)))
    } finally {
      this.#isWaiting = false
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#leave()
    return { done: true, value: undefined }
  }

  [Symbol.dispose](): void {
    this.#leave()
  }

  #decoded(): Readable {
    if (!this.#options.isCompressed) return this.#message.on('data', this.#count).pause()
    const gunzip = createGunzip()
    return pipeline(this.#message.on('data', this.#count).pause(), gunzip, () => undefined) // told to whoever reads
  }

  readonly #count = (piece: Uint8Array): void => {
    const { host, maxBytes, isCompressed } = this.#options
    this.#wireBytes += piece.length
    if (isCompressed && this.#wireBytes > mostOnWire(maxBytes, isCompressed))
      this.#break({ reason: 'hostAnswerTooLarge', host, limit: maxBytes })
  }

  #take(piece: Uint8Array): IteratorResult<Uint8Array, undefined> {
    const { host, maxBytes, exactBytes, isCompressed } = this.#options
    this.#hasTaken = true
    this.#bytes += piece.length
    if (this.#bytes > maxBytes) throw new BrokenFetch({ reason: 'hostAnswerTooLarge', host, limit: maxBytes })
    if (exactBytes !== undefined && this.#bytes > exactBytes) throw this.#broken('range')
    const bearable = Math.max(UNJUDGED_BYTES, this.#wireBytes * HIGHEST_RATIO)
    if (isCompressed && this.#bytes > bearable) throw this.#broken('compression')
    return { done: false, value: piece }
  }

  #finish(): IteratorResult<Uint8Array, undefined> {
    const { exactBytes } = this.#options
    if (exactBytes !== undefined && this.#bytes !== exactBytes) throw this.#broken('range')
    this.#end({ kind: 'whole' })
    return { done: true, value: undefined }
  }

  #broken(problem: 'range' | 'compression'): BrokenFetch {
    return new BrokenFetch({ reason: 'hostAnswerBroken', host: this.#options.host, problem })
  }

  /** What a body says that is asked after its end: nothing more, or once more why it ended. */
  #afterEnd(): IteratorResult<Uint8Array, undefined> {
    if (this.#failure) throw new BrokenFetch(this.#failure)
    this.#options.signal.throwIfAborted()
    return { done: true, value: undefined }
  }

  #tick(): void {
    const bytes = this.#wireBytes - this.#wireBytesAtTick
    const seen = { isWaiting: this.#isWaiting, hasTaken: this.#hasTaken, bytes }
    this.#wireBytesAtTick = this.#wireBytes
    this.#hasTaken = false
    const verdict = judgePace(this.#pace, seen, this.#options.pace)
    if (verdict.isKept) this.#pace = verdict.pace
    else this.#break({ reason: 'hostTooSlow', host: this.#options.host, step: verdict.step })
  }

  #break(failure: FetchFailure): FetchFailure {
    this.#failure ??= failure
    this.#end({ kind: 'broken', failure: this.#failure })
    return this.#failure
  }

  #leave(): void {
    this.#end({ kind: 'left' })
  }

  #end(end: BodyEnd): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    clearInterval(this.#ticking)
    this.#options.signal.removeEventListener('abort', this.#abort)
    // Bytes may follow the end of what was compressed; nobody would count them.
    if (end.kind !== 'whole' || !this.#message.complete) this.#message.destroy()
    this.#options.onEnd(end)
  }
}
