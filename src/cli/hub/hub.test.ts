import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { RepositoryId } from '../../kernel/names.ts'
import type { Progress } from '../progress.ts'
import { download } from './download.ts'
import { filesIn, rulesIn, sampleOf } from './folder.ts'
import { hashFile } from './hash.ts'
import { send } from './http.ts'
import { createHub, type RemoteFile } from './hub.ts'
import { inParallel } from './parallel.ts'
import { uploadLarge } from './upload.ts'

type Handler = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown

/** A server that answers as told, and the requests it saw. */
async function stub(handler: Handler) {
  const seen: { method: string; path: string; headers: IncomingMessage['headers'] }[] = []
  const server = createServer((incoming, outgoing) => {
    seen.push({ method: incoming.method ?? '', path: incoming.url ?? '', headers: incoming.headers })
    void handler(incoming, outgoing)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    seen,
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'ayni-hub-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

const { signal } = new AbortController()

function counted(): Progress & { readonly done: () => number } {
  let done = 0
  return {
    expect() {},
    show() {},
    advance(bytes) {
      done += bytes
    },
    done: () => done,
    [Symbol.dispose]() {},
  }
}

function hubAt(url: string) {
  const id = RepositoryId.parse('nairobi/asr')
  return createHub({ node: url, id, kind: 'model', token: 'hf_secret', signal })
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const listed = (path: string, bytes: Uint8Array): RemoteFile => ({
  path,
  size: bytes.length,
  hash: { kind: 'sha256', hex: sha256(bytes) },
})

describe('a request', () => {
  const get = (url: string, attempts = 3) => send({ method: 'GET', url, signal, attempts })

  it('is tried again after a passing refusal and after a broken connection', async () => {
    let count = 0
    await using node = await stub((_incoming, outgoing) => {
      count++
      if (count === 1) outgoing.writeHead(503).end()
      else if (count === 2) outgoing.destroy()
      else outgoing.end('here')
    })
    expect(await text(await get(node.url))).toBe('here')
    expect(node.seen).toHaveLength(3)
  })

  it('is not tried again when the answer is for good, and says why in the node’s own words', async () => {
    await using node = await stub((_incoming, outgoing) => {
      outgoing.writeHead(501, { 'content-type': 'application/json' }).end('{"error":"Not offered yet."}')
    })
    await expect(get(node.url)).rejects.toThrow('Not offered yet.')
    expect(node.seen).toHaveLength(1)
  })

  it('says at least the status when something else than the node answers', async () => {
    await using node = await stub((_incoming, outgoing) => outgoing.writeHead(403).end('<h1>Proxy</h1>'))
    await expect(get(node.url)).rejects.toThrow('The node answered 403 Forbidden')
  })

  it('says where nobody answered, once it has tried', async () => {
    const gone = await stub((_incoming, outgoing) => outgoing.end())
    await gone[Symbol.asyncDispose]()
    const asked = send({ method: 'GET', url: gone.url, attempts: 2, signal })
    await expect(asked).rejects.toThrow(`Nothing answers at ${new URL(gone.url).host}. Check the address`)
  })

  it('waits as long as it is asked to', async () => {
    const times: number[] = []
    await using node = await stub((_incoming, outgoing) => {
      times.push(performance.now())
      outgoing.writeHead(times.length === 1 ? 429 : 200, { 'retry-after': '1' }).end()
    })
    ;(await get(node.url)).resume()
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(950)
  })

  it('follows a redirect, without its token when that leads to another host', async () => {
    await using elsewhere = await stub((_incoming, outgoing) => outgoing.end('bytes'))
    await using node = await stub((incoming, outgoing) => {
      const to = incoming.url === '/first' ? '/second' : `${elsewhere.url}/third`
      outgoing.writeHead(307, { location: to }).end()
    })
    const headers = { Authorization: 'Bearer hf_secret', 'x-kept': '1' }
    expect(await text(await send({ method: 'GET', url: `${node.url}/first`, headers, signal }))).toBe('bytes')
    expect(node.seen.map((request) => request.headers.authorization)).toEqual([
      'Bearer hf_secret',
      'Bearer hf_secret',
    ])
    expect(elsewhere.seen[0]?.headers).not.toHaveProperty('authorization')
    expect(elsewhere.seen[0]?.headers).toHaveProperty('x-kept')
  })
})

describe('work in parallel', () => {
  it('keeps to its width and reaches every item once', async () => {
    const done: number[] = []
    let running = 0
    let most = 0
    await inParallel(
      Array.from({ length: 20 }, (_, index) => index),
      3,
      signal,
      async (item) => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, item % 3))
        running--
        done.push(item)
      },
    )
    expect(most).toBe(3)
    expect(done.toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    )
  })

  it('stops at the first failure, tells the others, and waits for them', async () => {
    const stopped: number[] = []
    const working = inParallel([0, 1, 2, 3, 4, 5], 2, signal, async (item, signal) => {
      if (item === 1) throw new Error('the first')
      await once(signal, 'abort')
      stopped.push(item)
      throw new Error('a later one')
    })
    await expect(working).rejects.toThrow('the first')
    expect(stopped).toEqual([0])
  })
})

describe('a download', () => {
  const content = randomBytes(300_000)

  /** Serves ranges of `content`; `spoil` may answer in its place. */
  function serving(spoil: (start: number, outgoing: ServerResponse, count: number) => boolean = () => false) {
    let count = 0
    return stub((incoming, outgoing) => {
      const start = Number(/^bytes=(\d+)-$/.exec(incoming.headers.range ?? '')?.[1] ?? 0)
      if (spoil(start, outgoing, ++count)) return
      outgoing.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start })
      outgoing.end(content.subarray(start))
    })
  }

  async function fetched(url: string, folder: string, file = listed('a/model.bin', content)) {
    const progress = counted()
    const destination = join(folder, file.path)
    const wasFetched = await download(hubAt(url), { commit: 'c0ffee', file, destination }, progress, signal)
    return { wasFetched, progress, bytes: await readFile(destination) }
  }

  it('arrives in its place with nothing beside it, and is not fetched again', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving()
    const first = await fetched(node.url, folder.path)
    expect(first.bytes.equals(content)).toBe(true)
    expect(first.wasFetched).toBe(true)
    expect(first.progress.done()).toBe(content.length)
    expect(node.seen[0]).toMatchObject({ path: '/nairobi/asr/resolve/c0ffee/a/model.bin' })
    expect(await readdir(join(folder.path, 'a'))).toEqual(['model.bin'])
    const second = await fetched(node.url, folder.path)
    expect(second.wasFetched).toBe(false)
    expect(second.progress.done()).toBe(content.length)
    expect(node.seen).toHaveLength(1)
  })

  it('goes on where an earlier one stopped', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving()
    await writeFile(join(folder.path, 'model.bin.ayni-part'), content.subarray(0, 100_000))
    const { bytes, progress } = await fetched(node.url, folder.path, listed('model.bin', content))
    expect(bytes.equals(content)).toBe(true)
    expect(progress.done()).toBe(content.length)
    expect(node.seen.map(({ headers }) => headers.range)).toEqual(['bytes=100000-'])
    expect(node.seen[0]?.headers['if-range']).toBe(`"${sha256(content)}"`)
  })

  it('goes on after cuts, each time from what is on disk', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving((start, outgoing, count) => {
      if (count > 2) return false
      outgoing.writeHead(start > 0 ? 206 : 200, { 'content-length': content.length - start })
      outgoing.write(content.subarray(start, start + 100_000), () => setTimeout(() => outgoing.destroy(), 50))
      return true
    })
    const { bytes, progress } = await fetched(node.url, folder.path)
    expect(bytes.equals(content)).toBe(true)
    expect(progress.done()).toBe(content.length)
    expect(node.seen.map(({ headers }) => headers.range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=200000-',
    ])
  })

  it('begins anew where the node does not go on', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving((_start, outgoing) => {
      outgoing.end(content)
      return true
    })
    await writeFile(join(folder.path, 'model.bin.ayni-part'), content.subarray(0, 100_000))
    const { bytes, progress } = await fetched(node.url, folder.path, listed('model.bin', content))
    expect(bytes.equals(content)).toBe(true)
    expect(progress.done()).toBe(content.length)
  })

  it.each([
    ['another version', (size: number) => randomBytes(size), 100_000],
    ['more than the file', (size: number) => randomBytes(size), 400_000],
    ['all of it, but bent', (size: number) => randomBytes(size), 300_000],
  ])('begins anew when the part left here is of %s', async (_of, make, size) => {
    await using folder = await temporaryFolder()
    await using node = await serving()
    await writeFile(join(folder.path, 'model.bin.ayni-part'), make(size))
    const { bytes, progress } = await fetched(node.url, folder.path, listed('model.bin', content))
    expect(bytes.equals(content)).toBe(true)
    expect(progress.done()).toBe(content.length)
  })

  it('that is not what the node lists never takes the file’s place', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving((_start, outgoing) => {
      outgoing.end(randomBytes(content.length))
      return true
    })
    await expect(fetched(node.url, folder.path, listed('model.bin', content))).rejects.toThrow(
      'not those the node lists',
    )
    expect(await readdir(folder.path)).toEqual(['model.bin.ayni-part'])
  })

  it('that brings more than the node lists is stopped', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving((_start, outgoing) => {
      outgoing.write(content)
      outgoing.write(content)
      return true
    })
    await expect(fetched(node.url, folder.path)).rejects.toThrow('more bytes arrive')
  })

  it('of an empty file asks for nothing', async () => {
    await using folder = await temporaryFolder()
    await using node = await serving()
    const empty: RemoteFile = {
      path: 'empty.txt',
      size: 0,
      hash: { kind: 'git', hex: 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391' }, // what git calls it
    }
    expect((await fetched(node.url, folder.path, empty)).bytes).toHaveLength(0)
    expect(node.seen).toEqual([])
  })
})

describe('an upload', () => {
  const content = randomBytes(250_000)
  const oid = sha256(content)

  async function fileIn(folder: string) {
    const location = join(folder, 'model.bin')
    await writeFile(location, content)
    return { location, oid, size: content.length }
  }

  const batchAnswer = (object: object, transfer = 'basic') =>
    JSON.stringify({ transfer, objects: [{ oid, size: content.length, ...object }] })

  it('of what the node has sends nothing', async () => {
    await using folder = await temporaryFolder()
    await using node = await stub((_incoming, outgoing) => outgoing.end(batchAnswer({})))
    const progress = counted()
    expect(await uploadLarge(hubAt(node.url), await fileIn(folder.path), progress, signal)).toBe(false)
    expect(progress.done()).toBe(content.length)
    expect(node.seen.map(({ path }) => path)).toEqual(['/nairobi/asr.git/info/lfs/objects/batch'])
  })

  it('sends the bytes to the signed place without the token, and verifies with it; a cut is tried again', async () => {
    await using folder = await temporaryFolder()
    const received: Buffer[] = []
    let puts = 0
    await using node = await stub(async (incoming, outgoing) => {
      const base = `http://${incoming.headers.host}`
      if (incoming.url === '/put' && ++puts === 1) return incoming.once('data', () => incoming.destroy())
      const body = await buffer(incoming)
      if (incoming.url === '/put') received.push(body)
      const actions = {
        upload: { href: `${base}/put`, header: { 'x-signed': 'yes' } },
        verify: { href: `${base}/verify` },
      }
      return outgoing.end(incoming.url?.endsWith('/batch') ? batchAnswer({ actions }) : '{}')
    })
    const progress = counted()
    expect(await uploadLarge(hubAt(node.url), await fileIn(folder.path), progress, signal)).toBe(true)
    expect(received.map((body) => body.equals(content))).toEqual([true])
    expect(progress.done()).toBe(content.length)
    const put = node.seen.find(({ path }) => path === '/put')
    expect(put?.headers).toMatchObject({ 'content-length': '250000', 'x-signed': 'yes' })
    expect(put?.headers).not.toHaveProperty('authorization')
    expect(node.seen.at(-1)).toMatchObject({
      path: '/verify',
      headers: { authorization: 'Bearer hf_secret' },
    })
  })

  it('in parts sends each to its place and then the list of what arrived', async () => {
    await using folder = await temporaryFolder()
    const parts = new Map<string, Buffer>()
    let list = ''
    await using node = await stub(async (incoming, outgoing) => {
      const base = `http://${incoming.headers.host}`
      const header = {
        chunk_size: '100000',
        '00001': `${base}/1`,
        '00002': `${base}/2`,
        '00003': `${base}/3`,
      }
      if (incoming.url?.endsWith('/batch')) {
        outgoing.end(batchAnswer({ actions: { upload: { href: `${base}/complete`, header } } }, 'multipart'))
      } else if (incoming.method === 'PUT') {
        parts.set(incoming.url ?? '', await buffer(incoming))
        outgoing.setHeader('etag', `"etag${incoming.url}"`).end()
      } else {
        list = await text(incoming)
        outgoing.end('{}')
      }
    })
    expect(await uploadLarge(hubAt(node.url), await fileIn(folder.path), counted(), signal)).toBe(true)
    const whole = Buffer.concat(['/1', '/2', '/3'].map((path) => parts.get(path) ?? Buffer.alloc(0)))
    expect(whole.equals(content)).toBe(true)
    expect(JSON.parse(list)).toEqual({
      oid,
      parts: [1, 2, 3].map((partNumber) => ({ partNumber, etag: `"etag/${partNumber}"` })),
    })
  })

  it.each([
    ['waits for the end of the answer before it verifies', true],
    ['says so when the answer breaks off', false],
  ])('whose parts are put together slowly %s', async (_, succeeds) => {
    await using folder = await temporaryFolder()
    const order: string[] = []
    await using node = await stub(async (incoming, outgoing) => {
      const base = `http://${incoming.headers.host}`
      await buffer(incoming)
      const header = { chunk_size: '250000', '00001': `${base}/1` }
      const actions = { upload: { href: `${base}/complete`, header }, verify: { href: `${base}/verify` } }
      if (incoming.url === '/verify') order.push('verified')
      if (incoming.url !== '/complete')
        return outgoing.end(incoming.url?.endsWith('/batch') ? batchAnswer({ actions }, 'multipart') : '{}')
      outgoing.write(' ')
      await delay(100)
      order.push('put together')
      return succeeds ? outgoing.end('{}') : outgoing.destroy()
    })
    const sending = uploadLarge(hubAt(node.url), await fileIn(folder.path), counted(), signal)
    if (succeeds) expect(await sending).toBe(true)
    else await expect(sending).rejects.toThrow('did not put the parts')
    expect(order).toEqual(succeeds ? ['put together', 'verified'] : ['put together'])
  })

  it('whose place has expired asks for another', async () => {
    await using folder = await temporaryFolder()
    let batches = 0
    await using node = await stub(async (incoming, outgoing) => {
      await buffer(incoming)
      const href = `http://${incoming.headers.host}/put${batches}`
      if (incoming.url?.endsWith('/batch')) {
        batches++
        outgoing.end(batchAnswer({ actions: { upload: { href } } }))
      } else outgoing.writeHead(incoming.url === '/put0' ? 403 : 200).end('{}')
    })
    const progress = counted()
    expect(await uploadLarge(hubAt(node.url), await fileIn(folder.path), progress, signal)).toBe(true)
    expect(batches).toBe(2)
  })

  it('that the node refuses says why', async () => {
    await using folder = await temporaryFolder()
    await using node = await stub((_incoming, outgoing) =>
      outgoing.end(batchAnswer({ error: { code: 507, message: 'The storage is full.' } })),
    )
    const sending = uploadLarge(hubAt(node.url), await fileIn(folder.path), counted(), signal)
    await expect(sending).rejects.toThrow('The storage is full.')
  })
})

describe('the list of files', () => {
  it('is read page by page at the node, whatever host the next link names', async () => {
    const page = (...paths: string[]) =>
      JSON.stringify(paths.map((path) => ({ type: 'file', path, oid: 'aa', size: 1, lfs: { oid: 'bb' } })))
    await using node = await stub((incoming, outgoing) => {
      if (incoming.url?.includes('cursor')) outgoing.end(page('c'))
      else {
        outgoing.setHeader('link', '<https://elsewhere.example/api/models/x/tree/y?cursor=2>; rel="next"')
        outgoing.end(page('a', 'b'))
      }
    })
    const files = await Array.fromAsync(hubAt(node.url).files('c0ffee'))
    expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c'])
    expect(files[0]?.hash).toEqual({ kind: 'sha256', hex: 'bb' })
    expect(node.seen.map(({ path }) => path)).toEqual([
      '/api/models/nairobi/asr/tree/c0ffee?recursive=true',
      '/api/models/x/tree/y?cursor=2',
    ])
  })
})

describe('a folder to publish', () => {
  it('gives its files by path, links to files as files, without what is never published', async () => {
    await using folder = await temporaryFolder()
    const at = (...parts: string[]) => join(folder.path, ...parts)
    await mkdir(at('sub', '.git'), { recursive: true })
    await mkdir(at('.cache', 'huggingface'), { recursive: true })
    await writeFile(at('b.txt'), 'bb')
    await writeFile(at('sub', 'a.txt'), 'a')
    await writeFile(at('sub', '.git', 'config'), '')
    await writeFile(at('.cache', 'huggingface', 'x'), '')
    await writeFile(at('model.bin.ayni-part'), '')
    await writeFile(at('.gitignore'), '*.log')
    await symlink('../b.txt', at('sub', 'link.txt'))
    await symlink('sub', at('linked-folder'))
    const files = await filesIn(folder.path)
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ['.gitignore', 5],
      ['b.txt', 2],
      ['sub/a.txt', 1],
      ['sub/link.txt', 2],
    ])
    expect(await rulesIn(files)).toEqual({ gitIgnore: '*.log' })
    expect(await Promise.all(files.slice(1, 2).map(sampleOf))).toEqual([
      { path: 'b.txt', size: 2, sample: 'YmI=' },
    ])
  })

  it('cannot hold a file that no repository can', async () => {
    await using folder = await temporaryFolder()
    await writeFile(join(folder.path, 'back\\slash'), '')
    await expect(filesIn(folder.path)).rejects.toThrow('Rename it')
  })

  it('is hashed as git and LFS do', async () => {
    await using folder = await temporaryFolder()
    const location = join(folder.path, 'hello')
    await writeFile(location, 'hello\n')
    expect(await hashFile('git', location, 6, signal)).toBe('ce013625030ba8dba906f756967f9e9ca394464a') // git hash-object
    expect(await hashFile('sha256', location, 6, signal)).toBe(sha256(Buffer.from('hello\n')))
  })
})
