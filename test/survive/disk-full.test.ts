import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import { randomBytesOf, run, startNode, temporaryFolder, type TestNode, type Tool } from '../support/index.ts'

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

  it('is whole afterwards', async () => {
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })
})
