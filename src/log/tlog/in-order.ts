/** Works on `ahead` items at a time and yields what came of them in their order. */
export async function* inOrder<Item, Value>(
  items: Iterable<Item>,
  ahead: number,
  work: (item: Item) => Promise<Value>,
): AsyncGenerator<Value> {
  const queue = Iterator.from(items)
  const underWay: Promise<Value>[] = []
  const start = () => {
    const next = queue.next()
    if (next.done) return
    const value = work(next.value)
    value.catch(() => {}) // seen when its turn comes; an earlier one may end the check before that
    underWay.push(value)
  }
  for (let started = 0; started < ahead; started++) start()
  for (let first = underWay.shift(); first; first = underWay.shift()) {
    const value = await first
    start()
    yield value
  }
}
