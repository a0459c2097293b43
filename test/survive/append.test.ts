import { cp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRepo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import { logsOf, until } from '../support/federation.ts'
import { program, startNode, succeedIn, temporaryFolder, type TemporaryFolder } from '../support/index.ts'
import { cutPower } from './power-cut.ts'
import { readTrace, serveTraced, type DiskAct, type SystemFault } from './system-calls.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
/** So that what is said crosses the end of the first bundle: files, tiles and rows are all written. */
const ENTRIES_BEFORE = 254
const SAID = [2, 3, 4]

const FAULTS: readonly SystemFault[] = [
  ...[1, 3, 5, 6].map((when) => ({ call: 'fsync', what: 'error=EIO', when }) as const),
  ...[1, 2, 3, 4, 5, 6].map((when) => ({ call: 'fsync', what: 'signal=KILL', when }) as const),
  { call: 'rename', what: 'error=EIO', when: 1 },
  { call: 'rename', what: 'signal=KILL', when: 1 },
  ...[12, 40].map((when) => ({ call: 'pwrite64', what: 'error=ENOSPC', when }) as const),
  ...[10, 24, 48].map((when) => ({ call: 'pwrite64', what: 'signal=KILL', when }) as const),
]

/**
 * Three records were queued, durably, while the node stood still. Whatever happens to the disk while they are written down, filed and
 * signed, the next start has them in the log, once, in order, under the same root: no fault leads to another history.
 */
describeWith(await program('strace'), 'records that are said while the disk fails', (strace) => {
  let scratch: TemporaryFolder
  let before: string
  let expected: { readonly size: number; readonly root: string }
  let acts: readonly DiskAct[]
  let as: { readonly admin: string; readonly token: string }

  beforeAll(async () => {
    scratch = await temporaryFolder()
    before = join(scratch.path, 'before')
    await using node = await startNode({ dataFolder: before })
    as = node
    const hub = { hubUrl: node.url, accessToken: node.token }
    const repo = { type: 'model' as const, name: 'nairobi/asr' }
    await createRepo({ ...hub, repo })
    await uploadFiles({ ...hub, repo, files: [{ path: 'a.txt', content: new Blob(['a']) }] })
    const size = async () => (await logsOf(node)).own?.size ?? 0
    for (let tag = await settled(size); tag < ENTRIES_BEFORE; tag++) await addTag(node, `v${tag}`)
    await until(async () => (await size()) === ENTRIES_BEFORE)
    await node.kill('SIGTERM')
    for (const holders of SAID) {
      const terms = ['--licence', 'MIT', '--until', '2099-12-31', '--holders', String(holders)]
      const { code, stderr } = await node.cli('public-good', 'promise', 'nairobi/asr', ...terms)
      if (code !== 0) throw new Error(stderr)
    }
    const whole = join(scratch.path, 'whole')
    await cp(before, whole, { recursive: true })
    const end = ENTRIES_BEFORE + SAID.length
    acts = readTrace(await serveTraced(strace, whole, end), whole)
    expected = await logIn(whole)
  })
  afterAll(() => scratch[Symbol.asyncDispose]())

  async function settled(size: () => Promise<number>): Promise<number> {
    let last = -1
    return until(async () => {
      await new Promise((resolve) => setTimeout(resolve, 1100)) // longer than a checkpoint waits for more
      const now = await size()
      const isSettled = now === last
      last = now
      return isSettled && now
    })
  }

  async function addTag({ url, token }: { url: string; token: string }, tag: string): Promise<void> {
    const response = await fetch(`${url}/api/models/nairobi/asr/tag/main`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ tag }),
    })
    expect(response.status).toBe(200)
  }

  /** What a folder's log is once it is served and everything queued is signed; checked from outside, entry by entry. */
  async function logIn(folder: string): Promise<{ size: number; root: string }> {
    await using node = await startNode({ dataFolder: folder, as })
    await until(async () => (await logsOf(node)).own?.size === ENTRIES_BEFORE + SAID.length)
    const verified = await succeedIn(process.execPath, [AYNI, 'log', 'verify', node.url, '--json'])
    const { size, root } = JSON.parse(verified) as { size: number; root: string }
    return { size, root }
  }

  it.each(FAULTS)('$call number $when: $what', async (fault) => {
    const folder = join(scratch.path, `${fault.call}-${fault.when}-${fault.what}`)
    await cp(before, folder, { recursive: true })
    const end = ENTRIES_BEFORE + SAID.length
    const trace = await serveTraced(strace, folder, end, fault)
    expect(trace.some((line) => line.includes('(INJECTED)') || line.includes('killed by SIGKILL'))).toBe(true)
    expect(await logIn(folder)).toEqual(expected)
    await rm(folder, { recursive: true })
  })

  it('survive a power cut after whatever the disk was told to keep', async () => {
    const syncs = acts.flatMap((act, at) => (act.kind === 'sync' ? [at + 1] : []))
    expect([syncs.length > 4, expected.size]).toEqual([true, ENTRIES_BEFORE + SAID.length])
    for (const count of syncs.filter((_, at) => at % Math.ceil(syncs.length / 8) === 0)) {
      const folder = join(scratch.path, `cut-${count}`)
      const read = (path: string) => readFile(join(before, path)).catch(() => null) // not there before
      await cutPower(before, folder, acts.slice(0, count), read)
      expect(await logIn(folder)).toEqual(expected)
      await rm(folder, { recursive: true })
    }
  })
})
