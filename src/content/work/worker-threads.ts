import { MessageChannel, Worker } from 'node:worker_threads'

import { Conversation, type Answering } from './conversation.ts'
import type { OpenSession } from './sessions.ts'

/** A few threads that run one program, worker.ts, started when first needed and replaced when they die. */
export class WorkerThreads implements AsyncDisposable {
  readonly #limit: number
  readonly #program: URL
  readonly #threads = new Set<Thread>()
  #isClosed = false

  constructor(limit: number, program: URL = new URL('worker.ts', import.meta.url)) {
    this.#limit = limit
    this.#program = program
  }

  /**
   * Opens a session on the thread with the fewest; `here` answers what it asks. Dispose the conversation: it ends
   * before with the signal's reason, or when the thread dies.
   */
  open<There extends Answering<There>>(
    kind: OpenSession['kind'],
    here: object,
    signal: AbortSignal | undefined,
  ): Conversation<There> {
    if (this.#isClosed) throw new Error('the worker pool is closed')
    signal?.throwIfAborted()
    const conversation = this.#leastBusy().open<There>(kind, here)
    const onAbort = () => conversation.end(signal?.reason)
    signal?.addEventListener('abort', onAbort)
    void conversation.closed.then(() => signal?.removeEventListener('abort', onAbort))
    return conversation
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map((thread) => thread.stop(new Error('the worker pool is closed'))))
  }

  #leastBusy(): Thread {
    const threads = [...this.#threads].toSorted((left, right) => left.sessions - right.sessions)
    const [least] = threads
    if (least && (least.sessions === 0 || threads.length >= this.#limit)) return least
    const started = new Thread(this.#program, () => this.#threads.delete(started))
    this.#threads.add(started)
    return started
  }
}

class Thread {
  readonly #worker: Worker
  readonly #conversations = new Set<Conversation<never>>()
  /** Why it died, if it did. */
  #failure: unknown

  /** Starts the thread; `onDeath` is called when it takes no more work, for whatever reason. */
  constructor(program: URL, onDeath: () => void) {
    // Neither our arguments nor our environment: what parses strangers' bytes needs neither loader hooks nor secrets.
    this.#worker = new Worker(program, { execArgv: [], env: {} })
    this.#worker.unref()
    this.#worker.on('error', (error) => {
      this.#failure = error
      onDeath()
    })
    this.#worker.on('exit', onDeath)
  }

  get sessions(): number {
    return this.#conversations.size
  }

  open<There extends Answering<There>>(kind: OpenSession['kind'], here: object): Conversation<There> {
    const { port1, port2 } = new MessageChannel()
    this.#worker.postMessage({ kind, port: port2 } satisfies OpenSession, [port2])
    const conversation = new Conversation<There>(port1, () => here)
    this.#conversations.add(conversation)
    void this.#forgetWhenClosed(conversation)
    return conversation
  }

  async #forgetWhenClosed<There extends Answering<There>>(conversation: Conversation<There>): Promise<void> {
    await conversation.closed
    this.#conversations.delete(conversation)
    conversation.end(new Error('the thread of this job died', { cause: this.#failure }))
  }

  async stop(reason: Error): Promise<void> {
    for (const conversation of this.#conversations) conversation.end(reason)
    await this.#worker.terminate()
  }
}
