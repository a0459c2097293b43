import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { openSqlite, SCHEMA_VERSION } from '../sqlite/index.ts'
import { type DataFolder, FORMAT_VERSION, openDataFolder } from './data-folder.ts'

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'ayni-data-folder-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

async function opened(path: string): Promise<DataFolder> {
  const folder = await openDataFolder(path)
  if (!folder.ok) throw new Error(folder.failure.reason)
  return folder.value
}

/** Names, contents and times of everything in a folder. */
async function snapshot(folder: string) {
  const names = (await readdir(folder)).sort()
  return Promise.all(
    names.map(async (name) => {
      const { mode, mtimeMs, size } = await stat(join(folder, name))
      return { name, mode, mtimeMs, size }
    }),
  )
}

describe('the data folder', () => {
  it('is made where nothing is, its owner’s only, with the version it is in', async () => {
    await using temporary = await temporaryFolder()
    const path = join(temporary.path, 'a', 'data')
    await using folder = await opened(path)
    await using database = openSqlite(folder.database)
    expect(await database.read.selectFrom('account').selectAll().execute()).toEqual([])
    expect(JSON.parse(await readFile(join(path, 'ayni.json'), 'utf8'))).toEqual({
      format: 'ayni-data-folder',
      version: FORMAT_VERSION,
    })
    expect((await stat(path)).mode & 0o777).toBe(0o700)
    const files = await snapshot(path)
    expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(['ayni.db', 'ayni.db-wal', 'lock']))
    expect(new Set(files.map(({ mode }) => mode & 0o777))).toEqual(new Set([0o600]))
  })

  it.each([
    ['keys', 'mwb.json'],
    ['logs', 'ab'],
  ])('is refused untouched where %s are and no database', async (kind, name) => {
    await using temporary = await temporaryFolder()
    const { path } = temporary
    await (await opened(path))[Symbol.asyncDispose]()
    await mkdir(join(path, kind))
    expect(await openDataFolder(path, 'existing')).toMatchObject({ ok: true })
    await writeFile(join(path, kind, name), 'x')
    for (const gone of [false, true]) {
      if (gone) await rm(join(path, 'ayni.db'))
      const before = await snapshot(path)
      expect(await openDataFolder(path)).toMatchObject({ ok: false, failure: { reason: 'databaseGone' } })
      expect(await snapshot(path)).toEqual(before)
    }
  })

  it('has one version number with its tables', () => {
    expect(FORMAT_VERSION).toBe(SCHEMA_VERSION)
  })

  it('is taken as it is when opened again, and its permissions are narrowed', async () => {
    await using temporary = await temporaryFolder()
    await (await opened(temporary.path))[Symbol.asyncDispose]()
    const before = await snapshot(temporary.path)
    await chmod(temporary.path, 0o755)
    await using folder = await opened(temporary.path)
    expect(folder.path).toBe(temporary.path)
    expect(await snapshot(temporary.path)).toEqual(before)
    expect((await stat(temporary.path)).mode & 0o777).toBe(0o700)
  })

  it('may be an empty folder, a fresh volume, or one whose making was cut short', async () => {
    await using temporary = await temporaryFolder()
    await mkdir(join(temporary.path, 'lost+found'))
    await writeFile(join(temporary.path, 'lock'), '')
    await writeFile(join(temporary.path, 'ayni.json.tmp'), '{"for')
    await using folder = await opened(temporary.path)
    expect(folder.socket).toBe(join(temporary.path, 'node.sock'))
  })

  it('is not made when an existing one is wanted', async () => {
    await using temporary = await temporaryFolder()
    const path = join(temporary.path, 'absent')
    expect(await openDataFolder(path, 'existing')).toMatchObject({ failure: { reason: 'notSetUp' } })
    expect(await readdir(temporary.path)).toEqual([])
  })

  it.each(['thesis.docx', 'ayni.db'])(
    'is never somebody else’s folder: one with only %s is left alone',
    async (name) => {
      await using temporary = await temporaryFolder()
      await writeFile(join(temporary.path, name), 'mine')
      await chmod(temporary.path, 0o755)
      const before = await snapshot(temporary.path)
      expect(await openDataFolder(temporary.path)).toMatchObject({ failure: { reason: 'dataFolderForeign' } })
      expect(await snapshot(temporary.path)).toEqual(before)
      expect((await stat(temporary.path)).mode & 0o777).toBe(0o755)
    },
  )

  it.each(['{}', 'not JSON', '{"format":"other","version":1}'])(
    'is foreign when its stamp is not ours: %s',
    async (text) => {
      await using temporary = await temporaryFolder()
      await writeFile(join(temporary.path, 'ayni.json'), text)
      expect(await openDataFolder(temporary.path)).toMatchObject({ failure: { reason: 'dataFolderForeign' } })
    },
  )

  it('is not a file', async () => {
    await using temporary = await temporaryFolder()
    const path = join(temporary.path, 'file')
    await writeFile(path, '')
    expect(await openDataFolder(path)).toMatchObject({ failure: { reason: 'dataFolderForeign' } })
  })

  it('is refused untouched when a newer program wrote it', async () => {
    await using temporary = await temporaryFolder()
    const folder = await opened(temporary.path)
    await using database = openSqlite(folder.database)
    await database[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    const stamp = { format: 'ayni-data-folder', version: FORMAT_VERSION + 1, somethingNew: true }
    await writeFile(join(temporary.path, 'ayni.json'), JSON.stringify(stamp))
    const before = await snapshot(temporary.path)
    expect(await openDataFolder(temporary.path)).toMatchObject({
      failure: { reason: 'dataFolderNewer', detail: { found: FORMAT_VERSION + 1, known: FORMAT_VERSION } },
    })
    expect(await snapshot(temporary.path)).toEqual(before)
  })
})

describe('the lock of a data folder', () => {
  it('keeps a second opening out until the first is disposed', async () => {
    await using temporary = await temporaryFolder()
    const folder = await opened(temporary.path)
    expect(await openDataFolder(temporary.path)).toMatchObject({ failure: { reason: 'dataFolderInUse' } })
    await folder[Symbol.asyncDispose]()
    await using again = await opened(temporary.path)
    expect(again.path).toBe(temporary.path)
  })

  it('keeps other processes out, and dies with a process that is killed', async () => {
    await using temporary = await temporaryFolder()
    const holder = holdInAnotherProcess(temporary.path)
    await once(holder.stdout, 'data')
    expect(await openDataFolder(temporary.path)).toMatchObject({ failure: { reason: 'dataFolderInUse' } })
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    await using folder = await opened(temporary.path)
    expect(folder.path).toBe(temporary.path)
  })

  it('holds against other processes although this one tries to open the folder again', async () => {
    await using temporary = await temporaryFolder()
    await using folder = await opened(temporary.path)
    expect(await openDataFolder(folder.path)).toMatchObject({ ok: false })
    const other = holdInAnotherProcess(temporary.path)
    const [code] = await once(other, 'exit')
    expect(code).toBe(3)
  })
})

function holdInAnotherProcess(path: string) {
  const module = new URL('data-folder.ts', import.meta.url).href
  const program = `
    const { openDataFolder } = await import(${JSON.stringify(module)})
    const folder = await openDataFolder(${JSON.stringify(path)})
    if (!folder.ok) process.exit(3)
    console.log('held')
    setInterval(() => folder.value, 1000)`
  return spawn(process.execPath, ['--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
