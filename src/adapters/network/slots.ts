/** Gives a slot back. Calling it again does nothing. */
export type Release = () => void

interface Waiter {
  readonly admit: () => void
}

/** So many places for each key; whoever comes later waits, first come first served. Remembers only keys in use. */
export class Slots {
  readonly #perKey: number
  readonly #used = new Map<string, number>()
  readonly #waiting = new Map<string, Waiter[]>()

  constructor(perKey: number) {
    this.#perKey = perKey
  }

  /** Resolves when a place is free. Rejects with the signal's reason. */
  async take(key: string, signal: AbortSignal): Promise<Release> {
    signal.throwIfAborted()
    const used = this.#used.get(key) ?? 0
    if (used < this.#perKey) this.#used.set(key, used + 1)
    else await this.#wait(key, signal)
    return this.#releaseOnce(key)
  }

  async #wait(key: string, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter: Waiter = { admit: resolve }
    const leave = () => {
      this.#forget(key, waiter)
      reject(signal.reason)
    }
    this.#waiting.getOrInsertComputed(key, () => []).push(waiter)
    signal.addEventListener('abort', leave, { once: true })
    try {
      await promise
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  #forget(key: string, waiter: Waiter): void {
    const rest = (this.#waiting.get(key) ?? []).filter((other) => other !== waiter)
    if (rest.length > 0) this.#waiting.set(key, rest)
    else this.#waiting.delete(key)
  }

  #releaseOnce(key: string): Release {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#release(key)
    }
  }

  /** The place goes to the one who waits longest, or becomes free. */
  #release(key: string): void {
    const next = this.#waiting.get(key)?.[0]
    if (next) {
      this.#forget(key, next)
      next.admit()
      return
    }
    const used = (this.#used.get(key) ?? 1) - 1
    if (used > 0) this.#used.set(key, used)
    else this.#used.delete(key)
  }
}
