import { lookup } from 'node:dns/promises'
import { Agent as HttpAgent, type ClientRequestArgs } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, getCACertificates, type TLSSocket } from 'node:tls'

import { type AddressPolicy, BrokenFetch } from '../../kernel/fetcher.ts'
import type { Millis } from '../../kernel/time.ts'
import { refusalOf } from './address.ts'

/** Every address of a host name, as text. Rejects where there is none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>

/** The system's own resolution, `/etc/hosts` included. */
export const resolveBySystem: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: 'verbatim' })
  return found.map(({ address }) => address)
}

export interface ConnectionOptions {
  readonly policy: AddressPolicy
  readonly resolve: Resolve
  /** Longest wait for name, connection and TLS together. */
  readonly connectMs: Millis
  /** Closes connections that are being made. */
  readonly signal: AbortSignal
  /** PEM certificates to trust beside the system's. */
  readonly trusted: readonly string[]
}

const MOST_ADDRESSES = 4 // tried one after the other, all within `connectMs`
const ATTEMPT_MS = 2500 // a geostationary link answers after 0.6 s or more
const KEPT_MS = 4000 // shorter than the five seconds after which many servers close an unused connection

type OnConnection = (error: Error | null, socket: Duplex) => void

/**
 * The connections of one policy. A connection is made here or nowhere: the name is resolved once, every address it has
 * is judged, and the connection goes to one of those very addresses, so that a name cannot mean something else a
 * moment later. A connection that is kept for the next request was judged when it was made.
 *
 * NOTE node:http lets an agent make its own connections; Node's `fetch` does so only with a second copy of undici.
 */
export interface Connections extends Disposable {
  readonly plain: HttpAgent
  readonly secure: HttpsAgent
  /** For requests that must not meet a connection about to be closed by the other side, and for streams. */
  readonly freshPlain: HttpAgent
  readonly freshSecure: HttpsAgent
}

export function openConnections(options: ConnectionOptions): Connections {
  const kept = { keepAlive: true, maxFreeSockets: 4, timeout: KEPT_MS, scheduling: 'lifo' } as const
  const agents = {
    plain: new PlainAgent(options, kept),
    secure: new SecureAgent(options, kept),
    freshPlain: new PlainAgent(options, { keepAlive: false }),
    freshSecure: new SecureAgent(options, { keepAlive: false }),
  }
  return {
    ...agents,
    [Symbol.dispose]: () => {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

class PlainAgent extends HttpAgent {
  readonly #options: ConnectionOptions
  constructor(options: ConnectionOptions, kept: ConstructorParameters<typeof HttpAgent>[0]) {
    super(kept)
    this.#options = options
  }
  override createConnection(wanted: ClientRequestArgs, done?: OnConnection): undefined {
    handOver(connect(wanted, this.#options, openTcp), done)
  }
}

class SecureAgent extends HttpsAgent {
  readonly #options: ConnectionOptions
  constructor(options: ConnectionOptions, kept: ConstructorParameters<typeof HttpsAgent>[0]) {
    super(kept)
    this.#options = options
  }
  override createConnection(wanted: ClientRequestArgs, done?: OnConnection): undefined {
    handOver(connect(wanted, this.#options, openTls), done)
  }
}

function handOver(connecting: Promise<Socket>, done: OnConnection | undefined): void {
  const report = done as ((error: Error | null, socket?: Duplex) => void) | undefined // Node takes an error alone
  connecting.then(
    (socket) => report?.(null, socket),
    (cause: unknown) => report?.(cause instanceof Error ? cause : new Error('no connection', { cause })),
  )
}

interface Route {
  readonly hostname: string
  readonly port: number
  readonly host: string
}

type Open = (route: Route, addresses: readonly string[], options: ConnectionOptions) => Socket | TLSSocket

async function connect(wanted: ClientRequestArgs, options: ConnectionOptions, open: Open): Promise<Socket> {
  const route = routeOf(wanted)
  const timedOut = AbortSignal.timeout(options.connectMs)
  const signal = AbortSignal.any([timedOut, options.signal])
  try {
    const addresses = await judged(route, options, signal)
    return await established(open(route, addresses, options), route, options, signal)
  } catch (cause) {
    if (timedOut.aborted)
      throw new BrokenFetch({ reason: 'hostTooSlow', host: route.host, step: 'connection' })
    throw cause
  }
}

function routeOf({ host, port }: ClientRequestArgs): Route {
  const hostname = host ?? ''
  const shown = hostname.includes(':') ? `[${hostname}]` : hostname
  return { hostname, port: Number(port), host: `${shown}:${port}` }
}

/** The addresses of a host, in the resolver's order. All of them must be allowed: one that is not spoils the name. */
async function judged(
  { hostname, host }: Route,
  { resolve, policy }: ConnectionOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = isIP(hostname) > 0 ? [hostname] : await resolved(hostname, host, resolve, signal)
  for (const address of addresses) refuse(address, host, policy)
  return addresses.slice(0, MOST_ADDRESSES)
}

async function resolved(
  hostname: string,
  host: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const addresses = await orAborted(
    resolve(hostname).catch(() => []), // whatever the resolver's reason, the name leads nowhere now
    signal,
  )
  if (addresses.length === 0) throw new BrokenFetch({ reason: 'hostNotFound', host })
  return addresses
}

function refuse(address: string, host: string, policy: AddressPolicy): void {
  const rule = refusalOf(address, policy)
  if (rule !== undefined) throw new BrokenFetch({ reason: 'refusedAddress', host, address, rule })
}

function openTcp(route: Route, addresses: readonly string[]): Socket {
  return connectTcp(wayTo(route, addresses))
}

function openTls(route: Route, addresses: readonly string[], { trusted }: ConnectionOptions): TLSSocket {
  return connectTls({
    ...wayTo(route, addresses),
    servername: isIP(route.hostname) > 0 ? '' : route.hostname,
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true, // whatever NODE_TLS_REJECT_UNAUTHORIZED says
    ...(trusted.length > 0 && { ca: [...getCACertificates('default'), ...trusted] }),
  })
}

/** The host by name, for the certificate's sake, and nowhere to look it up but among the judged addresses. */
function wayTo({ hostname, port }: Route, addresses: readonly string[]) {
  const judgedOnly: LookupFunction = (_hostname, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    )
  return {
    host: hostname,
    port,
    lookup: judgedOnly,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
  }
}

async function established(
  socket: Socket | TLSSocket,
  { host }: Route,
  { policy }: ConnectionOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const end = () => socket.destroy(signal.reason instanceof Error ? signal.reason : undefined)
  const close = () => reject(new BrokenFetch({ reason: 'hostNotReached', host, problem: 'closed' }))
  const ready = 'encrypted' in socket ? 'secureConnect' : 'connect'
  socket.once(ready, resolve).once('error', reject).once('close', close)
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    await promise
    refuse(socket.remoteAddress ?? '', host, policy) // once more, of what the connection really reached
    return socket
  } catch (cause) {
    socket.on('error', () => undefined) // told below
    socket.destroy()
    throw cause
  } finally {
    socket.off(ready, resolve).off('error', reject).off('close', close)
    signal.removeEventListener('abort', end)
  }
}

/** The outcome of `work`, or the signal's reason if that comes first; `work` itself cannot be stopped. */
async function orAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = () => reject(signal.reason)
  signal.addEventListener('abort', end, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', end)
  }
}
