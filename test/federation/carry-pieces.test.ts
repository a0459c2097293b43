import { cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { startMember } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'
import { exportAt, importAt, putFile, shaAt, signedAt } from './carrying.ts'

const MODEL = randomBytesOf('model', 3_000_000)
const BLOB = `blobs/sha256/${sha256Of(MODEL).slice(0, 2)}/${sha256Of(MODEL)}.pieces`

async function bytesIn(folder: string): Promise<number> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = all.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((total, size) => total + size, 0)
}

it('a file that no disk has room for lies in pieces on several', async () => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await using disk = await temporaryFolder()
  const at = (...names: readonly string[]) => join(disk.path, ...names)
  await putFile(nairobi, 'nairobi/lugha', 'model.bin', MODEL)
  await signedAt(nairobi, 5)
  const done = await exportAt(nairobi, at('out'), '--max-bytes', '1M')
  expect(done).toMatchObject({ missing: 0, bytes: expect.any(Number) })
  expect(done.folders.length).toBe(4)
  for (const folder of done.folders) expect(await bytesIn(folder)).toBeLessThan(1_000_000)

  // Without one of the disks, or with a piece that is not what it was, the file is not taken and the rest is.
  const disks = done.folders as readonly string[]
  const take = (folders: readonly string[]) => importAt(cusco, folders.join(), '--follow', '--yes')
  const without = await take(disks.slice(1))
  expect(without.of('nairobi')).toMatchObject({ outcome: 'followed', incomplete: 1 })
  expect(without.missingParts).toBe(1)
  const [first = ''] = disks
  const pieces = await readdir(join(first, BLOB))
  expect(pieces.length).toBeGreaterThan(5)
  const [one = '', other = ''] = pieces.map((name) => join(BLOB, name))
  const spoilt: readonly ((folder: string) => Promise<unknown>)[] = [
    (folder) => rm(join(folder, one)),
    (folder) => truncate(join(folder, one), 1000),
    (folder) => truncate(join(folder, one), 2 ** 40),
    async (folder) => {
      const bytes = await readFile(join(folder, one))
      bytes[77] = 255 - (bytes[77] ?? 0)
      await writeFile(join(folder, one), bytes)
    },
    async (folder) => {
      await rename(join(folder, one), at('moved'))
      await rename(join(folder, other), join(folder, one))
      await rename(at('moved'), join(folder, other))
    },
  ]
  for (const [number, spoil] of spoilt.entries()) {
    const copy = at(`spoilt-${number}`)
    await cp(first, copy, { recursive: true })
    await spoil(copy)
    expect((await take([copy, ...disks.slice(1)])).of('nairobi')).toMatchObject({ incomplete: 1 })
    expect(await shaAt(cusco, 'nairobi/lugha/resolve/main/model.bin')).not.toBe(sha256Of(MODEL))
  }
  expect((await take(disks.toReversed())).of('nairobi')).toMatchObject({ incomplete: 0 })
  expect(await shaAt(cusco, 'nairobi/lugha/resolve/main/model.bin')).toBe(sha256Of(MODEL))
  expect((await cusco.cli('doctor')).code).toBe(0)

  // Interrupted within the file, an export goes on: what is there is held against the file, and the rest is written.
  for (const name of pieces.slice(3)) await rm(join(first, BLOB, name))
  await rm(join(first, 'carry.json'))
  const third = join(first, BLOB, pieces[2] ?? '')
  await writeFile(third, Buffer.alloc((await stat(third)).size))
  const again = await exportAt(nairobi, at('out'), '--max-bytes', '1M')
  expect(again.bytes).toBeGreaterThan(0)
  expect(again.bytes).toBeLessThan(1_000_000)
  const whole = await Promise.all(disks.map((folder) => readdir(join(folder, BLOB)).catch(() => [])))
  const names = whole.flatMap((all, part) =>
    all.map((name) => ({ part, start: Number(name.split('-')[0]), name })),
  )
  const parts = names.toSorted((left, right) => left.start - right.start)
  const bytes = await Promise.all(
    parts.map(({ part, name }) => readFile(join(disks[part] ?? '', BLOB, name))),
  )
  expect(sha256Of(Buffer.concat(bytes))).toBe(sha256Of(MODEL))
  expect((await nairobi.cli('carry', 'export', '--to', at('small'), '--max-bytes', '2k')).stderr).toContain(
    'larger parts',
  )
})
