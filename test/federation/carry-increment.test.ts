import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Handle, MemberId, originOf } from '../../src/kernel/names.ts'
import { isoTime } from '../../src/kernel/time.ts'
import { queueRecord } from '../../src/log/index.ts'
import { MemberProfile } from '../../src/records/index.ts'
import { until } from '../support/federation.ts'
import { run, temporaryFolder } from '../support/index.ts'
import { testNode, type TestNode } from '../support/test-node.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const SIGNAL = new AbortController().signal

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((total, size) => total + size, 0)
}

/** The command line, on a data folder that no node runs on. */
async function cli(...args: readonly string[]) {
  const { code, stdout, stderr } = await run(process.execPath, [AYNI, ...args, '--json'])
  return { code, stderr, said: stdout === '' ? null : JSON.parse(stdout) }
}

describe('a carry that goes on from another', () => {
  const owned = new AsyncDisposableStack()
  let home: TestNode
  let place = ''
  let origin = ''
  const at = (name: string) => join(place, name)

  /** Has the member say so many things more, and waits until they are signed. */
  async function say(count: number): Promise<number> {
    const { node } = home
    const [log] = await node.logs.list()
    const least = (log?.size ?? 0) + count
    await node.database.write(async (tx) => {
      for (let each = 0; each < count; each++) {
        const body = { handle: Handle.parse('nairobi'), name: `Nairobi ${least} ${each}` }
        const record = MemberProfile.parse({ type: 'member-profile/1', time: isoTime(1e12), body })
        await queueRecord(tx, log?.memberId ?? '', record)
      }
    })
    return until(async () => {
      const [now] = await node.logs.list()
      return now !== undefined && now.signedSize >= least && now.signedSize === now.size && now.size
    })
  }
  async function exportTo(to: string, since: string | null = null, maxBytes: number | null = null) {
    const done = await home.node.carry.export(
      { to: at(to), since: since && at(since), members: null, content: 'all', maxBytes },
      SIGNAL,
    )
    if (!done.ok) throw new Error(done.failure.reason)
  }
  /** A node that is stopped, by its data folder: one that has nothing, or what another one has. */
  async function openGeneva(name: string, as = 'fresh') {
    const data = at(name)
    await cp(at(as), data, { recursive: true })
    return async (...folders: readonly string[]) => {
      const asked = ['carry', 'import', folders.map(at).join(), '--follow', '--yes', '--data', data]
      const { said, ...rest } = await cli(...asked)
      return { ...rest, missing: said?.missing, asOf: said?.asOf, log: said?.logs[0] }
    }
  }

  const sizes = { march: 0, april: 0, may: 0 }
  beforeAll(async () => {
    home = owned.use(await testNode())
    place = owned.use(await temporaryFolder()).path
    const [log] = await home.node.logs.list()
    origin = originOf(MemberId.parse(log?.memberId), 0)
    sizes.march = await say(3000)
    await exportTo('march')
    await say(5)
    await exportTo('few', 'march')
    sizes.april = await say(300)
    await exportTo('april', 'march')
    sizes.may = await say(600)
    await exportTo('may', 'april', 200_000)
    const setUp = ['init', '--handle', 'geneva', '--name', 'Geneva', '--admin', 'admin']
    const made = await cli(...setUp, '--data', at('fresh'))
    if (made.code !== 0) throw new Error(made.stderr)
    const take = await openGeneva('with-march')
    const taken = await take('march')
    if (taken.code !== 0) throw new Error(taken.stderr)
  })
  afterAll(() => owned.disposeAsync())

  it('has only what is new, and each is verified together with those before it', async () => {
    const [whole, few] = [await sizeOf(at('march')), await sizeOf(at('few'))]
    expect(whole).toBeGreaterThan(400_000)
    expect(few).toBeLessThan(60_000)
    expect((await cli('log', 'verify', at('april'))).said).toMatchObject({
      ok: false,
      problem: { reason: 'missing' },
    })
    const all = ['may/1', 'april', 'march'].map(at).join()
    expect((await cli('log', 'verify', all)).said).toMatchObject({ ok: true, origin, size: sizes.may })
  })

  it('says which one is missing, and loses nothing', async () => {
    const take = await openGeneva('geneva')
    const alone = await take('april')
    expect(alone).toMatchObject({
      code: 1,
      asOf: null,
      log: { outcome: 'refused', reason: 'carryMissing', held: 0 },
    })
    const { time } = JSON.parse(
      (await readFile(join(at('march'), 'carry.json'), 'utf8')).split('\n')[0] ?? '',
    )
    expect(alone.missing).toMatchObject([{ time }])
    expect((await cli('following', '--data', at('geneva'))).said).toEqual([])
    const words = await run(process.execPath, [
      AYNI,
      'carry',
      'import',
      at('april'),
      '--follow',
      '--yes',
      '--data',
      at('geneva'),
    ])
    expect(words.stdout).toContain(`Missing is the carry of ${time}`)
    // With a gap in between as well; then in order.
    expect((await take('march')).log).toMatchObject({ outcome: 'followed', held: sizes.march })
    expect(await take('may')).toMatchObject({ log: { reason: 'carryMissing', held: sizes.march } })
    expect(await take('april')).toMatchObject({ code: 0, log: { outcome: 'grown', held: sizes.april } })
    expect(await take('may')).toMatchObject({ code: 0, log: { outcome: 'grown', held: sizes.may } })
    const { said } = await cli('log', 'verify', all(), '--origin', origin)
    expect(said).toMatchObject({ ok: true })
  })
  const all = () => ['march', 'april', 'may/1'].map(at).join()

  it('is whole though the log grows while it is written', async () => {
    await Promise.all([
      say(700),
      ...['one', 'two', 'three', 'four'].map((name) => exportTo(`growing-${name}`)),
    ])
    for (const name of ['one', 'four'])
      expect((await cli('log', 'verify', at(`growing-${name}`))).said).toMatchObject({ ok: true })
  })

  it('comes together with those before it, in any order', async () => {
    const take = await openGeneva('quito')
    const taken = await take('may', 'march', 'april')
    expect(taken).toMatchObject({
      code: 0,
      missing: [],
      log: { outcome: 'followed', held: sizes.may, reason: null },
    })
    expect((await cli('rebuild', '--data', at('quito'))).code).toBe(0)
  })

  it.each<[string, (folder: string) => Promise<unknown>]>([
    [
      'a bundle is altered',
      async (folder) => spoil(folder, 'tile/entries/011', (bytes) => (bytes[900] = 255 - (bytes[900] ?? 0))),
    ],
    [
      'a tile is altered',
      async (folder) => spoil(folder, 'tile/0/011', (bytes) => (bytes[40] = 255 - (bytes[40] ?? 0))),
    ],
    ['a bundle is missing', async (folder) => rm(fileIn(folder, 'tile/entries/011'))],
    ['a bundle is huge', async (folder) => truncate(fileIn(folder, 'tile/entries/011'), 2 ** 33)],
  ])('takes nothing where %s, and goes on from one that is whole', async (what, spoil) => {
    const name = what.replaceAll(' ', '-')
    const take = await openGeneva(`lima-${name}`, 'with-march')
    await cp(at('april'), at(name), { recursive: true })
    await spoil(at(name))
    expect((await take(name)).log).toMatchObject({
      outcome: 'refused',
      reason: 'logNotBelieved',
      held: sizes.march,
    })
    expect((await take('april')).log).toMatchObject({ outcome: 'grown', held: sizes.april })
  })
  function fileIn(folder: string, path: string): string {
    return join(folder, 'logs', origin.slice(5), path)
  }
  async function spoil(folder: string, path: string, how: (bytes: Buffer) => void): Promise<void> {
    const bytes = await readFile(fileIn(folder, path))
    how(bytes)
    await writeFile(fileIn(folder, path), bytes)
  }
})
