import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { Clock, Millis } from '../../../../kernel/time.ts'

export interface WindowDeps {
  readonly clock: Clock
  readonly windowBytes: number
  readonly patienceMs: Millis
}

/**
 * The newest bytes of a body on its way, for those who read along. One that is slower holds the body up for a bounded
 * time in all; then, and when it began too late, its reading ends early, and the rest is for it to find elsewhere.
 */
export class Window {
  readonly #deps: WindowDeps
  readonly #pieces: Uint8Array[] = []
  readonly #readers = new Set<WindowReader>()
  /** Where the first piece begins, and the last one ends. */
  #start = 0
  #end = 0
  #isClosed = false
  #change = Promise.withResolvers<void>()
  /** How often it began again. */
  #beginning = 0
  /** Whether anybody was given anything of what counts now. */
  wasRead = false

  constructor(deps: WindowDeps) {
    this.#deps = deps
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get beginning(): number {
    return this.#beginning
  }

  /** Resolves at the next change of anything. */
  get change(): Promise<void> {
    return this.#change.promise
  }

  /** Begins to read along at `at`; from now on the bytes after it are kept for the reader. */
  join(at: number): WindowReader {
    const reader = new WindowReader(this, at, this.#deps.patienceMs)
    if (at < this.#start || this.#isClosed) reader.isBehind = true
    else this.#readers.add(reader)
    return reader
  }

  leave(reader: WindowReader): void {
    this.#readers.delete(reader)
    this.changed()
  }

  changed(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  /** Adds what comes next. Resolves when there is room for more. */
  async push(piece: Uint8Array, signal: AbortSignal): Promise<void> {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#end += piece.length
    this.changed()
    while (this.#end - this.#start > this.#deps.windowBytes) {
      const behind = [...this.#readers].filter(({ at }) => at < this.#start + this.#firstLength)
      if (behind.length > 0) await this.#waitFor(behind, signal)
      else this.#drop()
    }
  }

  /** The bytes from `at` to the end of their piece, or null when they are not here. */
  pieceAt(at: number): Uint8Array | null {
    let start = this.#start
    for (const piece of this.#pieces) {
      if (at >= start && at < start + piece.length) return piece.subarray(at - start)
      start += piece.length
    }
    return null
  }

  /** What was pushed counts no more: it begins again at 0. */
  restart(): void {
    this.#pieces.length = 0
    this.#start = 0
    this.#end = 0
    this.#beginning++
    this.wasRead = false
    this.changed()
  }

  /** Nothing comes any more; readers take what is here. */
  close(): void {
    this.#isClosed = true
    this.changed()
  }

  get #firstLength(): number {
    return this.#pieces[0]?.length ?? 0
  }

  #drop(): void {
    this.#start += this.#pieces.shift()?.length ?? 0
  }

  async #waitFor(behind: readonly WindowReader[], signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    const since = clock()
    const least = Math.max(1, Math.min(...behind.map(({ patience }) => patience)))
    await beforeEnd(this.change, signal, least)
    const waited = clock() - since
    for (const reader of behind) {
      reader.patience -= waited
      if (reader.patience > 0) continue
      reader.isBehind = true
      this.leave(reader)
    }
  }
}

/** Somebody reading along. Disposing lets go. */
export class WindowReader implements Disposable {
  readonly #window: Window
  at: number
  /** How long it may still hold the body up. */
  patience: Millis
  isBehind = false
  /** In which of the window's beginnings it reads. */
  #beginning: number

  constructor(window: Window, at: number, patience: Millis) {
    this.#window = window
    this.at = at
    this.patience = patience
    this.#beginning = window.beginning
  }

  /** Whether it has, or goes on after, bytes that count no more. */
  get isSpoilt(): boolean {
    return this.at > 0 && this.#beginning !== this.#window.beginning
  }

  /** What comes, from where it joined; ends at {@link at}, when it is behind or nothing comes any more. */
  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const window = this.#window
    while (!this.isBehind) {
      if (this.isSpoilt) throw new Refusal(failure('hashMismatch')) // its receiver must be cut off
      const piece = window.pieceAt(this.at)
      if (piece) {
        if (this.at === 0) this.#beginning = window.beginning
        this.at += piece.length
        window.wasRead = true
        window.changed()
        yield piece
      } else if (window.isClosed) return
      else await beforeEnd(window.change, signal)
    }
  }

  [Symbol.dispose](): void {
    this.#window.leave(this)
  }
}

/** Resolves with `event`, or after `milliseconds`; rejects with the signal's reason. */
async function beforeEnd(event: Promise<void>, signal: AbortSignal, milliseconds?: Millis): Promise<void> {
  signal.throwIfAborted()
  const over = new AbortController()
  const aborted = once(signal, 'abort', { signal: over.signal }).then(() => signal.throwIfAborted())
  const late = milliseconds === undefined ? [] : [delay(milliseconds, undefined, { signal: over.signal })]
  const others = [aborted, ...late]
  for (const other of others) other.catch(() => {}) // the race was over before
  try {
    await Promise.race([event, ...others])
  } finally {
    over.abort()
  }
}
