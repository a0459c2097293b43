import { MessageChannel } from 'node:worker_threads'

import { describe, expect, it } from 'vitest'

import { Conversation } from './conversation.ts'

interface Calculator {
  double(value: number): Promise<number>
  fill(buffer: ArrayBuffer): Promise<ArrayBuffer>
  fail(code: string): Promise<never>
  never(): Promise<never>
}

const calculator: Calculator = {
  double: async (value) => 2 * value,
  async fill(buffer) {
    new Uint8Array(buffer).fill(7)
    return buffer
  },
  async fail(code) {
    throw Object.assign(new Error('it failed'), { code })
  },
  never: () => new Promise(() => undefined),
}

/** A conversation with a calculator that lets go as soon as it has ended. */
function conversation(here: object = {}) {
  const { port1, port2 } = new MessageChannel()
  const there = new Conversation<Calculator>(port2, () => calculator)
  there.ended.addEventListener('abort', () => there.close())
  return { here: new Conversation<Calculator>(port1, () => here), there }
}

describe('a conversation', () => {
  it('answers questions in any number and order', async () => {
    await using line = conversation().here
    expect(await Promise.all([line.ask('double', 4), line.ask('double', 5)])).toEqual([8, 10])
  })

  it('moves buffers over and back', async () => {
    await using line = conversation().here
    const buffer = new ArrayBuffer(4)
    const filled = await line.ask('fill', buffer)
    expect(buffer.detached).toBe(true)
    expect(new Uint8Array(filled)).toEqual(Uint8Array.of(7, 7, 7, 7))
  })

  it('ends on both sides when a question fails', async () => {
    const { here, there } = conversation()
    await using line = here
    const waiting = line.ask('never', undefined)
    await expect(line.ask('fail', 'ENOSPC')).rejects.toMatchObject({ message: 'it failed', code: 'ENOSPC' })
    await expect(waiting).rejects.toThrow('it failed')
    await expect(line.ask('double', 1)).rejects.toThrow('it failed')
    expect(there.ended.aborted).toBe(true)
  })

  it('ends with the very error where it arose', async () => {
    const error = new Error('broken here')
    const broken: Partial<Calculator> = { double: () => Promise.reject(error) }
    const { here, there } = conversation(broken)
    await using line = here
    const waiting = line.ask('never', undefined)
    await expect(there.ask('double', 1)).rejects.toThrow('broken here')
    await expect(waiting).rejects.toBe(error)
  })

  it('ends with the reason given', async () => {
    await using line = conversation().here
    const waiting = line.ask('never', undefined)
    line.end('enough')
    await expect(waiting).rejects.toBe('enough')
    expect(line.ended.reason).toBe('enough')
  })
})
