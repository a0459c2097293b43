import type { MessagePort } from 'node:worker_threads'

/** What a side can be asked: methods of at most one argument that can be cloned, with an answer that can. */
export type Answering<Side> = { readonly [Name in keyof Side]: (question: never) => Promise<unknown> }

type Message =
  | { readonly kind: 'question'; readonly id: number; readonly name: string; readonly question: unknown }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'failure'; readonly failure: SentError }
  | { readonly kind: 'end' }

/** What is kept of an error that crosses threads. */
interface SentError {
  readonly message: string
  readonly stack: string | undefined
  /** As in Node's system errors: `ENOSPC`. */
  readonly code: string | undefined
}

/**
 * Two threads asking one another about one job. A question that fails ends the conversation on both sides:
 * where it failed with the error itself, on the other side with its message, stack and code. An `ArrayBuffer`
 * that is a question or an answer, or the `buffer` of one, moves to the other side.
 */
export class Conversation<There extends Answering<There>> implements AsyncDisposable {
  /** Aborted, with the reason, when nothing can be asked any more. */
  readonly ended: AbortSignal
  /** Resolves when the other side has let go. */
  readonly closed: Promise<void>
  readonly #port: MessagePort
  readonly #ending = new AbortController()
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0

  /** `answering` makes the object that answers the other side, and may keep the conversation to ask in turn. */
  constructor(port: MessagePort, answering: (conversation: Conversation<There>) => object) {
    this.#port = port
    this.ended = this.#ending.signal
    this.closed = new Promise((resolve) => void port.once('close', resolve))
    const here = answering(this)
    port.on('message', (message: Message) => this.#receive(message, here))
  }

  /** Asks the other side. Rejects when that fails there, or with the reason why the conversation ended. */
  ask<Name extends keyof There & string>(
    name: Name,
    question: Parameters<There[Name]>[0],
  ): Promise<Awaited<ReturnType<There[Name]>>> {
    const answer = Promise.withResolvers<unknown>()
    // Who no longer waits for an answer need not hear of a failure: `ended` tells it.
    answer.promise.catch(() => undefined)
    if (this.ended.aborted) answer.reject(this.ended.reason)
    else this.#send(answer, name, question)
    // Both sides are compiled from the same types: the answer is what There promises.
    return answer.promise as Promise<Awaited<ReturnType<There[Name]>>>
  }

  /** Ends the conversation: open and later questions reject with `reason`. Only the first call counts. */
  end(reason: unknown): void {
    if (this.ended.aborted) return
    this.#ending.abort(reason)
    for (const answer of this.#open.values()) answer.reject(reason)
    this.#open.clear()
    this.#post({ kind: 'end' })
  }

  /** Lets go of the other side, which is told by `closed`. */
  close(): void {
    this.#port.close()
  }

  /** Ends the conversation and waits until the other side has let go. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.end(new Error('the job is over'))
    await this.closed
  }

  #send(answer: PromiseWithResolvers<unknown>, name: string, question: unknown): void {
    const id = ++this.#lastId
    this.#open.set(id, answer)
    this.#post({ kind: 'question', id, name, question }, question)
  }

  #receive(message: Message, here: object): void {
    switch (message.kind) {
      case 'question':
        void this.#answer(message.id, message.name, message.question, here)
        return
      case 'answer':
        this.#open.get(message.id)?.resolve(message.answer)
        this.#open.delete(message.id)
        return
      case 'failure':
        this.end(receivedError(message.failure))
        return
      case 'end':
        this.end(new Error('the other side ended the job'))
    }
  }

  async #answer(id: number, name: string, question: unknown, here: object): Promise<void> {
    try {
      // Both sides are compiled from the same types: `here` has what the other side asks for.
      const answering = here as Readonly<Record<string, (question: unknown) => Promise<unknown>>>
      const answer = await answering[name]?.(question)
      this.#post({ kind: 'answer', id, answer }, answer)
    } catch (cause) {
      if (!this.ended.aborted) this.#post({ kind: 'failure', failure: sentError(cause) })
      this.end(cause)
    }
  }

  #post(message: Message, moved?: unknown): void {
    this.#port.postMessage(message, buffersOf(moved))
  }
}

function buffersOf(value: unknown): ArrayBuffer[] {
  if (value instanceof ArrayBuffer) return [value]
  const hasBuffer =
    typeof value === 'object' && value !== null && 'buffer' in value && !ArrayBuffer.isView(value)
  return hasBuffer && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
}

function sentError(cause: unknown): SentError {
  if (!(cause instanceof Error)) return { message: String(cause), stack: undefined, code: undefined }
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined
  return { message: cause.message, stack: cause.stack, code }
}

function receivedError({ message, stack, code }: SentError): Error {
  const error = new Error(message)
  return Object.assign(error, { stack: stack ?? error.stack }, code !== undefined && { code })
}
