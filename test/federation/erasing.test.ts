import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { expect, it } from 'vitest'

import { logsOf, startMember, until, type Member } from '../support/federation.ts'
import { randomBytesOf, run, sha256Of, temporaryFolder } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const MIB = 1024 * 1024
const SHARED = randomBytesOf('shared', 3 * MIB)
const MARK = randomBytesOf('what the law forbids', 2 * MIB)
const GONE = Buffer.concat([SHARED, MARK])
const KEPT = Buffer.concat([SHARED, randomBytesOf('kept', MIB)])
const WORDS = `Forbidden words: ${randomBytesOf('words', 24).toString('hex')}\n`
const NAME = 'nairobi/asr'

/** Whether bytes that do not compress lie anywhere in a data folder. */
async function isOnDisk({ dataFolder }: Member, bytes: Uint8Array): Promise<boolean> {
  for (const entry of await readdir(dataFolder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(bytes)) return true
  return false
}

const largeMark = MARK.subarray(1000, 1064)
const smallMark = WORDS.slice(17, 60)

function put(member: Member, files: Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>, name = NAME) {
  return uploadFiles({
    hubUrl: member.url,
    accessToken: member.token,
    repo: { type: 'model', name },
    useXet: true,
    files: Object.entries(files).map(([path, content]) => ({ path, content: new Blob([content]) })),
  })
}

async function bytesAt({ url }: Member, path: string): Promise<string | number> {
  const answer = await fetch(`${url}/${NAME}/resolve/main/${path}`)
  return answer.ok ? sha256Of(new Uint8Array(await answer.arrayBuffer())) : answer.status
}

async function expectRefused({ url }: Member, path: string): Promise<void> {
  const answer = await fetch(`${url}/${NAME}/resolve/main/${path}`)
  expect([path, answer.status, answer.headers.get('x-error-code')]).toEqual([path, 451, 'FileErased'])
  expect(await answer.json()).toMatchObject({ error: expect.stringContaining('personal data') })
  const head = await fetch(`${url}/${NAME}/resolve/main/${path}`, { method: 'HEAD' })
  expect(head.status).toBe(451)
}

async function expectSound(member: Member): Promise<void> {
  expect(await member.cli('rebuild')).toMatchObject({ code: 0 })
  expect(await member.cli('doctor')).toMatchObject({ code: 0 })
  const verified = await run(process.execPath, [AYNI, 'log', 'verify', member.url, '--json'])
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
}

it('erases a file at its home and wherever it was copied; all else stays', { timeout: 180_000 }, async () => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await cusco.follow(nairobi, '--content', 'all')
  const hub = {
    hubUrl: nairobi.url,
    accessToken: nairobi.token,
    repo: { type: 'model', name: NAME },
  } as const
  await createRepo(hub)
  await put(nairobi, { 'gone.bin': GONE }) // before the others, so that what they share is stored once
  await put(nairobi, {
    'kept.bin': KEPT,
    'words.txt': WORDS,
    'README.md': `About\n${WORDS}`,
  })
  for (const path of ['gone.bin', 'kept.bin', 'words.txt'])
    await until(async () => typeof (await bytesAt(cusco, path)) === 'string')
  const held = `${cusco.url}/api/ayni/v1/repositories/models/${NAME}/held/${sha256Of(GONE)}`
  await until(async () => (await fetch(held)).ok)
  for (const member of [nairobi, cusco]) expect(await isOnDisk(member, largeMark)).toBe(true)
  const card = sha256Of(Buffer.from(`About\n${WORDS}`))

  const erase = (bytes: Uint8Array | string, ...more: readonly string[]) =>
    nairobi.cli(
      'content',
      'erase',
      typeof bytes === 'string' ? bytes : sha256Of(bytes),
      '--reason',
      'personalData',
      ...more,
    )
  expect(await erase('ab'.repeat(32), '--yes')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('SHA-256'),
  })
  expect(await erase('nothing', '--yes')).toMatchObject({ code: 2 })
  expect((await erase(GONE)).code).not.toBe(0) // nobody was there to be asked
  expect(await bytesAt(nairobi, 'gone.bin')).toBe(sha256Of(GONE))
  const said = JSON.parse((await erase(GONE, '--yes', '--json')).stdout)
  expect(said).toMatchObject({ size: GONE.length, repositories: [NAME], stated: true, keptBy: [] })
  for (const each of [sha256Of(Buffer.from(WORDS)), card]) expect((await erase(each, '--yes')).code).toBe(0)

  await expectRefused(nairobi, 'gone.bin')
  for (const path of ['gone.bin', 'words.txt', 'README.md'])
    await until(async () => (await bytesAt(cusco, path)) === 451)
  const clean = async (member: Member) =>
    !(await isOnDisk(member, largeMark)) && !(await isOnDisk(member, Buffer.from(smallMark)))
  for (const member of [nairobi, cusco]) {
    await until(() => clean(member))
    for (const path of ['gone.bin', 'words.txt', 'README.md']) await expectRefused(member, path)
    expect(await bytesAt(member, 'kept.bin')).toBe(sha256Of(KEPT))
    const xet = await downloadFile({ repo: hub.repo, hubUrl: member.url, path: 'kept.bin', xet: true })
    expect(sha256Of(new Uint8Array((await xet?.arrayBuffer()) ?? []))).toBe(sha256Of(KEPT))
    expect(
      (await (await fetch(`${member.url}/api/models/${NAME}/tree/main`)).json()) as unknown[],
    ).toHaveLength(5)
  }
  expect((await fetch(held)).status).toBe(451)

  // Nobody brings it back, by no way, and not after a restart.
  await expect(put(nairobi, { 'again.bin': GONE })).rejects.toThrow('erased')
  await expect(put(nairobi, { 'again.txt': WORDS })).rejects.toThrow('erased')
  await nairobi.restart()
  await cusco.restart()
  await put(nairobi, { 'new.txt': 'New\n' })
  await until(async () => (await bytesAt(cusco, 'new.txt')) === sha256Of(Buffer.from('New\n')))
  for (const member of [nairobi, cusco]) await expectRefused(member, 'gone.bin')

  // Whoever comes later never has it, and has all the rest.
  await using dhaka = await startMember('dhaka')
  await dhaka.follow(nairobi, '--content', 'all')
  await until(async () => (await bytesAt(dhaka, 'kept.bin')) === sha256Of(KEPT))
  for (const path of ['gone.bin', 'words.txt', 'README.md']) await expectRefused(dhaka, path)
  expect(await clean(dhaka)).toBe(true)
  for (const member of [nairobi, cusco, dhaka]) await expectSound(member)
  expect(JSON.parse((await dhaka.cli('content', 'erased', '--json')).stdout)).toHaveLength(3)
  const { own } = await logsOf(nairobi)
  expect(JSON.parse((await dhaka.cli('content', 'erased', '--json')).stdout)).toContainEqual(
    expect.objectContaining({
      sha256: sha256Of(GONE),
      member: 'nairobi',
      record: expect.stringContaining(own?.origin ?? '-'),
    }),
  )
})

it(
  'erases without a word what is private or another’s, and says it once it is public',
  { timeout: 180_000 },
  async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi, '--content', 'all')
    const hub = {
      hubUrl: nairobi.url,
      accessToken: nairobi.token,
      repo: { type: 'model', name: NAME },
    } as const
    await createRepo({ ...hub, private: true })
    await put(nairobi, { 'gone.bin': GONE, 'words.txt': WORDS, 'kept.txt': 'Kept\n' })
    const sizeOf = async () => (await logsOf(nairobi)).own?.size ?? 0
    const before = await until(sizeOf)
    for (const bytes of [GONE, Buffer.from(WORDS)]) {
      const said = await nairobi.cli(
        'content',
        'erase',
        sha256Of(bytes),
        '--reason',
        'legal',
        '--yes',
        '--json',
      )
      expect(JSON.parse(said.stdout)).toMatchObject({ stated: false, repositories: [NAME] })
    }
    expect([await isOnDisk(nairobi, largeMark), await isOnDisk(nairobi, Buffer.from(smallMark))]).toEqual([
      false,
      false,
    ])
    const asked = (path: string, method = 'GET') =>
      fetch(`${nairobi.url}/${NAME}/resolve/main/${path}`, {
        method,
        headers: { authorization: `Bearer ${nairobi.token}` },
      })
    for (const path of ['gone.bin', 'words.txt']) expect((await asked(path)).status).toBe(451)
    expect((await fetch(`${nairobi.url}/${NAME}/resolve/main/gone.bin`)).status).toBe(401) // whether it is there is told to nobody
    expect(await sizeOf()).toBe(before)

    // Made public, its versions name what was erased: the log says so first.
    const settings = {
      method: 'PUT',
      headers: { authorization: `Bearer ${nairobi.token}`, 'content-type': 'application/json' },
    }
    await fetch(`${nairobi.url}/api/models/${NAME}/settings`, {
      ...settings,
      body: JSON.stringify({ private: false }),
    })
    await until(async () => (await bytesAt(cusco, 'kept.txt')) === sha256Of(Buffer.from('Kept\n')))
    for (const path of ['gone.bin', 'words.txt']) expect(await bytesAt(cusco, path)).toBe(451)
    const known = JSON.parse((await cusco.cli('content', 'erased', '--json')).stdout)
    expect(known).toHaveLength(2)

    // What the law of one place forbids goes there, and nowhere else.
    await put(nairobi, { 'other.bin': KEPT })
    await until(async () => (await bytesAt(cusco, 'other.bin')) === sha256Of(KEPT))
    const copies = await cusco.cli(
      'content',
      'erase',
      sha256Of(KEPT),
      '--copies',
      '--reason',
      'legal',
      '--yes',
      '--json',
    )
    expect(JSON.parse(copies.stdout)).toMatchObject({ stated: false, repositories: [NAME], keptBy: [] })
    expect([await bytesAt(cusco, 'other.bin'), await bytesAt(nairobi, 'other.bin')]).toEqual([
      451,
      sha256Of(KEPT),
    ])
    expect(await isOnDisk(cusco, KEPT.subarray(-500, -400))).toBe(false)
    await cusco.restart()
    expect(await bytesAt(cusco, 'other.bin')).toBe(451)
    // Nor does a disk bring it to where no network is.
    await using disk = await temporaryFolder()
    const carried = join(disk.path, 'carry')
    expect(await nairobi.cli('carry', 'export', '--to', carried)).toMatchObject({ code: 0 })
    await using lima = await startMember('lima')
    expect(await lima.cli('carry', 'import', carried, '--follow', '--yes')).toMatchObject({ code: 0 })
    expect(await bytesAt(lima, 'other.bin')).toBe(sha256Of(KEPT))
    for (const path of ['gone.bin', 'words.txt']) expect(await bytesAt(lima, path)).toBe(451)
    for (const folder of [carried, lima.dataFolder])
      expect(await isOnDisk({ ...lima, dataFolder: folder }, largeMark)).toBe(false)
    for (const member of [nairobi, cusco, lima]) await expectSound(member)
  },
)
