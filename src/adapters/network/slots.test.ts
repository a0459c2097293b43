import { describe, expect, it } from 'vitest'

import { Slots } from './slots.ts'

const never = new AbortController().signal

describe('slots', () => {
  it('let so many in and keep the others in order', async () => {
    const slots = new Slots(2)
    const entered: number[] = []
    const releases = await Promise.all([slots.take('a', never), slots.take('a', never)])
    const later = [1, 2].map(async (place) => {
      const release = await slots.take('a', never)
      entered.push(place)
      return release
    })
    await Promise.resolve()
    expect(entered).toEqual([])
    releases[0]()
    releases[0]()
    await later[0]
    expect(entered).toEqual([1])
    releases[1]()
    await later[1]
    expect(entered).toEqual([1, 2])
  })

  it('do not mix keys', async () => {
    const slots = new Slots(1)
    await slots.take('a', never)
    await expect(slots.take('b', never)).resolves.toBeTypeOf('function')
  })

  it('forget whoever stops waiting', async () => {
    const slots = new Slots(1)
    const release = await slots.take('a', never)
    const leaving = new AbortController()
    const left = slots.take('a', leaving.signal)
    const stays = slots.take('a', never)
    leaving.abort(new Error('enough'))
    await expect(left).rejects.toThrow('enough')
    release()
    await expect(stays).resolves.toBeTypeOf('function')
  })
})
