import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import type { CardSource } from './render.ts'

export interface RenderRequest {
  readonly id: number
  readonly source: CardSource
}

export type RenderReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'rendered'; readonly id: number; readonly html: string }

/**
 * Turns Markdown that anybody may have written into HTML for our pages.
 *
 * What comes out has no script, style, form, frame, `class` or `id`; links lead to http, https or mailto and do
 * not vouch (`nofollow`); pictures come from this node alone; headings begin at the second level; each block takes
 * its direction from its own text. Rendering happens in a worker, one card at a time, and is given up after
 * `timeoutMs` of work: then the answer is null and the page shows the card's text as it is.
 */
export interface CardRenderer extends AsyncDisposable {
  render(source: CardSource): Promise<string | null>
}

interface Waiting {
  readonly request: RenderRequest
  readonly resolve: (html: string | null) => void
}

/** Starts no worker until the first card; replaces one that hangs or dies. */
export function createCardRenderer({ timeoutMs = 2000 }: { readonly timeoutMs?: number } = {}): CardRenderer {
  const queue: Waiting[] = []
  let current: Waiting | null = null
  let worker: CardWorker | null = null
  let lastId = 0

  function next(): void {
    current ??= queue.shift() ?? null
    if (current === null) return
    worker ??= startWorker(timeoutMs, finish)
    void worker.render(current.request)
  }

  function finish(html: string | null): void {
    if (html === null) worker = null // it hung or died: the next card gets a fresh one
    current?.resolve(html)
    current = null
    next()
  }

  return {
    render(source) {
      return new Promise((resolve) => {
        lastId += 1
        queue.push({ request: { id: lastId, source }, resolve })
        if (current === null) next()
      })
    },
    async [Symbol.asyncDispose]() {
      for (const waiting of queue.splice(0)) waiting.resolve(null)
      current?.resolve(null)
      current = null
      await worker?.stop()
      worker = null
    },
  }
}

interface CardWorker {
  /** Renders one card, as soon as the worker has started. `onEnd` hears of it exactly once. */
  render(request: RenderRequest): Promise<void>
  stop(): Promise<void>
}

/** A worker for one card after another. After `onEnd(null)` it is gone. */
function startWorker(timeoutMs: number, onEnd: (html: string | null) => void): CardWorker {
  const thread = new Worker(workerFile(), { name: 'cards', resourceLimits: { maxOldGenerationSizeMb: 128 } })
  const started = Promise.withResolvers<void>()
  let timer: NodeJS.Timeout | undefined
  let isOver = false

  function giveUp(): void {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    void thread.terminate()
    onEnd(null)
  }

  thread.unref()
  thread.on('message', (reply: RenderReply) => {
    if (reply.kind === 'ready') return started.resolve()
    clearTimeout(timer)
    if (!isOver) onEnd(reply.html)
  })
  thread.on('error', giveUp) // a card that exhausts the worker's memory ends here
  return {
    async render(request) {
      await started.promise // only work counts: on a busy machine a thread may take a second to start
      timer = setTimeout(giveUp, timeoutMs)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(request)
    },
    async stop() {
      isOver = true
      clearTimeout(timer)
      await thread.terminate()
    },
  }
}

/** Beside this module, in whichever form it runs: TypeScript here, JavaScript once published. */
function workerFile(): string {
  const here = fileURLToPath(import.meta.url)
  return here.replace(/renderer\.[jt]s$/, `worker${extname(here)}`)
}
