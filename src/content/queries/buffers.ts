/** Where the bytes of a read are put. A buffer belongs to its taker until it is given back. */
export interface Buffers {
  /** A buffer of exactly `length` bytes, of any content, once there is one. */
  take(length: number): Promise<Uint8Array<ArrayBuffer>>
  give(buffer: Uint8Array<ArrayBuffer>): void
}

/** A new buffer each time; the taker may keep it. */
export const FRESH_BUFFERS: Buffers = {
  take: async (length) => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer),
  give: () => undefined,
}

/**
 * A fixed number of buffers used in turn: whoever is slow to give back slows the reading down, and memory stays
 * the same however long the body is. Each grows to the longest length asked of it.
 */
export class BufferRing implements Buffers {
  readonly #free: ArrayBuffer[]
  readonly #waiting: PromiseWithResolvers<ArrayBuffer>[] = []
  #failure: { readonly cause: unknown } | null = null

  constructor(count: number) {
    this.#free = Array.from({ length: count }, () => new ArrayBuffer(0))
  }

  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#failure) throw this.#failure.cause
    const buffer = this.#free.pop() ?? (await this.#next())
    return new Uint8Array(
      buffer.byteLength >= length ? buffer : Buffer.allocUnsafeSlow(length).buffer,
      0,
      length,
    )
  }

  give(buffer: Uint8Array<ArrayBuffer>): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting.resolve(buffer.buffer)
    else this.#free.push(buffer.buffer)
  }

  /** Rejects whoever waits and whoever comes. */
  fail(cause: unknown): void {
    this.#failure ??= { cause }
    for (const waiting of this.#waiting.splice(0)) waiting.reject(cause)
  }

  #next(): Promise<ArrayBuffer> {
    const waiting = Promise.withResolvers<ArrayBuffer>()
    this.#waiting.push(waiting)
    return waiting.promise
  }
}
