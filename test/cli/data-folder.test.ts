import { createHash } from 'node:crypto'
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { FORMAT_VERSION, openDataFolder } from '../../src/adapters/disk/data-folder.ts'
import { openSqlite } from '../../src/adapters/sqlite/index.ts'
import { openNode, wireNode } from '../../src/node/index.ts'
import type { FixtureContents } from '../fixtures/data-folder/contents.ts'
import { run, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const KEPT = fileURLToPath(new URL('../fixtures/data-folder', import.meta.url))
const versions = Array.from({ length: FORMAT_VERSION }, (_, index) => index + 1)

/** A node on a copy of the data folder that an earlier version wrote. */
async function openCopy(version: number) {
  await using owned = new AsyncDisposableStack()
  const { path } = owned.use(await temporaryFolder())
  await cp(join(KEPT, `v${version}`), path, { recursive: true })
  const folder = await openDataFolder(path, 'existing')
  if (!folder.ok) throw new Error(folder.failure.reason)
  owned.use(folder.value)
  const log = { info() {}, warn() {}, error() {} }
  const clock = () => Date.UTC(2027, 0, 1)
  const node = await openNode({
    folder: folder.value,
    clock,
    random: (length) => new Uint8Array(length),
    log,
  })
  const served = owned.use(await wireNode(node, '0.0.0'))
  const contents: FixtureContents = JSON.parse(await readFile(join(KEPT, `v${version}.json`), 'utf8'))
  const rest = owned.move()
  return {
    path,
    accounts: served.accounts,
    contents,
    problems: () => Array.fromAsync(served.examine(new AbortController().signal)),
    get: (address: string, token: string) =>
      served.app.request(address, { headers: { authorization: `Bearer ${token}` } }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

describe.each(versions)('a data folder of version %i', (version) => {
  it('is opened, moved forward, and whole', async () => {
    await using node = await openCopy(version)
    expect(JSON.parse(await readFile(join(node.path, 'ayni.json'), 'utf8')).version).toBe(FORMAT_VERSION)
    expect(await node.problems()).toEqual([])
    expect(await node.accounts.member()).toMatchObject({
      handle: 'nairobi',
      url: 'https://hub.nairobi.example',
    })
    expect(await node.accounts.organisations()).toMatchObject([{ name: 'nairobi', members: 2 }])
  })

  it('gives back every byte', async () => {
    await using node = await openCopy(version)
    const { files, token } = node.contents
    const got = await Promise.all(
      Object.keys(files).map(async (address) => {
        const bytes = Buffer.from(await (await node.get(address, token)).arrayBuffer())
        return [address, createHash('sha256').update(bytes).digest('hex')]
      }),
    )
    expect(Object.fromEntries(got)).toEqual(files)
  })

  it('still knows its people, their passwords and their tokens', async () => {
    await using node = await openCopy(version)
    const { name, password, limitedToken } = node.contents
    const signedIn = await node.accounts.signIn({ name, password, address: '192.0.2.1' })
    expect(signedIn.ok).toBe(true)
    expect((await node.get('/nairobi/asr/resolve/main/README.md', limitedToken)).status).toBe(200)
    expect((await node.get('/datasets/amina/notes/resolve/main/notes.csv', limitedToken)).status).toBe(404)
  })
})

describe('the kept data folders', () => {
  it('show the tables that each version has: moved forward, they are those of a new folder', async () => {
    await using folder = await temporaryFolder()
    const fresh = join(folder.path, 'ayni.db')
    await openSqlite(fresh)[Symbol.asyncDispose]()
    for (const version of versions) {
      const copy = join(folder.path, `v${version}.db`)
      await cp(join(KEPT, `v${version}`, 'ayni.db'), copy)
      await openSqlite(copy)[Symbol.asyncDispose]()
      expect(tablesOf(copy)).toEqual(tablesOf(fresh))
    }
  })
})

function tablesOf(path: string): unknown {
  using connection = new DatabaseSync(path, { readOnly: true })
  return connection.prepare('select type, name, sql from sqlite_master order by type, name').all()
}

describe('a data folder of a newer version', () => {
  it('is refused by every command, and nothing in it is touched', async () => {
    await using folder = await temporaryFolder()
    await cp(join(KEPT, 'v1'), folder.path, { recursive: true })
    const stamp = JSON.stringify({ format: 'ayni-data-folder', version: FORMAT_VERSION + 1 })
    await writeFile(join(folder.path, 'ayni.json'), stamp)
    const before = await readdir(folder.path, { recursive: true })
    const commands = [['serve', '--port', '0'], ['doctor'], ['init', '--handle', 'lima', '--name', 'Lima']]
    for (const command of commands) {
      const refused = await run(process.execPath, [AYNI, ...command, '--data', folder.path])
      expect(refused).toMatchObject({ code: 1, stdout: '' })
      expect(refused.stderr).toContain('newer version of Ayni')
    }
    expect(await readdir(folder.path, { recursive: true })).toEqual(before)
    expect(
      (await readFile(join(folder.path, 'ayni.db'))).equals(await readFile(join(KEPT, 'v1', 'ayni.db'))),
    ).toBe(true)
    expect(await readFile(join(folder.path, 'ayni.json'), 'utf8')).toBe(stamp)
  })
})
