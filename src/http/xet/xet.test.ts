import { randomBytes } from 'node:crypto'

import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'

import { flipBit, inPieces, pathOfXorb, temporaryContent } from '../../../test/support/content.ts'
import { randomBytesOf, textOf } from '../../../test/support/index.ts'
import {
  fileOfRuns,
  packForXet,
  shardOf,
  type SentFile,
  type SentXorb,
} from '../../../test/support/xet-upload.ts'
import { createSigner } from '../../content/index.ts'
import { xetHashOf } from '../../content/xet/index.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, succeed } from '../../kernel/result.ts'
import { HOUR, MINUTE } from '../../kernel/time.ts'
import { createTranslators } from '../../web/i18n/index.ts'
import type { HttpEnvironment } from '../context.ts'
import { listen } from '../server.ts'
import { type Authorise, casRoutes, createXetTokens, xetTokenRoutes } from './index.ts'

const MIB = 1024 * 1024

describe('a Xet token', () => {
  it('is told in the body and in headers, with where to use it', async () => {
    await using door = await openDoor()
    const response = await fetch(
      `${door.url}/api/models/nairobi/kigali/xet-read-token/refs%2Fpr%2F1?create_pr=1`,
    )
    const body = await json(response)
    expect(body).toEqual({
      accessToken: response.headers.get('x-xet-access-token'),
      exp: Number(response.headers.get('x-xet-token-expiration')),
      casUrl: response.headers.get('x-xet-cas-url'),
    })
    expect(body['casUrl']).toMatch(new RegExp(`^${door.url}/cas/[0-9a-f]{8}$`))
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  it('is given to nobody who may not use the repository so', async () => {
    await using door = await openDoor()
    const refused = await fetch(`${door.url}/api/datasets/nairobi/closed/xet-write-token/main`)
    expect([refused.status, refused.headers.get('x-error-code')]).toEqual([404, 'RepoNotFound'])
  })

  it('does not write when it may only read', async () => {
    await using door = await openDoor()
    const { xorb } = packForXet(randomBytesOf('sent', 100_000))
    expect(
      (await door.post(`/v1/xorbs/default/${xorb.hash}`, xorb.bytes, await door.token('kigali', 'read')))
        .status,
    ).toBe(403)
    for (const version of ['v1', 'v2']) {
      expect(
        (await door.post(`/${version}/shards`, shardOf([], []), await door.token('kigali', 'read'))).status,
      ).toBe(403)
    }
    expect(await door.test.content.usage()).toMatchObject({ xorbCount: 0 })
  })

  it('is refused when it is forged, changed, expired or missing', async () => {
    await using door = await openDoor()
    const good = await door.token('kigali', 'write')
    const [claims = '', signature = ''] = good.slice('xet_'.length).split('.')
    const foreign = Buffer.from(
      Buffer.from(claims, 'base64url').toString().replace('kigali', 'geneva'),
    ).toString('base64url')
    const bad = [
      '',
      'hf_token',
      'xet_',
      'xet_e30.e30',
      `xet_${foreign}.${signature}`,
      `${good.slice(0, -2)}AA`,
    ]
    const ask = (token: string) =>
      fetch(`${door.cas}/v1/files/${'0'.repeat(64)}`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${token}` },
      })
    expect(await Promise.all(bad.map(async (token) => (await ask(token)).status))).toEqual(bad.map(() => 401))
    expect((await fetch(`${door.cas}/v1/files/${'0'.repeat(64)}`)).status).toBe(401)
    expect((await ask(good)).status).toBe(404)
    door.test.wait(16 * MINUTE)
    expect((await ask(good)).status).toBe(401)
  })
})

describe('an upload by Xet', () => {
  it.each(['v1', 'v2'])('is taken in with shards of %s', async (version) => {
    await using door = await openDoor()
    const bytes = textOf('sent', MIB)
    const { xorb, file } = packForXet(bytes)
    const token = await door.token('kigali', 'write')
    const send = () => door.post(`/v1/xorbs/default/${xorb.hash}`, xorb.bytes, token)
    expect(await json(await send())).toEqual({ was_inserted: true })
    expect(await json(await send())).toEqual({ was_inserted: false })
    const registered = await door.post(`/${version}/shards`, shardOf([file], [xorb]), token)
    const lines = (await registered.text())
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    expect(lines.at(-1)).toMatchObject({ result: 1 })
    if (version === 'v2') {
      expect(registered.headers.get('content-type')).toBe('application/x-ndjson')
      expect(lines).toMatchObject([
        { type: 'validating' },
        { type: 'committing' },
        { type: 'committing' },
        { type: 'result' },
      ])
    }
    expect(await door.test.content.usedBy('kigali')).toBe(bytes.length)
  })

  it('is told in words why a shard is refused', async () => {
    await using door = await openDoor()
    const { xorb, file } = packForXet(randomBytesOf('lost', 100_000))
    const token = await door.token('kigali', 'write')
    const first = await door.post('/v1/shards', shardOf([file], [xorb]), token)
    expect([first.status, await json(first)]).toMatchObject([400, { reason: 'missingXorb' }])
    const second = await door.post('/v2/shards', shardOf([file], [xorb]), token)
    const last: unknown = JSON.parse((await second.text()).trim().split('\n').at(-1) ?? '')
    expect(last).toMatchObject({
      type: 'error',
      retryable: false,
      message: expect.stringContaining('upload again'),
    })
  })

  it.each([
    ['a hash that is none', 'x'.repeat(64), Buffer.from('x'), 400],
    ['a hash in capitals', 'A'.repeat(64), Buffer.from('x'), 400],
    ['bytes that are no xorb', 'a'.repeat(64), Buffer.from('x'), 400],
    ['more than a xorb may have', 'a'.repeat(64), Buffer.alloc(65 * MIB), 413],
  ])('is refused with %s, and the connection lives on', async (_, hash, bytes, status) => {
    await using door = await openDoor()
    const response = await door.post(`/v1/xorbs/default/${hash}`, bytes, await door.token('kigali', 'write'))
    expect(response.status).toBe(status)
    expect(await json(response)).toHaveProperty('error')
    expect((await door.post('/v1/telemetry', Buffer.from('{}'), '')).status).toBe(200)
  })
})

describe('a plan', () => {
  it('tells terms and addresses in both versions', async () => {
    await using door = await openDoor()
    const { file, xorb } = await door.upload('kigali', textOf('planned', MIB))
    const token = await door.token('kigali', 'read')
    const one = await json(await door.get(`/v1/reconstructions/${file.hash}`, token))
    const two = await json(await door.get(`/v2/reconstructions/${file.hash}`, token))
    const chunks = { start: 0, end: xorb.chunks.length }
    const bytes = { start: 0, end: xorb.bytes.length - 1 }
    const head = {
      offset_into_first_range: 0,
      terms: [{ hash: xorb.hash, unpacked_length: MIB, range: chunks }],
    }
    const url = expect.stringMatching(`^${door.cas}/x/${xorb.hash}\\?r=`)
    expect(one).toEqual({ ...head, fetch_info: { [xorb.hash]: [{ range: chunks, url, url_range: bytes }] } })
    expect(two).toEqual({ ...head, xorbs: { [xorb.hash]: [{ url, ranges: [{ chunks, bytes }] }] } })
    const batch = await json(
      await door.get(`/v1/reconstructions?file_id=${file.hash}&file_id=${'f'.repeat(64)}`, token),
    )
    expect(batch).toEqual({ files: { [file.hash]: head.terms }, fetch_info: one['fetch_info'] })
  })

  it('covers the range that was asked for, and is 416 past the end', async () => {
    await using door = await openDoor()
    const { file } = await door.upload('kigali', randomBytesOf('ranged', MIB))
    const token = await door.token('kigali', 'read')
    const ask = (range: string) => door.get(`/v2/reconstructions/${file.hash}`, token, { range })
    const part = await json(await ask('bytes=500000-500009'))
    expect(part['terms']).toMatchObject([{ range: { start: expect.any(Number), end: expect.any(Number) } }])
    expect(Number(part['offset_into_first_range'])).toBeLessThan(131_072)
    expect((await ask('bytes=0-255999999')).status).toBe(200)
    expect((await ask(`bytes=${MIB}-`)).status).toBe(416)
    expect((await ask('bytes=256000000-767999999')).status).toBe(416)
    expect((await ask('bytes=5-2')).status).toBe(400)
    expect((await ask('lines=1-2')).status).toBe(400)
  })

  it('is made for no repository that does not hold the file', async () => {
    await using door = await openDoor()
    const { file, xorb } = await door.upload('geneva', randomBytesOf('private', 100_000))
    const foreign = await door.token('kigali', 'read')
    expect((await door.get(`/v2/reconstructions/${file.hash}`, foreign)).status).toBe(404)
    for (const path of [`/v1/files/${file.hash}`, `/v1/xorbs/default/${xorb.hash}`]) {
      const ask = async (token: string) =>
        fetch(door.cas + path, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } })
      expect((await ask(foreign)).status).toBe(404)
      expect((await ask(await door.token('geneva', 'read'))).status).toBe(200)
    }
  })
})

describe('a signed address', () => {
  it('gives the stretch it was signed for, and 403 for any other', async () => {
    await using door = await openDoor()
    const { xorb, plan } = await door.planned(randomBytesOf('fetched', MIB))
    const [{ url, ranges }] = plan
    const [{ bytes }] = ranges
    const good = await fetch(url, { headers: { range: `bytes=${bytes.start}-${bytes.end}` } })
    expect([good.status, good.headers.get('content-range')]).toEqual([
      206,
      `bytes 0-${xorb.bytes.length - 1}/${xorb.bytes.length}`,
    ])
    expect(Buffer.from(await good.arrayBuffer()).equals(xorb.bytes)).toBe(true)
    const ask = async (address: string, headers: Record<string, string>) =>
      (await fetch(address, { headers })).status
    expect(await ask(url, {})).toBe(403)
    expect(await ask(url, { range: `bytes=0-${bytes.end - 1}` })).toBe(403)
    expect(await ask(url.replace('&e=', '&e=1'), { range: `bytes=0-${bytes.end}` })).toBe(403)
    expect(await ask(url.slice(0, -3), { range: `bytes=0-${bytes.end}` })).toBe(403)
    expect(await ask(url.replace(xorb.hash, 'a'.repeat(64)), { range: `bytes=0-${bytes.end}` })).toBe(403)
    door.test.wait(HOUR)
    expect(await ask(url, { range: `bytes=${bytes.start}-${bytes.end}` })).toBe(403)
  })

  it('gives several stretches at once as parts, or one of them', async () => {
    await using door = await openDoor()
    const bytes = randomBytesOf('parts', MIB)
    const count = packForXet(bytes).xorb.chunks.length
    // A file of the xorb's first two and last two chunks: one xorb, two stretches.
    const { xorb: sent, plan } = await door.planned(bytes, [
      { start: 0, end: 2 },
      { start: count - 2, end: count },
    ])
    const [{ url, ranges }] = plan
    expect(ranges).toHaveLength(2)
    const set = `bytes=${ranges.map((range) => `${range.bytes.start}-${range.bytes.end}`).join(',')}`
    const both = await fetch(url, { headers: { range: set } })
    expect(both.headers.get('content-type')).toMatch(/^multipart\/byteranges; boundary=/)
    const body = Buffer.from(await both.arrayBuffer())
    expect(both.headers.get('content-length')).toBe(String(body.length))
    const expected = ranges.map((range) => sent.bytes.subarray(range.bytes.start, range.bytes.end + 1))
    expect(partsOf(body, both.headers.get('content-type') ?? '')).toEqual(expected)
    const last = ranges.at(-1)
    const one = await fetch(url, { headers: { range: `bytes=${last?.bytes.start}-${last?.bytes.end}` } })
    expect(Buffer.from(await one.arrayBuffer())).toEqual(expected.at(-1))
  })

  it('gives no damaged byte', async () => {
    await using door = await openDoor()
    const { xorb, plan } = await door.planned(randomBytesOf('rotten', 4 * MIB))
    await flipBit(await pathOfXorb(door.test, xorb.hash), 3 * MIB)
    const [{ url, ranges }] = plan
    const [{ bytes }] = ranges
    const fetched = fetch(url, { headers: { range: `bytes=${bytes.start}-${bytes.end}` } }).then((response) =>
      response.arrayBuffer(),
    )
    await expect(fetched).rejects.toThrow(/terminated|fetch failed/)
    expect(door.test.events).toContain('contentDamaged')
  })
})

describe('the CAS', () => {
  it('answers what clients ask on the side', async () => {
    await using door = await openDoor()
    const { file, xorb } = await door.upload('kigali', randomBytesOf('aside', 100_000))
    const token = await door.token('kigali', 'read')
    const first = xetHashOf(xorb.chunks[0]?.hash ?? new Uint8Array())
    expect((await door.get(`/v1/chunks/default/${first}`, token)).headers.get('content-type')).toBe(
      'application/octet-stream',
    )
    expect((await door.get(`/v1/chunks/default-merkledb/${'a'.repeat(64)}`, token)).status).toBe(404)
    expect((await door.get(`/v2/file-chunk-hashes/${file.hash}`, token)).status).toBe(404)
    const preflight = await fetch(`${door.cas}/v2/reconstructions/${file.hash}`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://elsewhere.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,range',
      },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  })
})

interface Stretch {
  readonly chunks: { readonly start: number; readonly end: number }
  readonly bytes: { readonly start: number; readonly end: number }
}

type Planned = readonly [{ readonly url: string; readonly ranges: readonly [Stretch, ...Stretch[]] }]

/** A node's Xet surface over a content store of its own. `nairobi/closed` refuses everybody. */
async function openDoor() {
  await using owned = new AsyncDisposableStack()
  const test = owned.use(await temporaryContent())
  const { content, clock } = test
  const signer = createSigner({ database: test.database, random: randomBytes })
  const tokens = createXetTokens({ signer, clock })
  const authorise: Authorise = async (_, { id }) => {
    const repositoryId = id.replace('nairobi/', '')
    return repositoryId === 'closed'
      ? fail(failure('repositoryNotFound'))
      : succeed({ repositoryId, actorId: null })
  }
  const translators = createTranslators()
  const app = new Hono<HttpEnvironment>()
  app.use((c, next) => {
    c.set('translators', translators)
    return next()
  })
  app.route('/', xetTokenRoutes({ content, tokens, authorise }))
  app.route('/', casRoutes({ content, tokens, signer, clock }))
  const server = owned.use(await listen(app, '127.0.0.1', 0))
  const url = server.address
  const cas = `${url}/cas/${await content.casEpoch()}`
  const rest = owned.move()

  async function upload(repository: string, bytes: Uint8Array): Promise<{ xorb: SentXorb; file: SentFile }> {
    const packed = packForXet(bytes)
    await content.storeXorb(packed.xorb.hash, inPieces(packed.xorb.bytes))
    await content.registerShard(repository, inPieces(shardOf([packed.file], [packed.xorb])))
    return packed
  }

  return {
    test,
    url,
    cas,
    upload,
    token: async (repository: string, scope: 'read' | 'write') =>
      String(
        (await json(await fetch(`${url}/api/models/nairobi/${repository}/xet-${scope}-token/main`)))[
          'accessToken'
        ],
      ),
    get: (path: string, token: string, headers: Record<string, string> = {}) =>
      fetch(cas + path, { headers: { ...headers, authorization: `Bearer ${token}` } }),
    post: (path: string, body: Uint8Array<ArrayBuffer>, token: string) =>
      fetch(cas + path, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } }),
    /** Uploads a xorb and plans a file of some runs of its chunks, or of all. */
    async planned(bytes: Uint8Array, runs?: readonly { start: number; end: number }[]) {
      const { xorb, file } = await upload('kigali', bytes)
      const part = runs ? fileOfRuns(xorb, bytes, runs) : file
      if (runs) await content.registerShard('kigali', inPieces(shardOf([part], [])))
      const response = await this.get(`/v2/reconstructions/${part.hash}`, await this.token('kigali', 'read'))
      const xorbs: unknown = (await json(response))['xorbs']
      // The shape was checked above; what matters here is what the addresses give.
      return { xorb, plan: (xorbs as Record<string, Planned>)[xorb.hash] as Planned }
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

async function json(response: Response): Promise<Record<string, unknown>> {
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null) throw new Error('not an object')
  return { ...body }
}

/** The bytes of each part of a `multipart/byteranges` body. */
function partsOf(body: Buffer, contentType: string): readonly Buffer[] {
  const boundary = `--${/boundary=(.+)$/.exec(contentType)?.[1]}`
  const parts: Buffer[] = []
  for (let at = 0; body.toString('latin1', at, at + boundary.length + 2) === `${boundary}\r\n`;) {
    const headEnd = body.indexOf('\r\n\r\n', at)
    const range = /Content-Range: bytes (\d+)-(\d+)\/\d+/.exec(body.toString('latin1', at, headEnd))
    const start = headEnd + 4
    const end = start + Number(range?.[2]) - Number(range?.[1]) + 1
    parts.push(body.subarray(start, end))
    at = end + 2
  }
  return parts
}
