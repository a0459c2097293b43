import { open, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

import { createRepo, downloadFile, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomBytesOf, startNode, type TestNode } from '../support/index.ts'

describe('a node whose disk lies', () => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  let made = 0
  beforeAll(async () => {
    node = await startNode()
    hub = { hubUrl: node.url, accessToken: node.token }
  })
  afterAll(() => node[Symbol.asyncDispose]())

  /** A repository with one file in blocks of its own, and where they lie. */
  async function published(seed: string) {
    const repo = { type: 'model' as const, name: `admin/damaged-${(made += 1)}` }
    const before = await blocks()
    await createRepo({ ...hub, repo })
    await uploadFiles({
      ...hub,
      repo,
      files: [{ path: 'a.bin', content: new Blob([randomBytesOf(seed, 1_000_000)]) }],
    })
    const [block] = (await blocks()).filter((path) => !before.includes(path))
    if (block === undefined) throw new Error('no block was written')
    return { repo, block }
  }

  async function blocks(): Promise<readonly string[]> {
    const entries = await readdir(node.dataFolder, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() && entry.parentPath.includes('/xorbs/'))
      .map((entry) => join(entry.parentPath, entry.name))
  }

  async function problems(): Promise<string> {
    const { code, stdout } = await node.cli('doctor', '--json')
    expect(code).toBe(1)
    return stdout
  }

  /** Never the wrong bytes: whatever arrives is a beginning of the right ones, and less than all. */
  async function expectNoFalseByte(repo: { type: 'model'; name: string }, seed: string): Promise<void> {
    const good = randomBytesOf(seed, 1_000_000)
    const response = await fetch(`${node.url}/${repo.name}/resolve/main/a.bin`)
    const parts: Uint8Array[] = []
    let broken = !response.ok
    try {
      for await (const part of response.body ?? []) parts.push(part)
    } catch {
      broken = true
    }
    expect(broken).toBe(true)
    const arrived = response.ok ? Buffer.concat(parts) : Buffer.alloc(0)
    expect(arrived.length).toBeLessThan(good.length)
    expect(good.subarray(0, arrived.length).equals(arrived)).toBe(true)
    const plain = downloadFile({ ...hub, repo, path: 'a.bin', xet: false }).then((blob) =>
      blob?.arrayBuffer(),
    )
    await expect(plain).rejects.toBeInstanceOf(Error)
  }

  it('finds a flipped bit and never serves it as good', async () => {
    const { repo, block } = await published('flipped')
    await flipBit(block, 600_000)
    await expectNoFalseByte(repo, 'flipped')
    expect(await problems()).toContain(nameOf(block))
    await flipBit(block, 600_000)
  })

  it('finds a block cut short and never serves it as good', async () => {
    const { repo, block } = await published('cut')
    const { size } = await stat(block)
    await truncate(block, Math.floor(size / 2))
    await expectNoFalseByte(repo, 'cut')
    expect(await problems()).toContain(nameOf(block))
  })

  it('finds a damaged page of its database, and examines the rest', async () => {
    const { block } = await published('beside a damaged page')
    await flipBit(block, 600_000)
    await node.kill('SIGTERM')
    await overwrite(join(node.dataFolder, 'ayni.db'), ['git_object', 'ref'])
    const found = await problems()
    expect(found).toContain('databaseDamaged')
    expect(found).toContain(nameOf(block))
  })

  it('says so when not even the tables of its database can be read', async () => {
    await using file = await open(join(node.dataFolder, 'ayni.db'), 'r+')
    await file.write(Buffer.alloc(PAGE - 100, 0xff), 0, PAGE - 100, 100) // behind the header, the list of tables begins
    for (const command of ['doctor', 'following']) {
      const { code, stderr } = await node.cli(command)
      expect([code, stderr]).toEqual([1, expect.stringContaining('ayni.db in this data folder is damaged')])
    }
  })
})

async function flipBit(path: string, at: number): Promise<void> {
  await using file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, at)
  byte[0] = (byte[0] ?? 0) ^ 1
  await file.write(byte, 0, 1, at)
}

const PAGE = 4096

/** Puts nonsense into the pages where some tables of a SQLite file begin. */
async function overwrite(path: string, tables: readonly string[]): Promise<void> {
  const roots = rootPages(path, tables)
  await using file = await open(path, 'r+')
  for (const page of roots) await file.write('nonsense', (page - 1) * PAGE)
}

function rootPages(path: string, tables: readonly string[]): readonly number[] {
  const database = new DatabaseSync(path)
  try {
    const root = database.prepare('select rootpage from sqlite_schema where name = ?')
    return tables.map((table) => Number(root.get(table)?.['rootpage']))
  } finally {
    database.close()
  }
}

/** The hash in a block's file name. */
function nameOf(path: string): string {
  return /[0-9a-f]{64}/.exec(path)?.[0] ?? path
}
