import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { xorbStoreContract } from '../../content/xorb-store.contract.ts'
import { openDiskPartStore, openDiskXorbStore, writeDurable } from './index.ts'

xorbStoreContract('the disk', async () => {
  const folder = await temporaryFolder()
  const store = await openDiskXorbStore(folder.path, randomBytes)
  return {
    store,
    reopen: () => openDiskXorbStore(folder.path, randomBytes),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
})

describe('the durable write', () => {
  it('replaces a file whole and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'a', 'b', 'file')
    await writeDurable(path, 'first, longer')
    await writeDurable(path, 'second')
    expect(await readFile(path, 'utf8')).toBe('second')
    expect(await readdir(join(folder.path, 'a', 'b'))).toEqual(['file'])
  })

  it('leaves what was there when it fails', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'taken')
    await writeDurable(join(path, 'inside'), 'kept')
    await expect(writeDurable(path, 'refused')).rejects.toThrow('EISDIR')
    expect(await readdir(folder.path)).toEqual(['taken'])
  })
})

describe('the parts of an upload', () => {
  it('outlive a restart and go when the upload is deleted', async () => {
    await using folder = await temporaryFolder()
    await using xorbs = await openDiskXorbStore(folder.path, randomBytes)
    const parts = await openDiskPartStore(folder.path)
    for (const name of ['1', '2', '2']) {
      const staged = xorbs.stage()
      await writeFile(staged, `part ${name}`)
      await parts.put('upload', name, staged)
    }
    await xorbs.sweep()
    const again = await openDiskPartStore(folder.path)
    expect(await Array.fromAsync(again.list())).toEqual(['upload'])
    expect((await again.names('upload')).toSorted()).toEqual(['1', '2'])
    const bytes = await Array.fromAsync(again.read('upload', '2'))
    expect(Buffer.concat(bytes).toString()).toBe('part 2')
    await again.delete('upload')
    expect(await again.names('upload')).toEqual([])
    await expect(stat(join(folder.path, 'incoming', 'upload'))).rejects.toThrow('ENOENT')
  })
})

interface Folder extends AsyncDisposable {
  readonly path: string
}

async function temporaryFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'ayni-disk-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
