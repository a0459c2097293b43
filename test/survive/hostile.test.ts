import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  createRepo,
  deleteRepo,
  downloadFile,
  fileDownloadInfo,
  listFiles,
  uploadFiles,
} from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomBytesOf, sha256Of, startNode, type TestNode } from '../support/index.ts'
import { streamed } from './interrupt.ts'
import { sendRaw } from './raw-request.ts'

const MIB = 1024 * 1024

describe('a node among clients that break the rules', () => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  let bearer: { readonly Authorization: string }
  let made = 0
  beforeAll(async () => {
    node = await startNode()
    hub = { hubUrl: node.url, accessToken: node.token }
    bearer = { Authorization: `Bearer ${node.token}` }
  })
  afterAll(() => node[Symbol.asyncDispose]())

  async function repository(visibility: 'public' | 'private' = 'public') {
    const repo = { type: 'model' as const, name: `admin/target-${(made += 1)}` }
    await createRepo({ ...hub, repo, visibility })
    return repo
  }

  async function pathsOf(repo: { type: 'model'; name: string }): Promise<readonly string[]> {
    return (await Array.fromAsync(listFiles({ ...hub, repo }))).map(({ path }) => path)
  }

  /** Asks where to put a large file. */
  async function batch(name: string, oid: string, size: number, token = node.token): Promise<LfsObject> {
    const response = await fetch(`${node.url}/${name}.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/vnd.git-lfs+json' },
      body: JSON.stringify({
        operation: 'upload',
        transfers: ['basic'],
        objects: [{ oid, size }],
        hash_algo: 'sha256',
      }),
    })
    expect(response.status).toBe(200)
    const answer = (await response.json()) as { readonly objects: readonly LfsObject[] }
    const [object] = answer.objects
    if (!object) throw new Error('the batch answered without an object')
    return object
  }

  async function commitLarge(name: string, oid: string, size: number, token = node.token) {
    const lines = [
      { key: 'header', value: { summary: 'By its hash' } },
      { key: 'lfsFile', value: { path: 'taken.bin', algo: 'sha256', oid, size } },
    ]
    const body = lines.map((line) => JSON.stringify(line)).join('\n')
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' }
    return fetch(`${node.url}/api/models/${name}/commit/main`, { method: 'POST', headers, body })
  }

  async function leftInIncoming(): Promise<readonly string[]> {
    const found = (await readdir(node.dataFolder, { recursive: true, withFileTypes: true })).filter(
      (entry) => entry.isFile() && entry.parentPath.includes('incoming'),
    )
    return found.map((entry) => join(entry.parentPath, entry.name))
  }

  it('forgets what a client sent that stopped half way', async () => {
    const { name } = await repository()
    const bytes = randomBytesOf('stopped', 8 * MIB)
    const oid = sha256Of(bytes)
    const { actions } = await batch(name, oid, bytes.length)
    const { pathname, search } = new URL(actions?.upload.href ?? '')
    const { answer } = await sendRaw(node.url, `${pathname}${search}`, {
      method: 'PUT',
      headers: { 'Content-Length': String(bytes.length) },
      body: half(bytes),
    })
    expect(answer).toBeNull()
    await delay(500)
    expect(await leftInIncoming()).toEqual([])
    expect((await commitLarge(name, oid, bytes.length)).status).toBe(400)
    const whole = await fetch(actions?.upload.href ?? '', { method: 'PUT', body: bytes })
    expect(whole.ok).toBe(true)
    expect((await commitLarge(name, oid, bytes.length)).status).toBe(200)
  })

  it('commits nothing when a commit stops half way', async () => {
    const repo = await repository()
    const { answer } = await sendRaw(node.url, `/api/models/${repo.name}/commit/main`, {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': 'application/x-ndjson' },
      body: half(
        Buffer.from(
          '{"key":"header","value":{"summary":"Half"}}\n{"key":"file","value":{"path":"a.txt","content":"MQ==","encoding":"base64"}}\n'.repeat(
            400,
          ),
        ),
      ),
    })
    expect(answer).toBeNull()
    await delay(200)
    expect(await pathsOf(repo)).toEqual(['.gitattributes'])
  })

  it('refuses bytes that are not what their SHA-256 says', async () => {
    const { name } = await repository()
    const bytes = randomBytesOf('claimed', 2 * MIB)
    const oid = sha256Of(bytes)
    const { actions } = await batch(name, oid, bytes.length)
    const other = randomBytesOf('sent instead', 2 * MIB)
    const wrong = await fetch(actions?.upload.href ?? '', { method: 'PUT', body: other })
    expect(wrong.status).toBe(400)
    const longer = await fetch(actions?.upload.href ?? '', {
      method: 'PUT',
      body: Buffer.concat([bytes, other]),
    })
    expect(longer.status).toBeGreaterThanOrEqual(400)
    expect(longer.status).toBeLessThan(500)
    expect((await commitLarge(name, oid, bytes.length)).status).toBe(400)
  })

  it.each(['a byte of a block', 'the SHA-256 in the shard', 'the proof in the shard'] as const)(
    'refuses a Xet upload in which %s was changed',
    async (what) => {
      const repo = await repository()
      const bytes = randomBytesOf(what, 300_000)
      const tampered: number[] = []
      const tampering: typeof fetch = async (input, init) => {
        const request = new Request(input, streamed(init))
        const wanted = what === 'a byte of a block' ? '/xorbs/' : '/shards'
        if (!new URL(request.url).pathname.includes(wanted)) return fetch(request)
        const body = Buffer.from(await request.arrayBuffer())
        const at = what === 'a byte of a block' ? 5_000 : placeInShard(body, what)
        body[at] = (body[at] ?? 0) ^ 1
        const { url, method, headers } = request
        const response = await fetch(url, { method, headers, body })
        tampered.push(response.status)
        return response
      }
      const files = [{ path: 'a.bin', content: new Blob([bytes]) }]
      await expect(
        uploadFiles({ ...hub, repo, files, useXet: true, fetch: tampering }),
      ).rejects.toBeInstanceOf(Error)
      expect(tampered).toEqual([400])
      expect((await commitLarge(repo.name, sha256Of(bytes), bytes.length)).status).toBe(400)
      expect(await pathsOf(repo)).toEqual(['.gitattributes'])
    },
  )

  it('refuses a commit of 100,001 operations and takes one of 10,000', { timeout: 180_000 }, async () => {
    const repo = await repository()
    const post = (count: number) =>
      sendRaw(node.url, `/api/models/${repo.name}/commit/main`, {
        method: 'POST',
        headers: { ...bearer, 'Content-Type': 'application/x-ndjson' },
        body: manyFiles(count),
      })
    expect((await post(100_001)).answer).toMatchObject({ status: 413 })
    expect(await pathsOf(repo)).toEqual(['.gitattributes'])
    const { answer } = await post(10_000)
    expect(answer).toMatchObject({ status: 200 })
    expect(await pathsOf(repo)).toEqual(['.gitattributes', 'many'])
  })

  it.each([
    ['/api/repos/create', 'application/json'],
    ['/api/validate-yaml', 'application/json'],
    ['/api/models/admin/NAME/preupload/main', 'application/json'],
    ['/api/models/admin/NAME/paths-info/main', 'application/x-www-form-urlencoded'],
    ['/api/models/admin/NAME/commit/main', 'application/x-ndjson'],
    ['/admin/NAME.git/info/lfs/objects/batch', 'application/vnd.git-lfs+json'],
  ])('stops reading 2 GB of JSON sent to %s', { timeout: 120_000 }, async (path, contentType) => {
    const { name } = await repository()
    const before = await node.peakMemory()
    const { answer, writtenBytes } = await sendRaw(node.url, path.replace('admin/NAME', name), {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': contentType },
      body: endless(2_048 * MIB),
    })
    expect([400, 413]).toContain(answer?.status ?? 413)
    expect(writtenBytes).toBeLessThan(64 * MIB)
    expect((await node.peakMemory()) - before).toBeLessThan(200 * MIB)
  })

  it('refuses at once a body that says it is too large', async () => {
    const { answer, writtenBytes } = await sendRaw(node.url, '/api/repos/create', {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': 'application/json', 'Content-Length': String(2_048 * MIB) },
      body: slow(2_048 * MIB),
    })
    expect(answer).toMatchObject({ status: 413 })
    expect(writtenBytes).toBeLessThan(8 * MIB)
  })

  it('takes gigabytes of small lines no further than a commit may go', { timeout: 180_000 }, async () => {
    const repo = await repository()
    const { answer } = await sendRaw(node.url, `/api/models/${repo.name}/commit/main`, {
      method: 'POST',
      headers: { ...bearer, 'Content-Type': 'application/x-ndjson' },
      body: megabyteFiles(2_048),
    })
    expect(answer?.status ?? 413).toBe(413)
    expect(await node.peakMemory()).toBeLessThan(1_024 * MIB)
    expect(await pathsOf(repo)).toEqual(['.gitattributes'])
  })

  it.each([
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '../../../../etc/passwd',
    '..%5c..%5cetc%5cpasswd',
    '%2fetc%2fpasswd',
    'a%00.txt',
    '%',
    '%ff%fe',
    '..%252f..%252fetc%252fpasswd',
  ])('finds nothing at %s', async (path) => {
    const { name } = await repository()
    for (const before of [
      `/${name}/resolve/main/`,
      `/api/models/${name}/tree/main/`,
      `/${name}/raw/main/`,
      `/${name}/resolve/`,
    ]) {
      const { answer } = await sendRaw(node.url, `${before}${path}`, { method: 'GET', headers: bearer })
      expect(answer?.status).toBeGreaterThanOrEqual(400)
      expect(answer?.status).toBeLessThan(500)
      expect(answer?.text).not.toContain('root:')
    }
  })

  describe('that know a hash and own nothing', () => {
    const secret = randomBytesOf('secret', 300_000)
    let owned: { type: 'model'; name: string }
    let thief: { readonly hubUrl: string; readonly accessToken: string }
    const loot = { type: 'model' as const, name: 'thief/loot' }
    let xetHash: string
    beforeAll(async () => {
      owned = await repository('private')
      await uploadFiles({ ...hub, repo: owned, files: [{ path: 'a.bin', content: new Blob([secret]) }] })
      xetHash = (await fileDownloadInfo({ ...hub, repo: owned, path: 'a.bin' }))?.xet?.hash ?? ''
      thief = { hubUrl: node.url, accessToken: await node.addUser('thief') }
      await createRepo({ ...thief, repo: loot })
    })
    afterAll(() => deleteRepo({ ...thief, repo: loot }))

    async function xetToken(name: string, scope: 'read' | 'write', token: string) {
      const response = await fetch(`${node.url}/api/models/${name}/xet-${scope}-token/main`, {
        headers: { Authorization: `Bearer ${token}` },
      })
      return {
        status: response.status,
        ...((await response.json()) as { accessToken: string; casUrl: string }),
      }
    }

    const reconstruction = (casUrl: string, accessToken: string) =>
      fetch(`${casUrl}/v1/reconstructions/${xetHash}`, {
        headers: { Authorization: `Bearer ${accessToken}` },
      })

    it('gives its owner a plan and the bytes', async () => {
      const { accessToken, casUrl } = await xetToken(owned.name, 'read', node.token)
      expect((await reconstruction(casUrl, accessToken)).status).toBe(200)
      const blob = await downloadFile({ ...hub, repo: owned, path: 'a.bin' })
      expect(Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)).equals(secret)).toBe(true)
    })

    it('gives others no token for the repository and no plan for the file', async () => {
      expect((await xetToken(owned.name, 'read', thief.accessToken)).status).toBe(404)
      expect((await xetToken(loot.name, 'write', node.token)).status).toBe(403)
      const { accessToken, casUrl } = await xetToken(loot.name, 'write', thief.accessToken)
      expect((await reconstruction(casUrl, accessToken)).status).toBe(404)
      expect((await fetch(`${casUrl}/v1/reconstructions/${xetHash}`)).status).toBe(401)
    })

    it('lets them commit nothing by SHA-256 alone', async () => {
      const refused = await commitLarge(loot.name, sha256Of(secret), secret.length, thief.accessToken)
      expect(refused.status).toBe(400)
      const { actions } = await batch(loot.name, sha256Of(secret), secret.length, thief.accessToken)
      expect(actions?.upload).toBeDefined()
    })

    it('refuses forged and altered Xet tokens', async () => {
      const { accessToken, casUrl } = await xetToken(owned.name, 'read', node.token)
      const middle = Math.floor(accessToken.length / 2)
      const altered = `${accessToken.slice(0, middle)}${accessToken[middle] === 'A' ? 'B' : 'A'}${accessToken.slice(middle + 1)}`
      for (const token of [altered, 'e30.e30', '', node.token, `${accessToken}x`]) {
        expect((await reconstruction(casUrl, token)).status).toBe(401)
      }
    })

    it('lets a read token write nothing', async () => {
      const { accessToken, casUrl } = await xetToken(owned.name, 'read', node.token)
      const headers = { Authorization: `Bearer ${accessToken}` }
      const answer = await fetch(`${casUrl}/v1/xorbs/default/${'0'.repeat(64)}`, {
        method: 'POST',
        headers,
        body: 'x',
      })
      expect(answer.status).toBe(403)
    })

    it('serves a signed address only as it was signed', async () => {
      const { accessToken, casUrl } = await xetToken(owned.name, 'read', node.token)
      const plan = (await (await reconstruction(casUrl, accessToken)).json()) as Plan
      const [range] = Object.values(plan.fetch_info).flat()
      if (!range) throw new Error('the plan names no range')
      const { start, end } = range.url_range
      const get = (url: string, bytes: string) => fetch(url, { headers: { Range: `bytes=${bytes}` } })
      expect((await get(range.url, `${start}-${end}`)).ok).toBe(true)
      expect((await get(range.url, `${start}-${end + 1}`)).status).toBe(403)
      const forged = range.url.replace(/.{8}$/, (last) =>
        last.startsWith('A') ? `B${last.slice(1)}` : `A${last.slice(1)}`,
      )
      expect((await get(forged, `${start}-${end}`)).status).toBe(403)
      const other = range.url.replace(
        /[0-9a-f]{64}/,
        (hash) => `${hash.startsWith('0') ? '1' : '0'}${hash.slice(1)}`,
      )
      expect((await get(other, `${start}-${end}`)).status).toBe(403)
    })
  })

  it('is whole after all of it, and met no error it did not expect', async () => {
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
    expect(node.log.split('\n').filter((line) => line.includes('request failed'))).toEqual([])
  })
})

interface LfsObject {
  readonly actions?: { readonly upload: { readonly href: string } }
}

interface Plan {
  readonly fetch_info: Readonly<
    Record<
      string,
      readonly {
        readonly url: string
        readonly url_range: { readonly start: number; readonly end: number }
      }[]
    >
  >
}

/** Where in an uploaded shard of one file its first proof or its SHA-256 stands (48-byte records after a 48-byte header). */
function placeInShard(shard: Buffer, what: 'the SHA-256 in the shard' | 'the proof in the shard'): number {
  const terms = shard.readUInt32LE(48 + 36)
  const proofs = 48 * (2 + terms)
  return what === 'the proof in the shard' ? proofs : proofs + 48 * terms
}

async function* half(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, bytes.length / 2)
  await delay(200)
  throw new Error('enough')
}

function* endless(length: number): Generator<Buffer> {
  yield Buffer.from('{"name":"')
  const part = Buffer.alloc(MIB, 'a')
  for (let sent = 0; sent < length; sent += part.length) yield part
  yield Buffer.from('"}')
}

async function* slow(length: number): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < length; sent += MIB) {
    yield Buffer.alloc(MIB, 'a')
    await delay(50)
  }
}

function* manyFiles(count: number): Generator<string> {
  yield '{"key":"header","value":{"summary":"Many"}}\n'
  for (let first = 0; first < count; first += 1_000) {
    const numbers = Array.from({ length: Math.min(1_000, count - first) }, (_, index) => first + index)
    yield numbers
      .map(
        (number) =>
          `{"key":"file","value":{"path":"many/${number % 500}/${number}","content":"MQ==","encoding":"base64"}}\n`,
      )
      .join('')
  }
}

function* megabyteFiles(count: number): Generator<string> {
  yield '{"key":"header","value":{"summary":"Megabytes"}}\n'
  for (let number = 0; number < count; number++) {
    const content = randomBytesOf(`megabyte ${number}`, MIB).toString('base64')
    yield `{"key":"file","value":{"path":"${number}.txt","content":"${content}","encoding":"base64"}}\n`
  }
}
