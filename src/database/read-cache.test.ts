import { expect, it } from 'vitest'

import { ReadCache } from './read-cache.ts'

function setUp() {
  let generation = 0
  let reads = 0
  const cache = new ReadCache<{ readonly read: number }>({ generation: () => generation }, 10)
  return { write: () => generation++, get: (key = 'a') => cache.get(key, async () => ({ read: ++reads })) }
}

it('a read cache reads once until something is written', async () => {
  const { get, write } = setUp()
  await get()
  expect(await get()).toEqual({ read: 1 })
  write()
  expect(await get()).toEqual({ read: 2 })
})

it('a read cache forgets what was read while something was written', async () => {
  const { get, write } = setUp()
  const reading = get()
  write()
  expect(await reading).toEqual({ read: 1 })
  expect(await get()).toEqual({ read: 2 })
})
