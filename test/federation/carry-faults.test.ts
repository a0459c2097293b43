import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openDataFolder } from '../../src/adapters/disk/data-folder.ts'
import type { ImportedLog } from '../../src/features/follow/index.ts'
import { Handle, Name } from '../../src/kernel/names.ts'
import { isoTime } from '../../src/kernel/time.ts'
import { queueRecord } from '../../src/log/index.ts'
import { openNode, type Node } from '../../src/node/index.ts'
import { projectionsOf } from '../../src/node/projections.ts'
import { rebuildAll } from '../../src/node/rebuild.ts'
import { MemberEndpoints } from '../../src/records/index.ts'
import { until } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'
import { testNode, type TestNode } from '../support/test-node.ts'

const SIGNAL = new AbortController().signal
const FOLLOW = { content: 'all', trust: 'full' } as const
const WEIGHTS = randomBytesOf('weights', 600_000)
const BLOB = `blobs/sha256/${sha256Of(WEIGHTS).slice(0, 2)}/${sha256Of(WEIGHTS)}`

/** A node that follows nobody yet, without a server. */
async function openCusco() {
  await using owned = new AsyncDisposableStack()
  const place = owned.use(await temporaryFolder())
  const folder = await openDataFolder(join(place.path, 'data'))
  if (!folder.ok) throw new Error(folder.failure.reason)
  owned.use(folder.value)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const random = (length: number) => randomBytes(length)
  const node = owned.use(await openNode({ folder: folder.value, clock: () => Date.now(), random, log }))
  const handle = Handle.parse('cusco')
  const member = { handle, displayName: 'Cusco', url: null, admin: Name.parse('admin'), fullName: 'Amaru' }
  await node.accounts.initialise(member)
  const rest = owned.move()
  return { node, place: place.path, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

async function importAt(node: Node, ...folders: readonly string[]) {
  const done = await node.carry.import({ folders, follow: FOLLOW }, SIGNAL)
  if (!done.ok) return { reason: done.failure.reason, log: undefined, missingParts: 0 }
  return { ...done.value, reason: null, log: done.value.logs.find(({ handle }) => handle === 'nairobi') }
}

/** Everything is whole, and every projection is what it would be made anew. */
async function expectWhole(node: Node): Promise<void> {
  expect(await Array.fromAsync(node.content.doctor(SIGNAL))).toEqual([])
  for await (const { table, differing } of rebuildAll(node.database, projectionsOf(node), SIGNAL))
    expect([table, differing]).toEqual([table, 0])
}

async function exportOf(home: TestNode, to: string, maxBytes: number | null = null) {
  const request = { to, since: null, members: null, content: 'all', maxBytes } as const
  return home.node.carry.export(request, SIGNAL)
}

async function signedBy({ node }: TestNode, least: number): Promise<number> {
  return until(async () => {
    const [log] = await node.logs.list()
    return log !== undefined && log.signedSize >= least && log.signedSize === log.size && log.size
  })
}

/** Fault 29, as a table: what is done to a disk, and what must come of it. */
describe('a carry that was tampered with', () => {
  const owned = new AsyncDisposableStack()
  let home: TestNode
  let carry = ''
  let older = ''
  let size = 0

  beforeAll(async () => {
    home = owned.use(await testNode())
    const place = owned.use(await temporaryFolder())
    const create = (name: string) =>
      home.fetch('/api/repos/create', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name, organization: 'nairobi' }),
      })
    await create('lugha')
    const { id } = await home.node.database.read
      .selectFrom('repository')
      .select('id')
      .executeTakeFirstOrThrow()
    async function* body(bytes: Uint8Array) {
      yield Uint8Array.from(bytes)
    }
    const files = [WEIGHTS, randomBytesOf('more', 600_000)].map((bytes, at) => ({
      key: 'lfsFile',
      value: { path: `${at}.bin`, algo: 'sha256', oid: sha256Of(bytes), size: bytes.length },
    }))
    await home.node.content.ingest(id, body(WEIGHTS))
    await home.node.content.ingest(id, body(randomBytesOf('more', 600_000)))
    const lines = [{ key: 'header', value: { summary: 'Add' } }, ...files]
    await home.fetch('/api/models/nairobi/lugha/commit/main', {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    })
    await signedBy(home, 5)
    older = join(place.path, 'older')
    await exportOf(home, older)
    await create('sauti')
    for (let at = 0; at < 260; at++)
      await home.fetch(`/api/models/nairobi/lugha/branch/b${at}`, { method: 'POST' })
    size = await signedBy(home, 266)
    carry = join(place.path, 'carry')
    await exportOf(home, carry)
  })
  afterAll(() => owned.disposeAsync())

  const logOf = async (folder: string) => {
    const [member = ''] = await readdir(join(folder, 'logs'))
    return join(folder, 'logs', member, '0')
  }
  const flip = async (path: string, at: number) => {
    const bytes = await readFile(path)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(path, bytes)
  }
  const objectsIn = async (folder: string) => {
    const all = await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true })
    return all.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  it.each<[string, (folder: string) => Promise<unknown>, Partial<ImportedLog> | string]>([
    ['nothing', async () => {}, { outcome: 'followed', incomplete: 0 }],
    ['its note is gone', (folder) => rm(join(folder, 'carry.json')), 'noCarryThere'],
    ['its note is altered', (folder) => flip(join(folder, 'carry.json'), 20), 'carryNotBelieved'],
    [
      'its note is of another carry',
      async (folder) => {
        await writeFile(join(folder, 'carry.json'), await readFile(join(older, 'carry.json')))
      },
      'carryNotBelieved',
    ],
    ['its note is huge', (folder) => truncate(join(folder, 'carry.json'), 2 ** 33), 'carryNotBelieved'],
    [
      'an entry is altered',
      async (folder) => flip(join(await logOf(folder), 'tile/entries/000'), 3000),
      { outcome: 'refused', reason: 'logNotBelieved', held: 0 },
    ],
    [
      'a later bundle is altered',
      async (folder) => {
        const bundles = join(await logOf(folder), 'tile/entries/001.p')
        const [name = ''] = await readdir(bundles)
        await flip(join(bundles, name), 100)
      },
      { outcome: 'refused', reason: 'logNotBelieved', held: 0 },
    ],
    [
      'a later bundle is missing',
      async (folder) => rm(join(await logOf(folder), 'tile/entries/001.p'), { recursive: true }),
      { outcome: 'refused', reason: 'logNotBelieved' },
    ],
    [
      'the checkpoint is missing',
      async (folder) => rm(join(await logOf(folder), 'checkpoint')),
      { outcome: 'refused', reason: 'logNotBelieved', held: 0 },
    ],
    [
      'a checkpoint of an older time',
      async (folder) => {
        await writeFile(
          join(await logOf(folder), 'checkpoint'),
          await readFile(join(await logOf(older), 'checkpoint')),
        )
      },
      { outcome: 'followed', held: 5 }, // as old as what it signs: nothing beyond is taken
    ],
    [
      'a file of objects is altered',
      async (folder) => {
        for (const path of await objectsIn(folder)) await flip(path, 40)
      },
      { outcome: 'followed', repositories: 0 },
    ],
    [
      'files of objects are cut',
      async (folder) => {
        for (const path of await objectsIn(folder)) await truncate(path, 50)
      },
      { outcome: 'followed', repositories: 0 },
    ],
    [
      'a large file is altered',
      (folder) => flip(join(folder, BLOB), 123_456),
      { outcome: 'followed', incomplete: 1 },
    ],
    [
      'a large file is cut',
      (folder) => truncate(join(folder, BLOB), 1000),
      { outcome: 'followed', incomplete: 1 },
    ],
    [
      'a large file is enormous',
      (folder) => truncate(join(folder, BLOB), 2 ** 40),
      { outcome: 'followed', incomplete: 1 },
    ],
    ['a large file is missing', (folder) => rm(join(folder, BLOB)), { outcome: 'followed', incomplete: 1 }],
    [
      'a large file is a link to elsewhere',
      async (folder) => {
        await rename(join(folder, BLOB), join(folder, '..', 'elsewhere'))
        await symlink(join(folder, '..', 'elsewhere'), join(folder, BLOB))
      },
      { outcome: 'followed', incomplete: 1 },
    ],
    [
      'a folder is a link to elsewhere',
      async (folder) => {
        await rename(join(folder, 'blobs/sha256'), join(folder, '..', 'sha256'))
        await symlink(join(folder, '..', 'sha256'), join(folder, 'blobs/sha256'))
      },
      'carryNotBelieved',
    ],
    [
      'the log is a link up',
      async (folder) => {
        await rename(join(folder, 'logs'), join(folder, '..', 'logs'))
        await symlink('../logs', join(folder, 'logs'))
      },
      { outcome: 'refused', reason: 'logNotBelieved', held: 0 },
    ],
  ])('%s', async (_, spoil, expected) => {
    await using cusco = await openCusco()
    const folder = join(cusco.place, 'carry')
    await cp(carry, folder, { recursive: true })
    await spoil(folder)
    const { reason, log } = await importAt(cusco.node, folder)
    if (typeof expected === 'string') {
      expect(reason).toBe(expected)
      expect(await cusco.node.members.list()).toEqual([])
    } else expect(log).toMatchObject(expected)
    // Nothing half-done: who was refused is not followed, and as unknown as before.
    if (log?.outcome === 'refused') {
      expect(await cusco.node.members.list()).toEqual([])
      expect(await cusco.node.logs.list()).toHaveLength(1)
    }
    await expectWhole(cusco.node)
    // With the disk as it should be, the same node takes what is missing.
    const again = await importAt(cusco.node, carry)
    expect(again.log).toMatchObject({ held: size, incomplete: 0, reason: null })
    await expectWhole(cusco.node)
  })

  it('comes in parts, in any order, one at a time or together', async () => {
    await using cusco = await openCusco()
    const split = join(cusco.place, 'split')
    const done = await exportOf(home, split, 800_000)
    const folders = done.ok ? done.value.folders : []
    expect(folders.length).toBeGreaterThan(1)
    let incomplete = 1000
    for (const folder of folders.toReversed()) {
      const { log, missingParts } = await importAt(cusco.node, folder)
      expect(missingParts).toBe(folders.length - 1)
      expect(log?.incomplete).toBeLessThanOrEqual(incomplete)
      incomplete = log?.incomplete ?? 0
    }
    expect((await importAt(cusco.node, split)).log).toMatchObject({ incomplete: 0 })
    await expectWhole(cusco.node)
  })

  it('goes on where writing it was interrupted, and is no carry before', async () => {
    await using cusco = await openCusco()
    const folder = join(cusco.place, 'carry')
    let looks = 0
    const signal = Object.assign(new AbortController().signal, {
      throwIfAborted() {
        if (++looks > 100) throw new Error('interrupted')
      },
    })
    const request = { to: folder, since: null, members: null, content: 'all', maxBytes: null } as const
    await expect(home.node.carry.export(request, signal)).rejects.toThrow('interrupted')
    expect(await readdir(folder)).toContain('blobs')
    expect((await importAt(cusco.node, folder)).reason).toBe('noCarryThere')
    const whole = await exportOf(home, folder)
    const first = await exportOf(home, join(cusco.place, 'other'))
    if (!whole.ok || !first.ok) throw new Error('not exported')
    expect(whole.value.bytes).toBeLessThan(first.value.bytes)
    expect((await importAt(cusco.node, folder)).log).toMatchObject({ held: size, incomplete: 0 })
  })

  it('that states a private address sends nobody there', async () => {
    await using cusco = await openCusco()
    const { node } = cusco
    expect((await importAt(node, carry)).log?.outcome).toBe('followed')
    const [member] = await node.members.list()
    await node.database.write((tx) =>
      tx.updateTable('follow').set({ url: 'https://nairobi.example', backlog: 1 }).execute(),
    )
    const record = MemberEndpoints.parse({
      type: 'member-endpoints/1',
      time: isoTime(Date.now()),
      body: { urls: ['http://127.0.0.1:9'] },
    })
    await home.node.database.write((tx) => queueRecord(tx, member?.memberId ?? '', record))
    await signedBy(home, size + 1)
    const moved = join(cusco.place, 'moved')
    await exportOf(home, moved)
    expect((await importAt(node, moved)).log?.outcome).toBe('grown')
    await node.members.retry('nairobi', SIGNAL)
    expect(await node.members.list()).toMatchObject([
      { url: 'https://nairobi.example', stated: { url: 'http://127.0.0.1:9', failure: 'refusedAddress' } },
    ])
  })
})
