import { once } from 'node:events'
import { readFile, readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { temporaryFolder, type TemporaryFolder } from '../../../test/support/index.ts'
import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { originOf } from '../../kernel/names.ts'
import { makeGenesis } from '../../log/identity/genesis.ts'
import {
  formatProofFile,
  leafHash,
  parseNote,
  proveInclusion,
  signingKey,
  tilePath,
  type TileReader,
} from '../../log/tlog/index.ts'
import { someEntries, writtenLog } from '../../log/tlog/written-log.contract.ts'
import { UsageError } from '../failures.ts'
import type { World } from '../world.ts'
import { proof } from './log-proof.ts'

const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const MEMBER = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(MEMBER.memberId, 0)
const ENTRIES = [MEMBER.leaf, ...someEntries(300)]
const HASH = Uint8Array.from(leafHash(ENTRIES[12] ?? new Uint8Array())).toHex()

/** The files of the member's log with its entries, signed by `seed`. */
function filesBy(seed: Uint8Array) {
  return writtenLog(ENTRIES, signingKey(ORIGIN, 1, seed)).files
}

async function proofIn(files: ReadonlyMap<string, Uint8Array>, index: number): Promise<Uint8Array> {
  const reader: TileReader = {
    read: async (tile) => files.get(tilePath(tile)) ?? Promise.reject(new Error(tilePath(tile))),
  }
  const note = parseNote(files.get('checkpoint') ?? new Uint8Array())
  if (!note) throw new Error('no checkpoint')
  const path = await proveInclusion(reader, index, ENTRIES.length)
  return utf8(formatProofFile({ extra: ENTRIES[index] ?? null, index, proof: path, note }))
}

/** A node that answers these paths. */
async function serve(answers: ReadonlyMap<string, Uint8Array>) {
  const server = createServer((request, response) => {
    const bytes = answers.get(request.url ?? '')
    if (bytes) response.end(bytes)
    else response.writeHead(404).end('nothing here')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // of a TCP server
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const json = (value: unknown) => utf8(JSON.stringify(value))

/** A node with the member's log and the proof of entry 12, but for what `changed` says. */
async function serveLog(changed: readonly (readonly [string, Uint8Array])[] = []) {
  const files = filesBy(MEMBER.keys.log)
  return serve(
    new Map([
      ['/.well-known/ayni', json({ logs: [{ origin: ORIGIN, prefix: '/log' }] })],
      [`/api/ayni/v1/entries/${HASH}`, json({ origin: ORIGIN, position: 12 })],
      ...[...files].map(([path, bytes]) => [`/log/${path}`, bytes] as const),
      ['/log/proof/12', await proofIn(files, 12)],
      ...changed,
    ]),
  )
}

describe('ayni log proof', () => {
  let folder: TemporaryFolder
  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  afterAll(() => folder[Symbol.asyncDispose]())

  async function said(...args: readonly string[]) {
    const stdout: string[] = []
    const absent = (): never => {
      throw new Error('not to be used')
    }
    const world = {
      version: '1.2.3',
      stdout: { write: (text: string) => stdout.push(text) },
      stderr: { write: () => {} },
      clock: () => 0,
      signal: new AbortController().signal,
      savedToken: undefined,
      savedNode: undefined,
      confirm: absent,
      readSecrets: absent,
      openFolder: absent,
      openNode: absent,
      serveNode: absent,
    } satisfies World & { confirm: unknown }
    const failure = await proof.run(args, world).then(
      () => null,
      (error: unknown) => error,
    )
    return { failure, stdout: stdout.join('') }
  }
  const left = () => readdir(folder.path)

  it.each([`${ORIGIN}#12`, HASH, HASH.toUpperCase()])(
    'keeps the proof of a record once it holds: %s',
    async (name) => {
      await using node = await serveLog()
      const out = join(folder.path, 'kept.tlog-proof')
      const { failure, stdout } = await said(name, '--node', node.url, '--out', out, '--json')
      expect(failure).toBeNull()
      expect(JSON.parse(stdout)).toMatchObject({
        origin: ORIGIN,
        position: 12,
        leafHash: HASH,
        size: 301,
        file: out,
      })
      expect(fromUtf8(await readFile(out))).toMatch(/^c2sp\.org\/tlog-proof@v1\n/)
    },
  )

  it.each([
    ['of another position', async () => proofIn(filesBy(MEMBER.keys.log), 13), 'another position'],
    [
      'signed by another key',
      async () => proofIn(filesBy(random(32)), 12),
      'badSignature|not signed|not of this',
    ],
    ['that is none', async () => utf8('hello\n'), 'not the form'],
  ])('writes nothing of a proof %s', async (_what, make, reason) => {
    await using node = await serveLog([['/log/proof/12', await make()]])
    const before = await left()
    const out = join(folder.path, 'never.tlog-proof')
    const { failure } = await said(`${ORIGIN}#12`, '--node', node.url, '--out', out)
    expect(String(failure)).toMatch(new RegExp(`The proof proves nothing: .*(?:${reason})`))
    expect(await left()).toEqual(before)
  })

  it('believes no node that points to another record than the one asked for', async () => {
    const files = filesBy(MEMBER.keys.log)
    await using node = await serveLog([
      [`/api/ayni/v1/entries/${HASH}`, json({ origin: ORIGIN, position: 13 })],
      ['/log/proof/13', await proofIn(files, 13)],
    ])
    const { failure } = await said(HASH, '--node', node.url, '--out', join(folder.path, 'never'))
    expect(String(failure)).toContain('it is of another record')
  })

  it('believes no node that made up the member’s first entry', async () => {
    const other = makeGenesis({ random, now: 0 })
    const forged = writtenLog([other.leaf, ...ENTRIES.slice(1)], signingKey(ORIGIN, 1, other.keys.log)).files
    await using node = await serveLog([...forged].map(([path, bytes]) => [`/log/${path}`, bytes] as const))
    const { failure } = await said(`${ORIGIN}#12`, '--node', node.url, '--out', join(folder.path, 'never'))
    expect(String(failure)).toContain('the log’s first entry is not the one that its name stands for')
  })

  it('says when the node has no such record, and when none is named', async () => {
    await using node = await serveLog()
    expect(String((await said('ab'.repeat(32), '--node', node.url)).failure)).toContain('no signed record')
    expect(String((await said(`${ORIGIN}#299`, '--node', node.url)).failure)).toContain('has no proof')
    for (const name of ['12', 'ayni/x/0#1', `${ORIGIN}#01`, 'ab'])
      expect((await said(name, '--node', node.url)).failure).toBeInstanceOf(UsageError)
  })
})
