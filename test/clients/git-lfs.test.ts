import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import {
  program,
  randomBytesOf,
  sha256Of,
  startNode,
  temporaryFolder,
  type TestNode,
} from '../support/index.ts'

const MIB = 1024 * 1024
const LFS = 'application/vnd.git-lfs+json'

interface Action {
  readonly href: string
  readonly header?: Readonly<Record<string, string>>
}

interface Answer {
  readonly transfer: string
  readonly objects: readonly {
    readonly oid: string
    readonly size: number
    readonly actions?: { readonly upload?: Action; readonly verify?: Action; readonly download?: Action }
    readonly error?: { readonly code: number; readonly message: string }
  }[]
}

interface Part {
  readonly partNumber: number
  readonly etag: string
}

/** The protocol as git-lfs speaks it, by hand: the git half of a push has its own tests. */
describe('the LFS protocol', () => {
  let node: TestNode
  const name = 'admin/lfs'
  beforeAll(async () => {
    node = await startNode()
    await call('/api/repos/create', { name: 'lfs', type: 'model' }, 'application/json')
  })
  afterAll(() => node[Symbol.asyncDispose]())

  /** git-lfs sends the token as the password of any user. */
  function call(path: string, body: object, contentType = LFS): Promise<Response> {
    const authorization = path.startsWith('/api/')
      ? `Bearer ${node.token}`
      : `Basic ${Buffer.from(`any:${node.token}`).toString('base64')}`
    const headers = { Authorization: authorization, Accept: contentType, 'Content-Type': contentType }
    const url = path.startsWith('http') ? path : `${node.url}${path}`
    return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async function batch(
    operation: 'upload' | 'download',
    bytes: Uint8Array,
    transfers = ['basic'],
  ): Promise<Answer> {
    const objects = [{ oid: sha256Of(bytes), size: bytes.length }]
    const response = await call(`/${name}.git/info/lfs/objects/batch`, {
      operation,
      transfers,
      objects,
      hash_algo: 'sha256',
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain(LFS)
    return (await response.json()) as Answer
  }

  async function put(action: Action | undefined, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
    return fetch(action?.href ?? '', { method: 'PUT', headers: action?.header ?? {}, body: bytes })
  }

  /** Without credentials: git-lfs sends none to the actions of an object that is `authenticated`. */
  async function verify(action: Action | undefined, bytes: Uint8Array): Promise<number> {
    const body = JSON.stringify({ oid: sha256Of(bytes), size: bytes.length })
    return (await fetch(action?.href ?? '', { method: 'POST', headers: { 'Content-Type': LFS }, body }))
      .status
  }

  async function download(bytes: Uint8Array, headers: Record<string, string> = {}): Promise<Response> {
    const { objects } = await batch('download', bytes)
    return fetch(objects[0]?.actions?.download?.href ?? '', { headers })
  }

  it('takes a file in one piece and gives it back', async () => {
    const bytes = randomBytesOf('basic', 3 * MIB)
    const { transfer, objects } = await batch('upload', bytes)
    expect(transfer).toBe('basic')
    const actions = objects[0]?.actions
    expect(await verify(actions?.verify, bytes)).toBe(404)
    expect((await put(actions?.upload, bytes)).status).toBe(200)
    expect(await verify(actions?.verify, bytes)).toBe(200)
    const back = await download(bytes)
    expect(Buffer.from(await back.arrayBuffer()).equals(bytes)).toBe(true)
    const part = await download(bytes, { Range: 'bytes=65530-131080' })
    expect(part.status).toBe(206)
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(65_530, 131_081))).toBe(true)
  })

  it('asks for nothing that it has', async () => {
    const bytes = randomBytesOf('basic', 3 * MIB)
    await put((await batch('upload', bytes)).objects[0]?.actions?.upload ?? { href: `${node.url}/` }, bytes)
    const { objects } = await batch('upload', bytes)
    expect(objects).toEqual([{ oid: sha256Of(bytes), size: bytes.length }])
  })

  it('takes a file in parts, in any order and some of them twice', async () => {
    const bytes = randomBytesOf('parts', 150 * MIB)
    const { transfer, objects } = await batch('upload', bytes, ['basic', 'multipart'])
    expect(transfer).toBe('multipart')
    const { upload, verify: check } = objects[0]?.actions ?? {}
    const { chunk_size: size = '0', ...urls } = upload?.header ?? {}
    const numbers = Object.keys(urls).toSorted()
    expect(numbers).toHaveLength(Math.ceil(bytes.length / Number(size)))
    const sendPart = async (
      number: string,
      content = bytes.subarray((Number(number) - 1) * Number(size), Number(number) * Number(size)),
    ) => {
      const sent = await fetch(urls[number] ?? '', { method: 'PUT', body: content })
      expect(sent.status).toBe(200)
      return { partNumber: Number(number), etag: sent.headers.get('etag') ?? '' }
    }
    await sendPart(numbers[0] ?? '', randomBytesOf('a first try', 1_000)).catch(() => null) // of another length: may be refused
    const parts: Part[] = []
    for (const number of numbers.toReversed()) parts.push(await sendPart(number))
    const complete = () => call(upload?.href ?? '', { oid: sha256Of(bytes), parts: parts.toReversed() })
    expect((await complete()).status).toBe(200)
    expect((await complete()).status).toBe(200)
    expect(await verify(check, bytes)).toBe(200)
    const back = await download(bytes)
    expect(sha256Of(new Uint8Array(await back.arrayBuffer()))).toBe(sha256Of(bytes))
  })

  it('refuses parts that are missing or are not what was announced', async () => {
    const bytes = randomBytesOf('wrong parts', 130 * MIB)
    const { objects } = await batch('upload', bytes, ['basic', 'multipart'])
    const upload = objects[0]?.actions?.upload
    const { chunk_size: size = '0', ...urls } = upload?.header ?? {}
    const parts: Part[] = []
    for (const [number, url] of Object.entries(urls)) {
      const content = Buffer.from(
        bytes.subarray((Number(number) - 1) * Number(size), Number(number) * Number(size)),
      )
      content[0] = (content[0] ?? 0) ^ (number === '00002' ? 1 : 0)
      const sent = await fetch(url, { method: 'PUT', body: content })
      parts.push({ partNumber: Number(number), etag: sent.headers.get('etag') ?? '' })
    }
    const [, ...incomplete] = parts
    expect(await outcome(await call(upload?.href ?? '', { oid: sha256Of(bytes), parts: incomplete }))).toBe(
      'refused',
    )
    expect(await outcome(await call(upload?.href ?? '', { oid: sha256Of(bytes), parts }))).toBe('refused')
    expect((await batch('upload', bytes)).objects[0]?.actions?.upload).toBeDefined()
  })

  it('refuses other bytes than the oid says', async () => {
    const bytes = randomBytesOf('announced', MIB)
    const upload = (await batch('upload', bytes)).objects[0]?.actions?.upload
    expect((await put(upload, randomBytesOf('sent', MIB))).status).toBe(400)
    expect((await put(upload, bytes.subarray(1))).status).toBe(400)
    expect((await batch('download', bytes)).objects[0]?.error?.code).toBe(404)
  })

  it('takes a file without bytes', async () => {
    const nothing = new Uint8Array(0)
    const actions = (await batch('upload', nothing)).objects[0]?.actions
    if (actions) expect((await put(actions.upload, nothing)).status).toBe(200)
    const back = await download(nothing)
    expect(back.status).toBe(200)
    expect((await back.arrayBuffer()).byteLength).toBe(0)
  })

  it('refuses addresses that were altered, and strangers', async () => {
    const bytes = randomBytesOf('addresses', 1_000)
    const href = (await batch('upload', bytes)).objects[0]?.actions?.upload?.href ?? ''
    const other = new URL(href)
    other.searchParams.set('size', '999')
    expect((await fetch(other, { method: 'PUT', body: bytes.subarray(1) })).status).toBe(403)
    const anonymous = await fetch(`${node.url}/${name}.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { 'Content-Type': LFS },
      body: JSON.stringify({ operation: 'upload', transfers: ['basic'], objects: [] }),
    })
    expect(anonymous.status).toBe(401)
  })

  it('says for each object what is wrong with it', async () => {
    const objects = [
      { oid: 'not-a-hash', size: 1 },
      { oid: 'a'.repeat(64), size: 1 },
    ]
    const response = await call(`/${name}.git/info/lfs/objects/batch`, { operation: 'download', objects })
    const answer = (await response.json()) as Answer
    expect(answer.objects.map(({ error }) => error?.code)).toEqual([422, 404])
  })

  it('knows no locks', async () => {
    const response = await call(`/${name}.git/info/lfs/locks/verify`, {})
    expect(await response.json()).toEqual({ ours: [], theirs: [] })
  })
})

const gitLfs = await program('git-lfs')

describeWith(gitLfs, 'the git-lfs program', () => {
  it('pushes the large files of a commit to a node', async () => {
    await using node = await startNode()
    await using folder = await temporaryFolder()
    const bytes = randomBytesOf('git-lfs', 5 * MIB)
    const git = (...args: readonly string[]) =>
      promisify(execFile)(
        'git',
        ['-C', folder.path, '-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...args],
        {
          env: { ...process.env, HOME: folder.path, GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' },
        },
      )
    const created = await fetch(`${node.url}/api/repos/create`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${node.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'pushed' }),
    })
    expect(created.status).toBe(200)
    const { host } = new URL(node.url)
    await git('init', '--quiet', '--initial-branch=main')
    await git('lfs', 'install', '--local')
    await git('lfs', 'track', '*.bin')
    await writeFile(join(folder.path, 'weights.bin'), bytes)
    await git('add', '.')
    await git('commit', '--quiet', '-m', 'Weights')
    await git('remote', 'add', 'node', `http://any:${node.token}@${host}/admin/pushed.git`)
    await git('config', `lfs.http://${host}/admin/pushed.git/info/lfs.access`, 'basic')
    await git('lfs', 'push', '--object-id', 'node', sha256Of(bytes))
    await git('lfs', 'fetch', '--all', 'node')
    const held = await fetch(`${node.url}/admin/pushed.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${node.token}`, 'Content-Type': LFS },
      body: JSON.stringify({
        operation: 'upload',
        transfers: ['basic'],
        objects: [{ oid: sha256Of(bytes), size: bytes.length }],
      }),
    })
    expect(await held.json()).toMatchObject({ objects: [{ oid: sha256Of(bytes), size: bytes.length }] })
  })
})

/** A slow answer may begin with 200 and say in its body that it was refused. */
async function outcome(response: Response): Promise<'taken' | 'refused'> {
  const text = await response.text()
  return response.ok && !text.includes('"error"') ? 'taken' : 'refused'
}
