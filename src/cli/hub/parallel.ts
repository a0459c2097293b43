/**
 * Works on items, `width` at a time, in their order. The first failure stops the others through the signal they were given;
 * this rejects with it once all have ended.
 */
export async function inParallel<Item>(
  items: Iterable<Item>,
  width: number,
  signal: AbortSignal,
  work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const queue = Iterator.from(items)
  const worker = async () => {
    try {
      for (const item of queue) {
        either.throwIfAborted()
        await work(item, either)
      }
    } catch (error) {
      failed.abort(error)
      throw error
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: width }, worker))
  if (ends.some(({ status }) => status === 'rejected')) throw failed.signal.reason
}
