import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import { afterEach, describe, expect, it, vi } from 'vitest'

import { concatBytes, fromUtf8, utf8 } from '../../kernel/bytes.ts'
import {
  BrokenFetch,
  explainFetch,
  type FetchedResponse,
  type FetchFailure,
  type FetchRequest,
  type GetRequest,
  type PostRequest,
  readAll,
} from '../../kernel/fetcher.ts'
import type { Result } from '../../kernel/result.ts'
import { MINUTE, SECOND } from '../../kernel/time.ts'
import { type FetcherOptions, openFetcher } from './fetcher.ts'
import type { NetworkLimits } from './limits.ts'

const NOW = Date.UTC(2026, 10, 24, 5)
/** Generous where a test is not about them, with a grain fine enough for those that are. */
const PATIENT: Partial<NetworkLimits> = { tickMs: 10 }

let opened = new AsyncDisposableStack()
afterEach(async () => {
  await opened.disposeAsync()
  opened = new AsyncDisposableStack()
})

interface Host {
  readonly port: number
  readonly url: string
  /** Connections it has taken. */
  readonly sockets: Socket[]
}

async function listen(server: Server | HttpServer): Promise<Host> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined) // clients that leave are what is tested
    sockets.push(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opened.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, url: `http://127.0.0.1:${port}/`, sockets }
}

type Answering = (...exchange: Parameters<RequestListener>) => unknown

const serve = (answer: Answering) =>
  listen(createHttpServer((request, response) => void answer(request, response)))

/** A host that speaks HTTP as it likes: `answer` gets the socket once a request's headers are in. */
function speak(answer: (socket: Socket, request: string) => unknown): Promise<Host> {
  return listen(
    createTcpServer((socket) => socket.on('data', (data) => answer(socket, data.toString('latin1')))),
  )
}

/** Resolves when the only connection of a host is closed. */
async function closed({ sockets: [socket] }: Host): Promise<void> {
  if (socket && !socket.closed) await once(socket, 'close')
}

const OK = 'HTTP/1.1 200 OK\r\n'

function open(options: Partial<FetcherOptions> = {}) {
  const limits = { ...PATIENT, ...options.limits }
  const fetcher = openFetcher({
    clock: () => NOW,
    random: (length) => new Uint8Array(length),
    ...options,
    limits,
  })
  opened.defer(() => fetcher[Symbol.asyncDispose]())
  return fetcher
}

function get(url: string, more: Partial<GetRequest> = {}): GetRequest {
  return { url, allow: 'private', maxBytes: 1_000_000, signal: new AbortController().signal, ...more }
}

function post(url: string, body: string, more: Partial<PostRequest> = {}): PostRequest {
  return { ...get(url), method: 'POST', body: utf8(body), ...more }
}

type Fetching = Promise<Result<FetchedResponse, FetchFailure>>

/** The status and text of an answer, or why there is none. */
async function told(fetching: Fetching): Promise<unknown> {
  const fetched = await fetching
  if (!fetched.ok) return fetched.failure
  const body = await readAll(fetched.value)
  return body.ok ? `${fetched.value.status} ${fromUtf8(body.value)}` : body.failure
}

async function answered(fetching: Fetching): Promise<FetchedResponse> {
  const fetched = await fetching
  if (!fetched.ok) throw new Error(fetched.failure.reason)
  return fetched.value
}

describe('a request', () => {
  it('tells nothing but its one name, and nothing of the environment', async () => {
    const host = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    for (const name of ['HTTP_PROXY', 'http_proxy']) vi.stubEnv(name, 'http://127.0.0.1:9')
    vi.stubEnv('NODE_USE_ENV_PROXY', '1')
    const answer = await answered(open().fetch(get(host.url)))
    vi.unstubAllEnvs()
    const body = await readAll(answer)
    expect(JSON.parse(fromUtf8(body.ok ? body.value : new Uint8Array()))).toEqual({
      accept: '*/*',
      'accept-encoding': 'gzip',
      'user-agent': 'ayni',
      host: `127.0.0.1:${host.port}`,
      connection: 'keep-alive',
    })
  })

  it('hands back the headers that were asked for, joined, and no others', async () => {
    const host = await serve((_, response) => {
      response.setHeader('ETag', '"a"')
      response.setHeader('X-Two', ['1', '2'])
      response.setHeader('Set-Cookie', ['a=b', 'c=d'])
      response.end()
    })
    const answer = await answered(open().fetch(get(host.url, { wanted: ['etag', 'x-two', 'x-none'] })))
    expect(answer.headers).toEqual({ etag: '"a"', 'x-two': '1, 2' })
  })

  it('learns that nothing changed, and frees its place without being read', async () => {
    const host = await serve((request, response) => {
      response.writeHead(request.headers['if-none-match'] === '"a"' ? 304 : 200).end()
    })
    const fetcher = open({ limits: { perHost: 1 } })
    for (let time = 0; time < 3; time++) {
      const answer = await answered(fetcher.fetch(get(host.url, { headers: { 'if-none-match': '"a"' } })))
      expect(answer.status).toBe(304)
    }
    expect(host.sockets).toHaveLength(1)
  })

  it('sends a body, and takes every status for an answer', async () => {
    const host = await serve(async (request, response) => {
      const parts = await request.toArray()
      response
        .writeHead(409)
        .end(`${request.method} ${request.headers['content-length']} ${concatBytes(parts).length}`)
    })
    expect(await told(open().fetch(post(host.url, 'old 5')))).toBe('409 POST 5 5')
  })

  it('asks for headers alone', async () => {
    const host = await serve((request, response) => {
      response.setHeader('Content-Length', '5000000')
      response.end(request.method)
    })
    const request: FetchRequest = { ...get(host.url), method: 'HEAD', wanted: ['content-length'] }
    const answer = await answered(open().fetch(request))
    expect(answer.headers).toEqual({ 'content-length': '5000000' })
    expect(await readAll(answer)).toEqual({ ok: true, value: new Uint8Array() })
  })

  it('reads what was compressed, and keeps the connection', async () => {
    const text = 'checkpoint '.repeat(1000)
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.end(gzipSync(text))
    })
    const fetcher = open()
    expect(await told(fetcher.fetch(get(host.url)))).toBe(`200 ${text}`)
    expect(await told(fetcher.fetch(get(host.url)))).toBe(`200 ${text}`)
    expect(host.sockets).toHaveLength(1)
  })

  it('asks again when the host closed a kept connection meanwhile', async () => {
    let requests = 0
    const host = await speak((socket) => {
      requests++
      // The second request meets a connection that goes away instead of answering.
      if (requests === 2) socket.destroy()
      else socket.write(`${OK}Content-Length: 1\r\n\r\na`)
    })
    const fetcher = open()
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 a')
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 a')
    expect(requests).toBe(3)
  })
})

describe('a part', () => {
  const whole = 'abcdefghij'
  const part = (contentRange: string, body: string) =>
    speak((socket) =>
      socket.write(
        `HTTP/1.1 206 Partial\r\nContent-Range: ${contentRange}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    )
  const range = { start: 2, end: 5 }

  it('is asked for uncompressed and comes with its place', async () => {
    const host = await serve((request, response) => {
      expect(request.headers['range']).toBe('bytes=2-4')
      expect(request.headers['accept-encoding']).toBe('identity')
      response.writeHead(206, { 'Content-Range': 'bytes 2-4/10' }).end(whole.slice(2, 5))
    })
    const answer = await answered(open().fetch(get(host.url, { range })))
    expect(answer.part).toEqual({ range, size: 10 })
    expect(await readAll(answer)).toEqual({ ok: true, value: utf8('cde') })
  })

  it('may end where the whole ends', async () => {
    const host = await part('bytes 2-9/10', 'cdefghij')
    const answer = await answered(open().fetch(get(host.url, { range: { start: 2, end: 50 } })))
    expect(answer.part?.range).toEqual({ start: 2, end: 10 })
  })

  it.each([
    ['another place', 'bytes 3-5/10', 'def'],
    ['too short a range', 'bytes 2-3/10', 'cd'],
    ['a range that its body belies', 'bytes 2-4/10', 'cdef'],
    ['a range that its body does not fill', 'bytes 2-4/10', 'cd'],
    ['no range', 'none', 'cde'],
  ])('with %s is broken', async (_, contentRange, body) => {
    const host = await part(contentRange, body)
    expect(await told(open().fetch(get(host.url, { range })))).toMatchObject({
      reason: 'hostAnswerBroken',
      problem: 'range',
    })
  })

  it('that nobody asked for is broken', async () => {
    const host = await part('bytes 2-4/10', 'cde')
    expect(await told(open().fetch(get(host.url)))).toMatchObject({
      reason: 'hostAnswerBroken',
      problem: 'range',
    })
  })
})

describe('an address', () => {
  it.each(['http://127.0.0.1:PORT/', 'http://2130706433:PORT/', 'http://[::ffff:127.0.0.1]:PORT/'])(
    '%s of this machine is refused to the public policy and never connected to',
    async (form) => {
      const host = await serve((_, response) => response.end('secret'))
      const url = form.replace('PORT', String(host.port))
      const refused = { reason: 'refusedAddress', rule: 'loopback' }
      expect(await told(open().fetch(get(url, { allow: 'public' })))).toMatchObject(refused)
      expect(host.sockets).toHaveLength(0)
    },
  )

  it.each(['169.254.169.254', '[fd00:ec2::254]', '0.0.0.0', '224.0.0.1', '[fe80::1]'])(
    '%s is refused even to the private policy',
    async (host) => {
      expect(await told(open().fetch(get(`http://${host}/latest/meta-data`)))).toMatchObject({
        reason: 'refusedAddress',
      })
    },
  )

  it('is refused when only one of those that a name has is not allowed', async () => {
    const resolve = async () => ['93.184.215.14', '10.0.0.1']
    const fetched = await told(open({ resolve }).fetch(get('http://mixed.example/', { allow: 'public' })))
    expect(fetched).toEqual({
      reason: 'refusedAddress',
      host: 'mixed.example:80',
      address: '10.0.0.1',
      rule: 'private',
    })
  })

  it('is refused when a resolver writes it with a zone', async () => {
    const resolve = async () => ['fe80::1%eth0']
    expect(await told(open({ resolve }).fetch(get('http://zone.example/')))).toMatchObject({
      rule: 'unreadable',
    })
  })

  it('is looked up once: what the name means a moment later changes nothing', async () => {
    const host = await serve((request, response) => response.end(request.headers.host))
    const answers = [['127.0.0.1'], ['169.254.169.254']]
    const asked: string[] = []
    const resolve = async (name: string) => {
      asked.push(name)
      return answers.shift() ?? []
    }
    const fetcher = open({ resolve })
    const url = `http://rebinding.example:${host.port}/`
    expect(await told(fetcher.fetch(get(url)))).toBe(`200 rebinding.example:${host.port}`)
    expect(asked).toEqual(['rebinding.example'])
    for (const socket of host.sockets) socket.destroy()
    await sleep(20)
    expect(await told(fetcher.fetch(get(url)))).toMatchObject({ reason: 'refusedAddress', rule: 'linkLocal' })
  })

  it('reached under one policy lends its connection to no other', async () => {
    const host = await serve((_, response) => response.end('ours'))
    const resolve = async () => ['127.0.0.1']
    const fetcher = open({ resolve })
    const url = `http://kept.example:${host.port}/`
    expect(await told(fetcher.fetch(get(url)))).toBe('200 ours')
    expect(await told(fetcher.fetch(get(url, { allow: 'public' })))).toMatchObject({
      reason: 'refusedAddress',
    })
  })

  it('that nobody answers at is tried after the others of the name', async () => {
    const host = await serve((_, response) => response.end('second'))
    const resolve = async () => ['127.0.0.2', '127.0.0.1']
    expect(await told(open({ resolve }).fetch(get(`http://two.example:${host.port}/`)))).toBe('200 second')
  })

  it.each([
    ['ftp://example.org/', 'scheme'],
    ['http://a:b@example.org/', 'credentials'],
    ['nonsense', 'unreadable'],
  ])('%s is unusable', async (url, problem) => {
    expect(await told(open().fetch(get(url)))).toEqual({ reason: 'unusableAddress', problem })
  })
})

describe('a redirect', () => {
  it('is followed, and the answer says from where it came', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { Location: '/new' }).end('gone')
      else response.end('here')
    })
    const answer = await answered(open().fetch(get(host.url)))
    expect([answer.url, answer.status]).toEqual([`${host.url}new`, 200])
  })

  it('to this machine by its wildcard address is refused and never connected to', async () => {
    const inside = await serve((_, response) => response.end('secret'))
    const location = `http://0.0.0.0:${inside.port}/`
    const host = await serve((_, response) => response.writeHead(302, { Location: location }).end())
    const refused = { reason: 'refusedAddress', address: '0.0.0.0', rule: 'unspecified' }
    expect(await told(open().fetch(get(host.url)))).toMatchObject(refused)
    expect(inside.sockets).toHaveLength(0)
  })

  it.each([
    ['http://169.254.169.254/latest', { reason: 'refusedAddress', rule: 'linkLocal' }],
    ['http://meta.example/', { reason: 'refusedAddress', rule: 'linkLocal' }],
    ['file:///etc/passwd', { reason: 'unusableAddress', problem: 'scheme' }],
    ['http://u:p@127.0.0.1/', { reason: 'unusableAddress', problem: 'credentials' }],
    ['/', { reason: 'refusedRedirect', problem: 'tooMany' }],
  ])('to %s is refused', async (location, failure) => {
    const host = await serve((_, response) => response.writeHead(302, { Location: location }).end())
    const resolve = async () => ['169.254.169.254']
    expect(await told(open({ resolve }).fetch(get(host.url)))).toMatchObject(failure)
  })

  it('takes authorisation along to the same origin only', async () => {
    const seen: (string | undefined)[] = []
    const other = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end()
    })
    const host = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(307, { Location: request.url === '/' ? '/again' : other.url }).end()
    })
    await told(open().fetch(get(host.url, { headers: { authorization: 'Bearer a' } })))
    expect(seen).toEqual(['Bearer a', 'Bearer a', undefined])
  })
})

describe('a host that sends too much', () => {
  it('is refused by what it announces', async () => {
    const host = await serve((_, response) => {
      response.setHeader('Content-Length', '11')
      response.end('elevenbytes')
    })
    expect(await told(open().fetch(get(host.url, { maxBytes: 10 })))).toEqual({
      reason: 'hostAnswerTooLarge',
      host: `127.0.0.1:${host.port}`,
      limit: 10,
    })
  })

  it('is cut where it passes the limit without announcing', async () => {
    const host = await serve((_, response) => {
      response.on('error', () => undefined)
      const pour = () => {
        while (!response.destroyed && response.write('a'.repeat(1000)));
      }
      response.on('drain', pour)
      pour()
    })
    const answer = await answered(open().fetch(get(host.url, { maxBytes: 100_000 })))
    const received = await readAll(answer)
    expect(received).toMatchObject({ ok: false, failure: { reason: 'hostAnswerTooLarge', limit: 100_000 } })
  })

  it('may say why it failed at greater length than it may answer', async () => {
    const host = await serve((_, response) =>
      response.writeHead(404, { 'Content-Length': 20 }).end('a'.repeat(20)),
    )
    const answer = await answered(open().fetch(get(host.url, { maxBytes: 10 })))
    expect(answer.status).toBe(404)
    expect(await readAll(answer)).toMatchObject({ failure: { reason: 'hostAnswerTooLarge' } })
  })

  it('in a gzip bomb is cut at a hundredfold', async () => {
    const bomb = gzipSync(new Uint8Array(50_000_000))
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.end(bomb)
    })
    const answer = await answered(open().fetch(get(host.url, { maxBytes: 100_000_000 })))
    let received = 0
    const reading = (async () => {
      for await (const piece of answer.body) received += piece.length
    })()
    await expect(reading).rejects.toMatchObject({
      failure: { reason: 'hostAnswerBroken', problem: 'compression' },
    })
    expect(received).toBeLessThanOrEqual(bomb.length * 100)
  })

  it('in a gzip bomb is cut at the limit, counted after decompression', async () => {
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.end(gzipSync(new Uint8Array(60_000)))
    })
    expect(await told(open().fetch(get(host.url, { maxBytes: 50_000 })))).toMatchObject({
      reason: 'hostAnswerTooLarge',
    })
  })

  it('may send a small file that shrinks well', async () => {
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.end(gzipSync(new Uint8Array(60_000)))
    })
    const body = await readAll(await answered(open().fetch(get(host.url))))
    expect(body.ok && body.value.length).toBe(60_000)
  })

  it('may send bytes that compression makes longer than the limit', async () => {
    const tile = randomBytes(8192)
    const zipped = gzipSync(tile)
    expect(zipped.length).toBeGreaterThan(tile.length)
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.setHeader('Content-Length', zipped.length)
      response.end(zipped)
    })
    const answer = await answered(open().fetch(get(host.url, { maxBytes: tile.length })))
    expect(await readAll(answer)).toEqual({ ok: true, value: Uint8Array.from(tile) })
  })

  it('of compressed nothing is cut', async () => {
    const emptyBlock = Uint8Array.of(0, 0, 0, 0xff, 0xff)
    const nothing = concatBytes(Array.from({ length: 1000 }, () => emptyBlock))
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.on('error', () => undefined)
      response.write(gzipSync('').subarray(0, 10))
      const pour = () => {
        while (!response.destroyed && response.write(nothing));
      }
      response.on('drain', pour)
      pour()
    })
    const answer = await answered(open().fetch(get(host.url, { maxBytes: 1000 })))
    expect(await readAll(answer)).toMatchObject({ ok: false, failure: { reason: 'hostAnswerTooLarge' } })
  })

  it.each([
    ['zeros', Buffer.alloc(100), '200 a'],
    ['garbage', utf8('garbage'), expect.objectContaining({ problem: 'compression' })],
  ])('of %s after the end of what was compressed is cut off', async (_, rest, outcome) => {
    const host = await speak((socket) => {
      socket.write(`${OK}Content-Encoding: gzip\r\n\r\n`)
      socket.write(gzipSync('a'))
      const pouring = setInterval(() => socket.destroyed || socket.write(rest), 1)
      socket.on('close', () => clearInterval(pouring))
    })
    expect(await told(open().fetch(get(host.url)))).toEqual(outcome)
    await closed(host)
  })

  it('of headers is cut', async () => {
    const host = await speak((socket) => {
      socket.write(OK)
      const pouring = setInterval(() => socket.destroyed || socket.write(`X-A: ${'a'.repeat(1000)}\r\n`), 1)
      socket.on('close', () => clearInterval(pouring))
    })
    expect(await told(open().fetch(get(host.url)))).toMatchObject({
      reason: 'hostAnswerTooLarge',
      limit: 16_384,
    })
  })

  it('than it announced is believed as far as it announced, and not asked over the same connection', async () => {
    const host = await speak((socket) =>
      socket.write(`${OK}Content-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n\r\nevil`),
    )
    const fetcher = open()
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 ab')
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 ab')
    expect(host.sockets).toHaveLength(2)
  })
})

describe('a host that sends what is no answer', () => {
  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'malformed'],
    [
      'another protocol',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
      'malformed',
    ],
    ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 'malformed'],
    [
      'a length and chunks',
      `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      'malformed',
    ],
    ['no gzip', `${OK}Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc`, 'compression'],
    ['Brotli', `${OK}Content-Encoding: br\r\nContent-Length: 3\r\n\r\nabc`, 'compression'],
    ['two compressions', `${OK}Content-Encoding: gzip, gzip\r\nContent-Length: 3\r\n\r\nabc`, 'compression'],
  ])('but %s is told as broken', async (_, answer, problem) => {
    const host = await speak((socket) => socket.write(answer))
    expect(await told(open().fetch(get(host.url)))).toMatchObject({ reason: 'hostAnswerBroken', problem })
  })

  it.each([
    ['a body', `${OK}Content-Length: 10\r\n\r\nabc`],
    ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`],
    ['chunks by breaking them', `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nabcdef\r\n`],
  ])('but cuts %s short is told as broken', async (_, answer) => {
    const host = await speak((socket) => socket.end(answer))
    expect(await told(open().fetch(get(host.url)))).toMatchObject({
      reason: 'hostAnswerBroken',
      problem: 'cutShort',
    })
  })

  it('but cuts gzip short is told as broken', async () => {
    const half = gzipSync('a'.repeat(1000)).subarray(0, 15)
    const host = await serve((_, response) => {
      response.setHeader('Content-Encoding', 'gzip')
      response.end(half)
    })
    expect(await told(open().fetch(get(host.url)))).toMatchObject({ problem: 'compression' })
  })
})

describe('a host that cannot be reached', () => {
  it('refuses the connection', async () => {
    const host = await serve(() => undefined)
    await opened.disposeAsync()
    opened = new AsyncDisposableStack()
    expect(await told(open().fetch(get(host.url)))).toEqual({
      reason: 'hostNotReached',
      host: `127.0.0.1:${host.port}`,
      problem: 'refused',
    })
  })

  it('closes the connection instead of answering', async () => {
    const host = await speak((socket) => socket.destroy())
    expect(await told(open().fetch(get(host.url)))).toMatchObject({
      reason: 'hostNotReached',
      problem: 'closed',
    })
  })

  it.each([
    ['has no name that is known', async () => Promise.reject(new Error('ENOTFOUND'))],
    ['has a name without addresses', async () => []],
  ])('%s', async (_, resolve) => {
    const failure = { reason: 'hostNotFound', host: 'none.example:80' }
    expect(await told(open({ resolve }).fetch(get('http://none.example/')))).toEqual(failure)
  })

  it('speaks no TLS', async () => {
    const host = await speak((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    const url = host.url.replace('http:', 'https:')
    expect(await told(open().fetch(get(url)))).toMatchObject({
      reason: 'hostNotReached',
      problem: 'certificate',
    })
  })
})

describe('a host that takes its time', () => {
  const slow = (step: string) => ({ reason: 'hostTooSlow', step })

  it('to be looked up is given up', async () => {
    const resolve = () => new Promise<never>(() => undefined)
    const fetcher = open({ resolve, limits: { connectMs: 100 } })
    expect(await told(fetcher.fetch(get('http://tar.example/')))).toMatchObject(slow('connection'))
  })

  it('to greet over TLS is given up', async () => {
    const host = await speak(() => undefined)
    const url = host.url.replace('http:', 'https:')
    const fetcher = open({ limits: { connectMs: 100 } })
    expect(await told(fetcher.fetch(get(url)))).toMatchObject(slow('connection'))
  })

  it.each([
    ['silence', () => undefined],
    ['a header a byte at a time', (socket: Socket) => trickle(socket, `${OK}X-A: ${'a'.repeat(10_000)}`)],
    [
      'provisional answers without end',
      (socket: Socket) => trickle(socket, 'HTTP/1.1 102 Processing\r\n\r\n', 27),
    ],
  ])('before its answer, with %s, is given up', async (_, answer) => {
    const host = await speak(answer)
    const fetcher = open({ limits: { firstByteMs: 200 } })
    expect(await told(fetcher.fetch(get(host.url)))).toMatchObject(slow('firstByte'))
  })

  it('is waited for as long as the request says', async () => {
    const host = await serve(async (_, response) => {
      await sleep(400)
      response.end('late')
    })
    const fetcher = open({ limits: { firstByteMs: 100 } })
    expect(await told(fetcher.fetch(get(host.url, { firstByteMs: 5000 })))).toBe('200 late')
    expect(await told(fetcher.fetch(get(host.url, { firstByteMs: 50 })))).toMatchObject(slow('firstByte'))
  })

  it('and falls silent in the body is given up', async () => {
    const host = await serve((_, response) => response.write('a'))
    const options = { limits: { silenceMs: 200 } }
    expect(await told(open(options).fetch(get(host.url)))).toMatchObject(slow('silence'))
  })

  it('byte by byte is given up, compressed or not', async () => {
    const host = await speak((socket) =>
      trickle(socket, `${OK}Content-Length: 100000\r\n\r\n${'a'.repeat(1000)}`),
    )
    const zipped = await speak((socket) => {
      socket.write(`${OK}Content-Encoding: gzip\r\nContent-Length: 100000\r\n\r\n`)
      trickle(socket, gzipSync(randomBytes(1000)).toString('latin1'))
    })
    const options = { limits: { floorBytesPerSecond: 2000, windowMs: 100 } }
    expect(await told(open(options).fetch(get(host.url)))).toMatchObject(slow('speed'))
    expect(await told(open(options).fetch(get(zipped.url)))).toMatchObject(slow('speed'))
  })

  it('but lives is waited for', async () => {
    const host = await serve(async (_, response) => {
      for (let burst = 0; burst < 4; burst++) {
        response.write('a'.repeat(64 * 1024))
        await sleep(100)
      }
      response.end()
    })
    const options = { limits: { floorBytesPerSecond: 16 * 1024, windowMs: 200, silenceMs: 1000 } }
    const body = await readAll(await answered(open(options).fetch(get(host.url))))
    expect(body.ok && body.value.length).toBe(4 * 64 * 1024)
  })

  it('is not blamed for a slow reader, whose connection is still cut when it never comes back', async () => {
    const host = await serve((_, response) => response.end('a'.repeat(500_000)))
    const fetcher = open({ limits: { readerMs: 600 } })
    const pieces = (await answered(fetcher.fetch(get(host.url)))).body[Symbol.asyncIterator]()
    await pieces.next()
    await sleep(150)
    await expect(pieces.next()).resolves.toMatchObject({ done: false })
    await sleep(1000)
    await expect(pieces.next()).rejects.toMatchObject({ failure: slow('reader') })
  })
})

/** Writes a text a few characters every two milliseconds, again and again until the socket is gone. */
function trickle(socket: Socket, text: string, size = 1): void {
  let at = 0
  const pouring = setInterval(() => {
    socket.write(Buffer.from(text.slice(at, at + size), 'latin1'))
    at = at + size < text.length ? at + size : size === 1 ? text.length - 1 : 0
  }, 2)
  socket.on('close', () => clearInterval(pouring))
}

describe('a stream', () => {
  it('lives through silence that would end an answer, and ends when its reader stops', async () => {
    const host = await serve(async (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity')
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      for (let hint = 0; hint < 3; hint++) {
        response.write(`data: ${hint}\n\n`)
        await sleep(200)
      }
    })
    const fetcher = open({ limits: { silenceMs: 50 } })
    const stream = { isStream: true, headers: { accept: 'text/event-stream' } } as const
    let text = ''
    for await (const piece of (await answered(fetcher.fetch(get(host.url, stream)))).body) {
      text += fromUtf8(piece)
      if (text.includes('data: 2')) break
    }
    expect(text).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
    await closed(host)
  })

  it('without a sign of life is given up, and its host not blamed', async () => {
    const host = await serve((request, response) => {
      response.write(': hello\n\n')
      if (request.url !== '/events') response.end()
    })
    const fetcher = open({ limits: { streamSilenceMs: 100 } })
    for (let time = 0; time < 3; time++) {
      const url = `${host.url}events`
      expect(await told(fetcher.fetch(get(url, { isStream: true })))).toMatchObject({ step: 'silence' })
    }
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 : hello\n\n')
  })

  it('takes no place from other requests', async () => {
    const host = await serve((request, response) => {
      response.write('a')
      if (request.url === '/') response.end()
    })
    const fetcher = open({ limits: { perHost: 1 } })
    using stream = await answered(fetcher.fetch(get(`${host.url}events`, { isStream: true })))
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 a')
    expect(stream.status).toBe(200)
  })
})

describe('a busy host', () => {
  it.each([
    [429, '60', NOW + MINUTE],
    [503, '60', NOW + MINUTE],
    [429, 'Tue, 24 Nov 2026 05:02:00 GMT', NOW + 2 * MINUTE],
    [503, undefined, NOW + 5 * SECOND],
  ])('%i with Retry-After %s is left alone until then', async (status, retryAfter, retryAt) => {
    let now = NOW
    let requests = 0
    const host = await serve((_, response) => {
      requests++
      if (now >= retryAt) response.end('again')
      else
        response.writeHead(status, retryAfter === undefined ? {} : { 'Retry-After': retryAfter }).end('busy')
    })
    const fetcher = open({ clock: () => now })
    const name = `127.0.0.1:${host.port}`
    expect(await told(fetcher.fetch(get(host.url)))).toEqual({ reason: 'hostBusy', host: name, retryAt })
    now = retryAt - 1
    expect(await told(fetcher.fetch(get(host.url)))).toEqual({
      reason: 'hostPaused',
      host: name,
      until: retryAt,
    })
    expect(requests).toBe(1)
    now = retryAt
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 again')
  })

  it('does not keep others waiting', async () => {
    const busy = await serve((_, response) => response.writeHead(429, { 'Retry-After': '60' }).end())
    const other = await serve((_, response) => response.end('here'))
    const fetcher = open()
    await told(fetcher.fetch(get(busy.url)))
    expect(await told(fetcher.fetch(get(other.url)))).toBe('200 here')
  })
})

describe('a failing host', () => {
  it('is paused at the third failure, longer each time, and forgiven at the first good answer', async () => {
    let now = NOW
    let isWell = false
    let requests = 0
    const host = await serve((_, response) => {
      requests++
      response.writeHead(isWell ? 200 : 500).end('a')
    })
    const fetcher = open({ clock: () => now })
    const ask = () => told(fetcher.fetch(get(host.url)))
    const paused = (until: number) => ({ reason: 'hostPaused', host: `127.0.0.1:${host.port}`, until })

    expect([await ask(), await ask(), await ask()]).toEqual(['500 a', '500 a', '500 a'])
    expect(await ask()).toEqual(paused(NOW + 5 * SECOND))
    now = NOW + 5 * SECOND
    expect(await ask()).toBe('500 a')
    expect(await ask()).toEqual(paused(now + 10 * SECOND))
    expect(requests).toBe(4)

    now += 10 * SECOND
    isWell = true
    expect([await ask(), await ask()]).toEqual(['200 a', '200 a'])
    isWell = false
    expect([await ask(), await ask(), await ask()]).toEqual(['500 a', '500 a', '500 a'])
    expect(await ask()).toEqual(paused(now + 5 * SECOND))
  })

  it('draws the pause by chance', async () => {
    const host = await serve((_, response) => response.writeHead(502).end())
    const fetcher = open({ random: (length) => new Uint8Array(length).fill(255) })
    for (let time = 0; time < 3; time++) await told(fetcher.fetch(get(host.url)))
    expect(await told(fetcher.fetch(get(host.url)))).toMatchObject({ until: NOW + 2500 })
  })

  it('is paused for bodies that break off too', async () => {
    const host = await speak((socket) => socket.end(`${OK}Content-Length: 10\r\n\r\nabc`))
    const fetcher = open()
    for (let time = 0; time < 3; time++) await told(fetcher.fetch(get(host.url)))
    expect(await told(fetcher.fetch(get(host.url)))).toMatchObject({ reason: 'hostPaused' })
  })

  it('lets those go that wait for a place', async () => {
    const host = await serve((_, response) => response.writeHead(429, { 'Retry-After': '60' }).end())
    const fetcher = open({ limits: { perHost: 1 } })
    const outcomes = await Promise.all([1, 2, 3].map(() => told(fetcher.fetch(get(host.url)))))
    expect(outcomes).toMatchObject([
      { reason: 'hostBusy' },
      { reason: 'hostPaused' },
      { reason: 'hostPaused' },
    ])
  })

  it('is remembered among so many only', async () => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => serve((_, response) => response.writeHead(429, { 'Retry-After': '60' }).end())),
    )
    const fetcher = open({ limits: { hosts: 1 } })
    await told(fetcher.fetch(get(first?.url ?? '')))
    await told(fetcher.fetch(get(second?.url ?? '')))
    expect(await told(fetcher.fetch(get(first?.url ?? '')))).toMatchObject({ reason: 'hostBusy' })
  })

  it('is not blamed for an address that we refuse, nor for a size that we do not take', async () => {
    const host = await serve((_, response) => response.end('abc'))
    const fetcher = open()
    for (let time = 0; time < 4; time++) {
      await told(fetcher.fetch(get(host.url, { allow: 'public' })))
      await told(fetcher.fetch(get(host.url, { maxBytes: 1 })))
    }
    expect(await told(fetcher.fetch(get(host.url)))).toBe('200 abc')
  })
})

describe('requests to one host', () => {
  it('are four at once, whatever is asked', async () => {
    let now = 0
    let most = 0
    const host = await serve(async (_, response) => {
      most = Math.max(most, ++now)
      await sleep(20)
      response.end('a', () => now--)
    })
    const fetcher = open()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => told(fetcher.fetch(get(host.url)))))
    expect(new Set(outcomes)).toEqual(new Set(['200 a']))
    expect(most).toBeLessThanOrEqual(4)
    expect(host.sockets.length).toBe(4)
  })

  it('give their place back when nobody reads them', async () => {
    const host = await serve((_, response) => response.end('a'.repeat(500_000)))
    const fetcher = open({ limits: { perHost: 1, readerMs: 200 } })
    for (let time = 0; time < 3; time++) {
      using answer = await answered(fetcher.fetch(get(host.url)))
      expect(answer.status).toBe(200)
    }
    await answered(fetcher.fetch(get(host.url))) // forgotten
    expect((await answered(fetcher.fetch(get(host.url)))).status).toBe(200)
  })
})

describe('an abort', () => {
  it('before the request sends nothing', async () => {
    const host = await serve((_, response) => response.end())
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(open().fetch(get(host.url, { signal }))).rejects.toThrow('enough')
    expect(host.sockets).toHaveLength(0)
  })

  it.each([
    ['looking up', 'http://tar.example/'],
    ['waiting for the answer', undefined],
  ])('while %s ends it at once', async (_, url) => {
    const host = await serve(() => undefined)
    const enough = new AbortController()
    const fetcher = open({ resolve: () => new Promise<never>(() => undefined) })
    const fetching = fetcher.fetch(get(url ?? host.url, { signal: enough.signal }))
    setTimeout(() => enough.abort(new Error('enough')), 30)
    await expect(fetching).rejects.toThrow('enough')
  })

  it('while waiting for a place ends it at once', async () => {
    const host = await serve((_, response) => response.write('a'))
    const fetcher = open({ limits: { perHost: 1 } })
    using holding = await answered(fetcher.fetch(get(host.url)))
    const fetching = fetcher.fetch(get(host.url, { signal: AbortSignal.timeout(30) }))
    await expect(fetching).rejects.toThrow('timeout')
    expect(holding.status).toBe(200)
  })

  it('while reading ends it at once, closes the connection and blames nobody', async () => {
    const host = await serve((_, response) => response.write('a'))
    const fetcher = open()
    for (let time = 0; time < 4; time++) {
      const enough = new AbortController()
      const answer = await answered(fetcher.fetch(get(host.url, { signal: enough.signal })))
      setTimeout(() => enough.abort(new Error('enough')), 20)
      await expect(readAll(answer)).rejects.toThrow('enough')
    }
    await sleep(20)
    expect(host.sockets.map((socket) => socket.destroyed)).toEqual([true, true, true, true])
  })
})

describe('a closed fetcher', () => {
  it('has ended every request, and takes none', async () => {
    const host = await serve((request, response) => {
      if (request.url === '/body') response.write('a')
    })
    const resolve = () => new Promise<never>(() => undefined)
    const fetcher = open({ resolve })
    const answer = await answered(fetcher.fetch(get(`${host.url}body`)))
    const reading = readAll(answer)
    const waiting = fetcher.fetch(get(host.url))
    const resolving = fetcher.fetch(get('http://tar.example/'))
    const all = Promise.allSettled([reading, waiting, resolving])
    await sleep(30)
    await fetcher[Symbol.asyncDispose]()
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(fetcher.fetch(get(host.url))).rejects.toThrow('the fetcher is closed')
    await sleep(20)
    expect(host.sockets.every((socket) => socket.destroyed)).toBe(true)
  })
})

describe('a failure', () => {
  it('is told to people by the name of the host, not by the address behind it', () => {
    const failure = {
      reason: 'refusedAddress',
      host: 'a.example:80',
      address: '10.0.0.1',
      rule: 'private',
    } as const
    expect(explainFetch(failure)).toEqual({ reason: 'refusedAddress', detail: { host: 'a.example:80' } })
    expect(explainFetch({ reason: 'unusableAddress', problem: 'scheme' })).toEqual({
      reason: 'unusableAddress',
    })
  })

  it('in the middle of a body says once more what it was', async () => {
    const host = await speak((socket) => socket.end(`${OK}Content-Length: 10\r\n\r\nabc`))
    const { body } = await answered(open().fetch(get(host.url)))
    const pieces = body[Symbol.asyncIterator]()
    await pieces.next()
    await expect(pieces.next()).rejects.toBeInstanceOf(BrokenFetch)
    await expect(pieces.next()).rejects.toMatchObject({ failure: { problem: 'cutShort' } })
  })
})
