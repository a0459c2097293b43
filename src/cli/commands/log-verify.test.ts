import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { temporaryFolder, type TemporaryFolder } from '../../../test/support/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { originOf } from '../../kernel/names.ts'
import { makeGenesis } from '../../log/identity/genesis.ts'
import { formatVerifierKey, signingKey } from '../../log/tlog/index.ts'
import { LOG_KEY, someEntries, writtenLog } from '../../log/tlog/written-log.contract.ts'
import { UsageError } from '../failures.ts'
import type { World } from '../world.ts'
import { verify } from './log-verify.ts'

const KEY = formatVerifierKey(LOG_KEY.verifier)
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const MEMBER = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(MEMBER.memberId, 0)
const memberKey = signingKey(ORIGIN, 1, MEMBER.keys.log)
const memberLog = writtenLog([MEMBER.leaf, ...someEntries(300)], memberKey).files

async function said(...args: readonly string[]) {
  const [stdout, stderr]: [string[], string[]] = [[], []]
  const absent = (): never => {
    throw new Error('not to be used')
  }
  const world: World = {
    version: '1.2.3',
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text), isTTY: true },
    clock: () => 0,
    signal: new AbortController().signal,
    savedToken: undefined,
    savedNode: undefined,
    confirm: async () => false,
    readSecrets: async () => [],
    openFolder: absent,
    openNode: absent,
    serveNode: absent,
  }
  const failure = await verify.run(args, world).then(
    () => null,
    (error: unknown) => error,
  )
  const json: unknown = args.includes('--json') && stdout.length > 0 ? JSON.parse(stdout.join('')) : null
  return { failure, json, stdout: stdout.join(''), stderr: stderr.join('') }
}

/** A static web server over some files, by path. */
async function serve(answers: ReadonlyMap<string, Uint8Array>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const bytes = answers.get(path)
    if (!bytes) response.writeHead(404).end('nothing here')
    else response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // of a TCP server
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const below = (prefix: string, files: ReadonlyMap<string, Uint8Array>) =>
  new Map([...files].map(([path, bytes]) => [`${prefix}/${path}`, bytes]))
const announcing = (...logs: readonly { origin: string; prefix: string }[]) =>
  ['/.well-known/ayni', utf8(JSON.stringify({ logs: logs.map((log) => ({ ...log, key: '' })) }))] as const

describe('ayni log verify', () => {
  let folder: TemporaryFolder
  const { files, root } = writtenLog(someEntries(600))
  const whole = { origin: LOG_KEY.verifier.name, size: 600, root: root.toBase64(), ok: true, redacted: 0 }

  beforeAll(async () => {
    folder = await temporaryFolder()
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(folder.path, path)), { recursive: true })
      await writeFile(join(folder.path, path), bytes)
    }
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  it('finds a folder whole, and says so to programs and people', async () => {
    expect(await said(folder.path, '--key', KEY, '--json')).toMatchObject({ failure: null, json: whole })
    const { stdout, stderr } = await said(folder.path, '--key', KEY)
    expect(stdout).toBe(`example.org/log is whole. Entries: 600. Root: ${whole.root}.\n`)
    expect(stderr).toBe('\r\u001b[K256 of 600 entries\r\u001b[K')
  })

  it('finds a log at its address whole, compressed or not', async () => {
    await using server = await serve(below('/logs/one', files))
    expect(await said(`${server.url}/logs/one/`, '--key', KEY, '--json')).toMatchObject({
      failure: null,
      json: whole,
    })
  })

  it('says what is wrong and fails', async () => {
    const damaged = new Map(files).set('tile/0/001', new Uint8Array(8192))
    await using server = await serve(below('', damaged))
    const { json, failure } = await said(server.url, '--key', KEY, '--json')
    expect(json).toEqual({ ...whole, ok: false, problem: { reason: 'differs', path: 'tile/0/001' } })
    expect(String(failure)).toContain(
      'The log is not whole: the tree is not over these entries (tile/0/001).',
    )
    const nothing = await said(join(folder.path, 'tile'), '--key', KEY, '--json')
    expect(nothing.json).toMatchObject({ size: null, ok: false, problem: { reason: 'missing' } })
  })

  it('takes a member’s key from its first entry, at a node or by the log’s name', async () => {
    const own = { origin: ORIGIN, prefix: 'log' }
    const other = { origin: LOG_KEY.verifier.name, prefix: '/copies/other/' }
    const answers = new Map([
      announcing(own, other),
      ...below('/log', memberLog),
      ...below('/copies/other', files),
    ])
    await using server = await serve(answers)
    expect((await said(server.url, '--json')).json).toMatchObject({
      origin: ORIGIN,
      size: 301,
      ok: true,
      redacted: 0,
    })
    const { json } = await said(server.url, '--origin', other.origin, '--key', KEY, '--json')
    expect(json).toEqual(whole)
    expect((await said(`${server.url}/log`, '--origin', ORIGIN, '--json')).json).toMatchObject({
      ok: true,
      redacted: 0,
    })
    expect(String((await said(server.url, '--origin', 'unknown')).failure)).toContain('has no log unknown')
  })

  it('believes no node that serves another’s log under a member’s name', async () => {
    const { keys, leaf } = makeGenesis({ random, now: 0 })
    const forged = writtenLog([leaf], signingKey(ORIGIN, 1, keys.log)).files
    await using server = await serve(
      new Map([announcing({ origin: ORIGIN, prefix: '' }), ...below('', forged)]),
    )
    expect((await said(server.url, '--json')).json).toMatchObject({
      ok: false,
      problem: { reason: 'noGenesis' },
    })
  })

  it('is misused without a key where the log names none, and with what is no key', async () => {
    expect((await said(folder.path)).failure).toBeInstanceOf(UsageError)
    expect((await said(folder.path, '--key', 'key')).failure).toBeInstanceOf(UsageError)
    expect((await said(folder.path, '--origin', 'example.org/log')).failure).toBeInstanceOf(UsageError)
  })

  it('refuses an answer that never ends', async () => {
    const endless = new Map(files).set('checkpoint', new Uint8Array(1024 * 1024))
    await using server = await serve(below('', endless))
    expect(String((await said(server.url, '--key', KEY)).failure)).toContain('more than the 131072 bytes')
  })
})
