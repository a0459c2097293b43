import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'

import type { HttpEnvironment } from './context.ts'

/** A slow client may pause for seconds between two xorbs on one connection; Node's 5 s would break its next write. */
const KEEP_ALIVE_MS = 120_000
/** A peer that says nothing for so long is gone: what it was sending is dropped, and its socket with it. */
const SILENCE_MS = 300_000
/** Long enough to finish what is under way when the node is told to stop. */
const DRAIN_MS = 10_000
const IDLE_CHECK_MS = 50

/** A listening server. Disposing stops accepting, lets requests finish, then closes what is left. */
export interface HttpServer extends AsyncDisposable {
  /** `http://HOST:PORT`, with the port that was picked. */
  readonly address: string
}

/** Listens on a host and port; port 0 picks one. Rejects when the port is taken. */
export async function listen(app: Hono<HttpEnvironment>, host: string, port: number): Promise<HttpServer> {
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: KEEP_ALIVE_MS + 10_000,
    requestTimeout: 0, // a 64 MB block over a thin link takes longer than any sensible limit
  })
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  server.setTimeout(SILENCE_MS)
  server.on('request', (request, response) => void answer(request, response))
  server.listen(port, host)
  await once(server, 'listening')
  const { port: picked } = addressOf(server)
  const shownHost = host.includes(':') ? `[${host}]` : host
  return { address: `http://${shownHost}:${picked}`, [Symbol.asyncDispose]: () => close(server) }
}

function addressOf(server: Server): AddressInfo {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeIdleConnections()
  // A connection becomes idle when its request is done, also when the rest of a refused body was thrown away.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const overdue = setTimeout(() => server.closeAllConnections(), DRAIN_MS)
  await closed
  clearInterval(idle)
  clearTimeout(overdue)
}
