import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'

/** A way to a server on this machine that counts what goes over it. Disposing closes it once its clients have left. */
export interface CountingLink extends AsyncDisposable {
  readonly url: string
  /** Bytes that clients sent so far, headers included. */
  sent(): number
  /** Bytes that the server sent so far. */
  received(): number
}

export async function startCountingLink(nodeUrl: string): Promise<CountingLink> {
  const { port: nodePort } = new URL(nodeUrl)
  let sent = 0
  let received = 0
  const server = createServer((client) => {
    const node = connect(Number(nodePort), '127.0.0.1')
    client.on('data', (part) => (sent += part.length))
    node.on('data', (part) => (received += part.length))
    const hungUp = () => null // either side may hang up at any time
    void pipeline(client, node).catch(hungUp)
    void pipeline(node, client).catch(hungUp)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    sent: () => sent,
    received: () => received,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
