import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { utf8 } from '../../src/kernel/bytes.ts'
import { describeWith } from '../support/describe-with.ts'
import { logsOf, until } from '../support/federation.ts'
import {
  program,
  randomBytesOf,
  sha256Of,
  startNode,
  temporaryFolder,
  type TemporaryFolder,
} from '../support/index.ts'
import { runTraced, type SystemFault } from './system-calls.ts'

const MIB = 1024 * 1024
const SHARED = randomBytesOf('shared', 2 * MIB)
const GONE = Buffer.concat([SHARED, randomBytesOf('gone', MIB)])
const KEPT = Buffer.concat([SHARED, randomBytesOf('kept', 100_000)])
const WORDS = randomBytesOf('words', 4096)
const LICENCE = 'LicenseRef-zqforbiddenwordszq'
const REPO = { type: 'model' as const, name: 'nairobi/asr' }

/** The writes of the decision, of the move of what stays, of the new tables, of the scrubbing; the removal of what was. */
const FAULTS: readonly SystemFault[] = [
  ...[1, 4, 9].map((when) => ({ call: 'fsync', what: 'signal=KILL', when }) as const),
  { call: 'rename', what: 'signal=KILL', when: 1 },
  { call: 'unlink', what: 'signal=KILL', when: 1 },
  ...[40, 120].map((when) => ({ call: 'pwrite64', what: 'signal=KILL', when }) as const),
]

async function isOnDisk(folder: string, bytes: Uint8Array): Promise<boolean> {
  const mark = bytes.length > 164 ? bytes.subarray(-164, -100) : bytes
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(mark)) return true
  return false
}

/**
 * Whatever the moment at which erasing is killed: the next start finishes it by itself, if it had been decided, and else the files are as
 * they were. What shares blocks with them is whole in any case.
 */
describeWith(await program('strace'), 'erasing that is killed', (strace) => {
  let scratch: TemporaryFolder
  let before: string
  let entry: readonly string[]
  let as: { readonly admin: string; readonly token: string }

  beforeAll(async () => {
    scratch = await temporaryFolder()
    before = join(scratch.path, 'before')
    await using node = await startNode({ dataFolder: before })
    as = node
    const hub = { hubUrl: node.url, accessToken: node.token, repo: REPO }
    await createRepo(hub)
    for (const [path, bytes] of Object.entries({ 'gone.bin': GONE, 'kept.bin': KEPT, 'words.txt': WORDS }))
      await uploadFiles({ ...hub, files: [{ path, content: new Blob([bytes]) }] })
    const terms = ['--licence', LICENCE, '--until', '2099-12-31', '--holders', '2']
    const promised = await node.cli('public-good', 'promise', REPO.name, ...terms)
    if (promised.code !== 0) throw new Error(promised.stderr)
    const own = async () => (await logsOf(node)).own
    const log = await until(async () => (await isOnDisk(before, utf8(LICENCE))) && own())
    const size = await until(async () => {
      const { size, prefix } = (await own()) ?? log
      const page = await fetch(`${prefix}/tile/entries/000.p/${size}`)
      return (await page.text()).includes(LICENCE) && size
    })
    entry = [log.origin, String(size - 1)]
    await node.kill('SIGTERM')
  })
  afterAll(() => scratch[Symbol.asyncDispose]())

  const erase = (bytes: Uint8Array) => ['content', 'erase', sha256Of(bytes), '--reason', 'legal', '--yes']

  async function statusOf(url: string, path: string, bytes: Uint8Array): Promise<string> {
    const answer = await fetch(`${url}/${REPO.name}/resolve/main/${path}`)
    if (!answer.ok) return String(answer.status)
    return sha256Of(new Uint8Array(await answer.arrayBuffer())) === sha256Of(bytes) ? 'whole' : 'wrong'
  }

  it.each([
    ...FAULTS.map((fault) => ({ ...fault, path: 'gone.bin', bytes: GONE })),
    ...FAULTS.slice(0, 2).map((fault) => ({ ...fault, path: 'words.txt', bytes: WORDS })),
  ])('$path, $call number $when', async ({ path, bytes, ...fault }) => {
    const folder = join(scratch.path, `${path}-${fault.call}-${fault.when}`)
    await cp(before, folder, { recursive: true })
    expect(await runTraced(strace, folder, erase(bytes), fault)).toBe(true)
    await using node = await startNode({ dataFolder: folder, as })
    const status = await statusOf(node.url, path, bytes)
    expect(status).toMatch(/^(?:whole|451)$/)
    expect(await isOnDisk(folder, bytes)).toBe(status === 'whole')
    expect(await statusOf(node.url, 'kept.bin', KEPT)).toBe('whole')
    expect(await node.cli(...erase(bytes))).toMatchObject({ code: 0 })
    expect([await statusOf(node.url, path, bytes), await isOnDisk(folder, bytes)]).toEqual(['451', false])
    expect(await node.cli('doctor')).toMatchObject({ code: 0 })
    await node.kill('SIGTERM')
    await rm(folder, { recursive: true })
  })

  it.each(FAULTS.slice(0, 3))('an entry of a log, $call number $when', async (fault) => {
    const folder = join(scratch.path, `entry-${fault.call}-${fault.when}`)
    await cp(before, folder, { recursive: true })
    const redact = ['log', 'redact', ...entry, '--reason', 'Court order 123/2026']
    expect(await runTraced(strace, folder, redact, fault)).toBe(true)
    await using node = await startNode({ dataFolder: folder, as })
    const page = await fetch(`${node.url}/en/log/${entry.join('/').slice(5)}`)
    expect([200, 451]).toContain(page.status)
    expect(await isOnDisk(folder, utf8(LICENCE))).toBe(page.status === 200)
    expect(
      (await fetch(`${node.url}/en/public-goods`).then((answer) => answer.text())).includes(LICENCE),
    ).toBe(page.status === 200)
    expect(await node.cli(...redact)).toMatchObject({ code: 0 })
    expect(await isOnDisk(folder, utf8(LICENCE))).toBe(false)
    expect(await node.cli('rebuild')).toMatchObject({ code: 0 })
    await node.kill('SIGTERM')
    await rm(folder, { recursive: true })
  })
})
