import { describe, expect, it } from 'vitest'

import { WorkerThreads } from './worker-threads.ts'

interface Answers {
  ask(question: string): Promise<string>
}

/** A thread's program that answers every question with its thread's number, and dies of the question "die". */
const PROGRAM = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort, threadId } from 'node:worker_threads'
    parentPort.on('message', ({ port }) => port.on('message', (message) => {
      if (message.kind === 'end') port.close()
      else if (message.question === 'die') throw new Error('no more')
      else if (message.question !== 'wait') port.postMessage({ kind: 'answer', id: message.id, answer: String(threadId) })
    }))
  `)}`,
)

const open = (threads: WorkerThreads, signal?: AbortSignal) => threads.open<Answers>('ingest', {}, signal)

describe('worker threads', () => {
  it('share the jobs, and no more than the limit are started', async () => {
    await using threads = new WorkerThreads(2, PROGRAM)
    const jobs = [open(threads), open(threads), open(threads), open(threads)]
    const ids = await Promise.all(jobs.map((job) => job.ask('ask', 'who')))
    expect(new Set(ids).size).toBe(2)
    expect(ids.filter((id) => id === ids[0])).toHaveLength(2)
    for (const job of jobs) await job[Symbol.asyncDispose]()
  })

  it('are used again when they are idle', async () => {
    await using threads = new WorkerThreads(2, PROGRAM)
    const ids: string[] = []
    for (let job = 0; job < 3; job++) {
      await using job = open(threads)
      ids.push(await job.ask('ask', 'who'))
    }
    expect(new Set(ids).size).toBe(1)
  })

  it('fail their jobs when they die, and are replaced', async () => {
    await using threads = new WorkerThreads(1, PROGRAM)
    {
      await using first = open(threads)
      await using second = open(threads)
      const waiting = second.ask('ask', 'wait')
      await expect(first.ask('ask', 'die')).rejects.toThrow('died')
      await expect(waiting).rejects.toMatchObject({ cause: { message: 'no more' } })
    }
    await using next = open(threads)
    expect(await next.ask('ask', 'who')).toMatch(/^\d+$/)
  })

  it('stop a job whose signal is aborted, with its reason', async () => {
    await using threads = new WorkerThreads(1, PROGRAM)
    const aborting = new AbortController()
    await using job = open(threads, aborting.signal)
    const waiting = job.ask('ask', 'wait')
    aborting.abort('changed my mind')
    await expect(waiting).rejects.toBe('changed my mind')
    expect(() => open(threads, aborting.signal)).toThrow('changed my mind')
  })

  it('end their jobs when they are closed, and take no more', async () => {
    const threads = new WorkerThreads(1, PROGRAM)
    const job = open(threads)
    const waiting = job.ask('ask', 'wait')
    await threads[Symbol.asyncDispose]()
    await expect(waiting).rejects.toThrow('closed')
    expect(() => open(threads)).toThrow('closed')
  })
})
