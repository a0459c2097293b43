import { once } from 'node:events'
import { connect } from 'node:net'
import type { Writable } from 'node:stream'

import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

import { DamagedContent } from '../content/index.ts'
import type { ByteRange } from '../kernel/byte-range.ts'
import { XetHash } from '../kernel/names.ts'
import { createTranslators } from '../web/i18n/index.ts'
import type { HttpEnvironment } from './context.ts'
import { type ContentSource, sendContent } from './send-content.ts'
import { type HttpServer, listen } from './server.ts'

const BYTES = Buffer.from('0123456789abcdefghij')
const ETAG = '"content"'

/** Each case runs straight on Node's socket and through a web stream. */
describe.each(['pipe', 'read'] as const)('content sent by %s', (way) => {
  const site = () => serve(way, BYTES)

  it('is sent whole, with its headers', async () => {
    await using server = await site()
    const response = await fetch(server.address)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': '20',
      'content-type': 'text/x-test',
      etag: ETAG,
      'x-before': 'kept',
      'x-own': 'sent',
    })
    expect(await response.text()).toBe(BYTES.toString())
  })

  it('says the same to HEAD, without bytes', async () => {
    await using server = await site()
    const response = await fetch(server.address, { method: 'HEAD', headers: { range: 'bytes=0-4' } })
    expect([response.status, response.headers.get('content-length'), response.headers.get('etag')]).toEqual([
      200,
      '20',
      ETAG,
    ])
    expect(await response.text()).toBe('')
  })

  it.each([
    ['bytes=0-4', 206, 'bytes 0-4/20', '01234'],
    ['bytes=15-', 206, 'bytes 15-19/20', 'fghij'],
    ['bytes=-3', 206, 'bytes 17-19/20', 'hij'],
    ['bytes=15-999', 206, 'bytes 15-19/20', 'fghij'],
    ['bytes=0-0', 206, 'bytes 0-0/20', '0'],
    ['bytes=0-1,4-5', 200, null, BYTES.toString()],
    ['bytes=9-3', 200, null, BYTES.toString()],
    ['lines=1-2', 200, null, BYTES.toString()],
  ])('answers Range: %s', async (range, status, contentRange, text) => {
    await using server = await site()
    const response = await fetch(server.address, { headers: { range } })
    expect([response.status, response.headers.get('content-range'), await response.text()]).toEqual([
      status,
      contentRange,
      text,
    ])
  })

  it('refuses a range past its end and tells its size', async () => {
    await using server = await site()
    const response = await fetch(server.address, { headers: { range: 'bytes=20-' } })
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */20'])
    await response.body?.cancel()
  })

  it.each([
    [ETAG, 206],
    ['"other"', 200],
    [`W/${ETAG}`, 200],
    ['Tue, 24 Nov 2026 05:00:00 GMT', 200],
  ])('takes If-Range: %s', async (ifRange, status) => {
    await using server = await site()
    const response = await fetch(server.address, { headers: { range: 'bytes=0-4', 'if-range': ifRange } })
    expect(response.status).toBe(status)
    await response.body?.cancel()
  })

  it.each([
    [ETAG, 304],
    [`"a", W/${ETAG}`, 304],
    ['*', 304],
    ['"other"', 200],
  ])('takes If-None-Match: %s', async (known, status) => {
    await using server = await site()
    const response = await fetch(server.address, { headers: { 'if-none-match': known } })
    expect([response.status, response.headers.get('etag')]).toEqual([status, ETAG])
    await response.body?.cancel()
  })

  it('of no length is partial when a part is asked for', async () => {
    await using server = await serve(way, Buffer.alloc(0))
    const part = await fetch(server.address, { headers: { range: 'bytes=0-0' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
      206,
      'bytes 0-0/0',
      '',
    ])
    const whole = await fetch(server.address)
    expect([whole.status, whole.headers.get('content-length')]).toEqual([200, '0'])
  })

  it('cuts the connection when damage shows after the first byte', async () => {
    await using server = await serve(way, BYTES, { damagedAt: 10 })
    const text = fetch(server.address).then((response) => response.text())
    await expect(text).rejects.toThrow(/terminated|fetch failed/)
  })
})

describe('content sent straight to the socket', () => {
  it('answers 410 when damage shows before the first byte', async () => {
    await using server = await serve('pipe', BYTES, { damagedAt: 0 })
    const response = await fetch(server.address)
    expect([response.status, response.headers.get('etag')]).toEqual([410, null])
    expect(await response.json()).toMatchObject({ reason: 'damagedContent' })
    expect((await fetch(server.address, { method: 'HEAD' })).status).toBe(200)
  })

  it('stops reading when the client goes away', async () => {
    const { promise: stopped, resolve } = Promise.withResolvers<unknown>()
    const endless: ContentSource = {
      read: () => BYTES.values() as never,
      async pipe(_range, into, signal) {
        signal?.addEventListener('abort', () => resolve(signal.reason))
        for (;;) {
          signal?.throwIfAborted()
          if (!into.write(Buffer.alloc(65_536))) await Promise.race([once(into, 'drain'), stopped])
        }
      },
    }
    await using server = await serveSource(endless, 1e9)
    const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.destroy()
    expect(await stopped).toMatchObject({ message: 'the client went away' })
  })
})

function serve(way: 'pipe' | 'read', bytes: Buffer, { damagedAt }: { damagedAt?: number } = {}) {
  async function* read({ start, end }: ByteRange) {
    for (let at = start; at < end; at++) {
      if (at === damagedAt) throw new DamagedContent(XetHash.parse('0'.repeat(64)), 'a test')
      yield bytes.subarray(at, at + 1)
    }
  }
  const pipe = async (range: ByteRange, into: Writable) => {
    for await (const piece of read(range)) {
      await new Promise<void>((resolve, reject) =>
        into.write(piece, (cause) => (cause ? reject(cause) : resolve())),
      )
    }
  }
  return serveSource({ read, ...(way === 'pipe' && { pipe }) }, bytes.length)
}

async function serveSource(source: ContentSource, size: number): Promise<HttpServer> {
  const app = new Hono<HttpEnvironment>()
  const translators = createTranslators()
  app.use(async (c, next) => {
    c.set('translators', translators)
    c.header('X-Before', 'kept')
    return next()
  })
  app.get('/', (c) =>
    sendContent(c, {
      size,
      etag: 'content',
      contentType: 'text/x-test',
      headers: { 'X-Own': 'sent' },
      open: async () => source,
    }),
  )
  return listen(app, '127.0.0.1', 0)
}
