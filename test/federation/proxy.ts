import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with one answer that carries a file. */
export type Fault =
  | { readonly kind: 'none' }
  /** Breaks the connection after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly after: number }
  /** Says nothing more after so many bytes, until the connection is closed or {@link Proxy.release}. */
  | { readonly kind: 'stall'; readonly after: number }
  /** Every byte is another one. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** The whole file and more, of a length that nobody says. */
  | { readonly kind: 'unknownLength' }
  /** States a whole that is so many bytes longer, or shorter. */
  | { readonly kind: 'otherLength'; readonly by: number }

export interface Proxy extends AsyncDisposable {
  readonly address: string
  /** Decides what goes wrong with the answer number `index`, from 0, to a request for a file. */
  fault: (index: number) => Fault
  /** What it lets others know of what files consist of. */
  recipes: 'honest' | 'absent' | 'false'
  /** Requests for files so far, and the bytes that were sent for them. */
  readonly requests: number
  readonly bytes: number
  /** Lets answers that stall, and will, go on. */
  release(): void
}

/** Stands before a node and spoils what it says about files; everything else passes. */
export async function misbehavingProxy(target: string): Promise<Proxy> {
  const released = Promise.withResolvers<void>()
  const state: Pick<Proxy, 'recipes'> & { fault: Proxy['fault']; requests: number; bytes: number } = {
    fault: () => ({ kind: 'none' }),
    recipes: 'honest',
    requests: 0,
    bytes: 0,
  }
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? ''
    const isRecipe = url.endsWith('/recipe')
    if (isRecipe && state.recipes === 'absent') return void response.writeHead(404).end()
    const isFile = url.includes('/resolve/') || url.includes('/chunks?')
    const fault = isFile ? state.fault(state.requests++) : ({ kind: 'none' } as const)
    if (fault.kind === 'status') {
      response.writeHead(fault.status, fault.retryAfter ? { 'retry-after': fault.retryAfter } : {})
      return void response.end()
    }
    const headers = new Headers()
    if (request.headers.range && fault.kind !== 'unknownLength') headers.set('range', request.headers.range)
    const upstream = await fetch(target + request.url, { headers })
    const length = Number(upstream.headers.get('content-length'))
    const range = upstream.headers.get('content-range')
    const etag = upstream.headers.get('etag')
    if (fault.kind === 'unknownLength') response.writeHead(200)
    else {
      const by = fault.kind === 'otherLength' ? fault.by : 0
      const stated = range?.replace(/\/(\d+)$/, (_, size: string) => `/${Number(size) + by}`)
      response.writeHead(upstream.status, {
        'content-length': length,
        ...(stated && { 'content-range': stated }),
        ...(etag !== null && { etag }),
      })
    }
    let limit = fault.kind === 'cut' || fault.kind === 'stall' ? fault.after : Infinity
    let sent = 0
    for await (const piece of upstream.body ?? []) {
      let bytes: Uint8Array = piece
      if (fault.kind === 'wrong' || (isRecipe && state.recipes === 'false'))
        bytes = bytes.map((byte) => byte ^ 255)
      if (sent + bytes.length > limit) {
        await write(response, bytes.subarray(0, limit - sent), isFile)
        bytes = bytes.subarray(limit - sent)
        sent = limit
        limit = Infinity
        if (fault.kind === 'cut') return void response.destroy()
        await Promise.race([released.promise, once(response, 'close')])
      }
      sent += bytes.length
      await write(response, bytes, isFile)
    }
    if (fault.kind === 'unknownLength') await write(response, Buffer.from('more'), isFile)
    response.end()
  }

  async function write(response: ServerResponse, bytes: Uint8Array, isFile: boolean): Promise<void> {
    if (isFile) state.bytes += bytes.length
    if (bytes.length > 0 && !response.write(bytes)) await eitherOf(response, 'drain', 'close')
    if (response.destroyed) throw new Error('the client left')
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port
  return {
    address: `http://127.0.0.1:${port}`,
    get fault() {
      return state.fault
    },
    set fault(fault) {
      state.fault = fault
    },
    get recipes() {
      return state.recipes
    },
    set recipes(recipes) {
      state.recipes = recipes
    },
    get requests() {
      return state.requests
    },
    get bytes() {
      return state.bytes
    },
    release: () => released.resolve(),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function eitherOf(response: ServerResponse, ...events: readonly string[]): Promise<void> {
  const over = new AbortController()
  const waits = events.map((event) => once(response, event, { signal: over.signal }))
  for (const wait of waits) wait.catch(() => {}) // the other one came
  await Promise.race(waits)
  over.abort()
}
