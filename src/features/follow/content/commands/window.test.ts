import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { Window, type WindowReader } from './window.ts'

const { signal } = new AbortController()
const clock = () => Date.now()
const open = (patienceMs = 60_000) => new Window({ clock, windowBytes: 4, patienceMs })
const bytes = (...values: readonly number[]) => Uint8Array.from(values)

async function take(reader: WindowReader): Promise<readonly number[]> {
  const pieces = await Array.fromAsync(reader.read(signal))
  return pieces.flatMap((piece) => [...piece])
}

describe('reading along', () => {
  it('gives everybody the same bytes from where they joined', async () => {
    const window = open()
    const readers = [window.join(0), window.join(1), window.join(3)]
    const taken = readers.map(take)
    for (const value of [0, 1, 2, 3, 4, 5]) await window.push(bytes(value), signal)
    window.close()
    expect(await Promise.all(taken)).toEqual([
      [0, 1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
      [3, 4, 5],
    ])
  })

  it('ends at once for whoever comes too late', async () => {
    const window = open()
    for (const value of [0, 1, 2, 3, 4, 5]) await window.push(bytes(value), signal)
    const late = window.join(0)
    expect([await take(late), late.at]).toEqual([[], 0])
  })

  it('waits for a slower reader, and goes on when it left', async () => {
    const window = open()
    const slow = window.join(0)
    await window.push(bytes(0, 1, 2, 3), signal)
    const pushed = window.push(bytes(4), signal).then(() => 'pushed')
    expect(await Promise.race([pushed, delay(50, 'waiting')])).toBe('waiting')
    slow[Symbol.dispose]()
    expect(await pushed).toBe('pushed')
  })

  it('bears a slow reader for a bounded time in all', async () => {
    const window = open(30)
    const slow = window.join(0)
    for (let value = 0; value < 20; value++) await window.push(bytes(value), signal)
    expect([slow.isBehind, slow.at]).toEqual([true, 0])
  })

  it('cuts off whoever has, or goes on after, bytes that were thrown away', async () => {
    const window = open()
    const [given, resumed, fresh] = [window.join(0), window.join(2), window.join(0)]
    await window.push(bytes(9), signal)
    const reading = given.read(signal)
    expect((await reading.next()).value).toEqual(bytes(9))
    window.restart()
    await expect(reading.next()).rejects.toThrow('hashMismatch')
    await expect(take(resumed)).rejects.toThrow('hashMismatch')
    await window.push(bytes(1), signal)
    window.close()
    expect(await take(fresh)).toEqual([1])
  })

  it('ends with the signal', async () => {
    const stop = new AbortController()
    const reading = open().join(0).read(stop.signal).next()
    stop.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
  })
})
