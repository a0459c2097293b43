import { expect, it } from 'vitest'

import { interruptible } from './interruptible.ts'

it('passes everything on', async () => {
  const { signal } = new AbortController()
  expect(await Array.fromAsync(interruptible([1, 2, 3], signal))).toEqual([1, 2, 3])
})

it('stops at once although the source is stuck', async () => {
  const aborting = new AbortController()
  async function* stuck() {
    yield 1
    await new Promise(() => undefined)
  }
  const seen: number[] = []
  const reading = (async () => {
    for await (const item of interruptible(stuck(), aborting.signal)) {
      seen.push(item)
      setTimeout(() => aborting.abort(new Error('enough')))
    }
  })()
  await expect(reading).rejects.toThrow('enough')
  expect(seen).toEqual([1])
})

it('lets the source clean up when its reader leaves', async () => {
  let isClosed = false
  async function* closing() {
    try {
      yield 1
      yield 2
    } finally {
      isClosed = true
    }
  }
  for await (const item of interruptible(closing(), new AbortController().signal)) {
    expect(item).toBe(1)
    break
  }
  expect(isClosed).toBe(true)
})

it('fails as the source fails', async () => {
  const failing = Object.assign([], {
    async *[Symbol.asyncIterator]() {
      yield 1
      throw new Error('broken')
    },
  })
  await expect(Array.fromAsync(interruptible<number>(failing, new AbortController().signal))).rejects.toThrow(
    'broken',
  )
})
