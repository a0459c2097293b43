/** Passes on what `source` yields; rejects with the signal's reason as soon as it is aborted, even between two items. */
export async function* interruptible<Item>(
  source: AsyncIterable<Item> | Iterable<Item>,
  signal: AbortSignal,
): AsyncGenerator<Item> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let interrupt: (reason: unknown) => void = () => undefined
  const onAbort = () => interrupt(signal.reason)
  signal.addEventListener('abort', onAbort)
  let isDone = false
  try {
    while (true) {
      signal.throwIfAborted()
      // oxlint-disable-next-line no-loop-func -- one item is awaited at a time, and only its promise is rejected
      const next = await new Promise<IteratorResult<Item>>((resolve, reject) => {
        interrupt = reject
        Promise.resolve(iterator.next()).then(resolve, reject)
      })
      if (next.done) break
      yield next.value
    }
    isDone = true
  } finally {
    signal.removeEventListener('abort', onAbort)
    // The source may be stuck, so nobody waits for it to clean up; what it says then comes too late to matter.
    if (!isDone) void Promise.resolve(iterator.return?.()).catch(() => undefined)
  }
}
