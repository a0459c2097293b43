/** A log has a new checkpoint. May be lost or said twice: whoever hears it looks at the checkpoint. */
export interface Hint {
  readonly origin: string
  readonly size: number
}

/** Tells whoever listens, in this process, that logs have grown. */
export interface Hints {
  tell(hint: Hint): void
  /** Hints from now on, until `signal` aborts or the node ends. A listener that falls far behind misses some. */
  listen(signal: AbortSignal): AsyncGenerator<Hint>
}

const MOST_WAITING = 100

/** `stop` ends every listening. */
export function createHints(stop: AbortSignal): Hints {
  const listeners = new Set<(hint: Hint) => void>()
  return {
    tell: (hint) => listeners.forEach((listener) => listener(hint)),
    async *listen(signal) {
      const ended = AbortSignal.any([stop, signal])
      const waiting: Hint[] = []
      let awake = Promise.withResolvers<void>()
      const listener = (hint: Hint) => {
        if (waiting.length < MOST_WAITING) waiting.push(hint)
        awake.resolve()
      }
      const end = () => awake.resolve()
      listeners.add(listener)
      ended.addEventListener('abort', end)
      try {
        while (!ended.aborted) {
          yield* waiting.splice(0)
          if (waiting.length > 0) continue
          awake = Promise.withResolvers()
          if (!ended.aborted) await awake.promise
        }
      } finally {
        listeners.delete(listener)
        ended.removeEventListener('abort', end)
      }
    },
  }
}
