import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import { logsOf, publishCard, startMember, until } from '../support/federation.ts'
import { randomBytesOf, run, startNode, temporaryFolder, type TestNode, type Tool } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const MIB = 1024 * 1024
const DISK_BYTES = 48 * MIB

interface SmallDisk extends AsyncDisposable {
  readonly path: string
}

/** A disk of its own in memory, where this user may mount one. */
async function smallDisk(): Promise<Tool<SmallDisk>> {
  await using folder = new AsyncDisposableStack()
  const { path } = folder.use(await temporaryFolder())
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'ayni-test', path]).catch(
    () => null,
  )
  if (mounted?.code !== 0) return { ok: false, why: 'this user may not mount a small disk' }
  folder.defer(async () => void (await run('umount', ['--lazy', path])))
  const kept = folder.move()
  return { ok: true, value: { path, [Symbol.asyncDispose]: () => kept.disposeAsync() } }
}

describeWith(await smallDisk(), 'a node whose disk is full', (disk) => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  const ballast = join(disk.path, 'ballast')
  const repo = { type: 'model' as const, name: 'admin/full' }
  const kept = randomBytesOf('kept', 2 * MIB)
  beforeAll(async () => {
    await mkdir(join(disk.path, 'data'))
    node = await startNode({ dataFolder: join(disk.path, 'data') })
    hub = { hubUrl: node.url, accessToken: node.token }
    await createRepo({ ...hub, repo })
    await upload('kept.bin', kept)
  })
  afterAll(async () => {
    await node[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
  })

  const upload = (path: string, bytes: Uint8Array<ArrayBuffer>, useXet = true) =>
    uploadFiles({ ...hub, repo, files: [{ path, content: new Blob([bytes]) }], useXet })

  async function isWhole(path: string, bytes: Buffer): Promise<boolean> {
    const blob = await downloadFile({ ...hub, repo, path })
    return Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)).equals(bytes)
  }

  /** The node writes too meanwhile: what does not fit any more is not needed. */
  async function fillAllBut(freeBytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(disk.path)
    const filling = writeFile(ballast, Buffer.alloc(Math.max(0, bavail * bsize - freeBytes)))
    await filling.catch((error: unknown) => expect(error).toMatchObject({ code: 'ENOSPC' }))
  }

  it.each([
    ['by Xet', true],
    ['by LFS', false],
  ])('refuses a large file %s, with the reason, and takes it once there is room', async (_, useXet) => {
    const bytes = randomBytesOf(`large ${useXet}`, 6 * MIB)
    await fillAllBut(3 * MIB)
    await expect(upload(`large-${useXet}.bin`, bytes, useXet)).rejects.toMatchObject({ statusCode: 507 })
    expect(await isWhole('kept.bin', kept)).toBe(true)
    await rm(ballast)
    await upload(`large-${useXet}.bin`, bytes, useXet)
    expect(await isWhole(`large-${useXet}.bin`, bytes)).toBe(true)
  })

  it('refuses a commit when not a byte is left, still reads, and recovers', async () => {
    await fillAllBut(0)
    const text = Buffer.from(randomBytesOf('text', 3 * MIB).toString('base64'))
    await expect(upload('text.txt', text)).rejects.toMatchObject({ statusCode: 507 })
    expect(await isWhole('kept.bin', kept)).toBe(true)
    await rm(ballast)
    await upload('text.txt', text)
    expect(await isWhole('text.txt', text)).toBe(true)
  })

  it('starts on a full disk', async () => {
    await fillAllBut(0)
    await node.restart()
    expect(await isWhole('kept.bin', kept)).toBe(true)
    await rm(ballast)
  })

  it(
    'follows no further while not a byte is left, stays readable, and catches up',
    { timeout: 120_000 },
    async () => {
      await using cusco = await startMember('cusco')
      await node.cli('follow', cusco.url, '--allow-private-address', '--yes')
      const held = async () => (await logsOf(node)).held[0]?.size ?? 0
      await publishCard(cusco, 'cusco/first', 'First\n')
      const first = await until(async () => (await fetch(`${node.url}/cusco/first`)).ok && held())
      await fillAllBut(0)
      for (let number = 0; number < 3; number++)
        await publishCard(
          cusco,
          `cusco/more-${number}`,
          `${randomBytesOf(`more ${number}`, 2 * MIB).toString('base64')}\n`,
        )
      await until(async () => node.log.includes('following broke off')) // not even that can be written down
      expect((await fetch(`${node.url}/cusco/first`)).status).toBe(200)
      expect(await isWhole('kept.bin', kept)).toBe(true)
      await rm(ballast)
      await publishCard(cusco, 'cusco/last', 'Last\n') // it hears of it
      for (const name of ['last', 'more-0', 'more-1', 'more-2'])
        await until(async () => (await fetch(`${node.url}/cusco/${name}`)).ok)
      expect((await held()) > first).toBe(true)
      await until(async () => (await failureOf('cusco')) === null)
      // It waited between its tries.
      expect(node.log.split('following broke off').length).toBeLessThan(20)
    },
  )

  async function failureOf(handle: string): Promise<string | null> {
    const following = JSON.parse((await node.cli('following', '--json')).stdout) as {
      readonly handle: string
      readonly failure: string | null
    }[]
    return following.find((each) => each.handle === handle)?.failure ?? null
  }

  it('is whole afterwards, and so is its log', async () => {
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
    const verified = await run(process.execPath, [AYNI, 'log', 'verify', node.url, '--json'])
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true })
  })
})
