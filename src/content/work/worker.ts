/** The program of a worker thread: opens a session for each job it is sent, and works on them by turns. */
import { parentPort, type MessagePort } from 'node:worker_threads'

import { succeed } from '../../kernel/result.ts'
import { loadCodec, type Codec } from '../codec/index.ts'
import { Conversation, type Answering } from './conversation.ts'
import { HashFileSession } from './hash-file-session.ts'
import { IngestSession } from './ingest-session.ts'
import type { IngestHost, OpenSession, VerifyXorbAnswers } from './sessions.ts'
import { verifyXorb } from './verify-xorb.ts'

const codec = loadCodec()
parentPort?.on('message', ({ kind, port }: OpenSession) => {
  switch (kind) {
    case 'ingest':
      return serve<IngestHost>(port, (host, owned) => owned.use(new IngestSession(codec, host)))
    case 'verifyXorb':
      return serve(port, () => verifyXorbSession(codec))
    case 'hashFile':
      return serve(port, () => new HashFileSession(codec))
  }
})

/** Lets a session answer until the conversation ends; then disposes what it owns and lets go of the port. */
function serve<Host extends Answering<Host>>(
  port: MessagePort,
  open: (host: Conversation<Host>, owned: AsyncDisposableStack) => object,
): void {
  const owned = new AsyncDisposableStack()
  const conversation = new Conversation<Host>(port, (host) => open(host, owned))
  conversation.ended.addEventListener('abort', () => {
    void owned.disposeAsync().then(() => conversation.close())
  })
}

function verifyXorbSession(codec: Codec): VerifyXorbAnswers {
  return {
    async verify({ path, hash }) {
      const table = await verifyXorb(codec, path, hash)
      return table.ok ? succeed(table.value.bytes) : table
    },
  }
}
