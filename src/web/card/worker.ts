/** The worker that renders cards: says when it is ready, then answers each source with its HTML. */
import { parentPort } from 'node:worker_threads'

import { createRenderCard } from './render.ts'
import type { RenderReply, RenderRequest } from './renderer.ts'

const render = createRenderCard()

function send(reply: RenderReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(reply)
}

parentPort?.on('message', ({ id, source }: RenderRequest) => {
  send({ kind: 'rendered', id, html: render(source) })
})
send({ kind: 'ready' })
