import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  checkRepoAccess,
  commit,
  countCommits,
  createBranch,
  createRepo,
  deleteBranch,
  deleteFiles,
  deleteRepo,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  HubApiError,
  listCommits,
  listDatasets,
  listFiles,
  listModels,
  modelInfo,
  parseSafetensorsMetadata,
  pathsInfo,
  repoExists,
  snapshotDownload,
  uploadFiles,
  whoAmI,
} from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import {
  randomBytesOf,
  sha256Of,
  startNode,
  temporaryFolder,
  testData,
  textOf,
  weightsOf,
  type TestNode,
} from '../support/index.ts'

/** Sizes at which something changes, and kinds of bytes that are stored differently. */
const FILES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  'README.md': Buffer.from('---\nlicense: mit\n---\n# Sent from JavaScript\n'),
  'empty.txt': new Uint8Array(0),
  'empty.bin': new Uint8Array(0),
  'one.bin': new Uint8Array(1),
  'below.bin': randomBytesOf('below', 65_535),
  'chunk.bin': randomBytesOf('chunk', 65_536),
  'above.bin': randomBytesOf('above', 65_537),
  'random.bin': randomBytesOf('random', 3_000_000),
  'weights.bin': weightsOf('weights', 2_000_000),
  'words.txt': textOf('words', 500_000),
  'words.bin': textOf('words', 500_001),
  'zeros.bin': new Uint8Array(1_000_000),
  // This client sends paths as they are: what a URL gives a meaning (`?`, `#`, `%`) is for the Python stories.
  'sub folder/awful&filename=you:should,never+give (1).txt': Buffer.from('awful'),
  'données/模型 1.bin': randomBytesOf('unicode', 30_000),
}

const silero = await testData('silero-vad')

describe('@huggingface/hub', () => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  let made = 0
  beforeAll(async () => {
    node = await startNode()
    hub = { hubUrl: node.url, accessToken: node.token }
  })
  afterAll(() => node[Symbol.asyncDispose]())

  /** A new repository with some files in it. */
  async function repository(files: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {}) {
    const repo = { type: 'model' as const, name: `${node.admin}/js-${(made += 1)}` }
    await createRepo({ ...hub, repo })
    if (Object.keys(files).length > 0) await upload(repo, files)
    return repo
  }

  async function upload(
    repo: { type: 'model'; name: string },
    files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
    options: { readonly useXet?: boolean; readonly branch?: string } = {},
  ) {
    const sent = Object.entries(files).map(([path, bytes]) => ({ path, content: new Blob([bytes]) }))
    return uploadFiles({ ...hub, repo, files: sent, ...options })
  }

  async function bytesOf(repo: { type: 'model'; name: string }, path: string, revision?: string) {
    const blob = await downloadFile({ ...hub, repo, path, ...(revision !== undefined && { revision }) })
    return blob && Buffer.from(await blob.arrayBuffer())
  }

  it('knows who I am', async () => {
    expect(await whoAmI(hub)).toMatchObject({
      type: 'user',
      name: node.admin,
      auth: { accessToken: { role: 'write' } },
    })
  })

  it('creates a repository with its first files and a licence, and deletes it', async () => {
    const repo = { type: 'dataset' as const, name: `${node.admin}/created` }
    const files = [{ path: 'a.txt', content: new Blob(['text']) }]
    const created = await createRepo({ ...hub, repo, license: 'cc-by-4.0', visibility: 'private', files })
    expect(created.repoUrl).toBe(`${node.url}/datasets/${repo.name}`)
    const paths = (await Array.fromAsync(listFiles({ ...hub, repo }))).map(({ path }) => path)
    expect(paths.toSorted()).toEqual(['.gitattributes', 'README.md', 'a.txt'])
    await expect(createRepo({ ...hub, repo })).rejects.toMatchObject({ statusCode: 409 })
    await deleteRepo({ ...hub, repo })
    expect(await repoExists({ ...hub, repo })).toBe(false)
  })

  describe.each([{ useXet: true }, { useXet: false }])('with useXet: $useXet', ({ useXet }) => {
    let repo: { type: 'model'; name: string }
    beforeAll(async () => {
      repo = await repository()
      await upload(repo, FILES, { useXet })
    })

    it.each(Object.keys(FILES))('gives back %s', async (path) => {
      const expected = FILES[path] ?? Buffer.alloc(0)
      const back = await bytesOf(repo, path)
      expect(back?.length).toBe(expected.length)
      expect(back?.equals(expected)).toBe(true)
    })

    it.each([
      [0, 1],
      [65_000, 66_000],
      [1_000_000, 2_500_000],
      [2_999_999, 3_000_000],
    ])('reads bytes %i to %i without reading the rest', async (start, end) => {
      const blob = await downloadFile({ ...hub, repo, path: 'random.bin' })
      const part = Buffer.from((await blob?.slice(start, end).arrayBuffer()) ?? new ArrayBuffer(0))
      expect(part.equals(FILES['random.bin']?.subarray(start, end) ?? Buffer.alloc(0))).toBe(true)
    })

    it('gives the same bytes by plain HTTP', async () => {
      const blob = await downloadFile({ ...hub, repo, path: 'weights.bin', xet: false })
      expect(sha256Of(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)))).toBe(
        sha256Of(FILES['weights.bin'] ?? Buffer.alloc(0)),
      )
    })
  })

  it('says the size, id and address of a file', async () => {
    const bytes = randomBytesOf('info', 200_000)
    const repo = await repository({ 'a.txt': Buffer.from('text'), 'b.bin': bytes })
    expect(await fileDownloadInfo({ ...hub, repo, path: 'a.txt' })).toMatchObject({ size: 4 })
    const large = await fileDownloadInfo({ ...hub, repo, path: 'b.bin' })
    expect(large).toMatchObject({ size: 200_000, etag: `"${sha256Of(bytes)}"` })
    expect(large?.xet?.hash).toMatch(/^[0-9a-f]{64}$/)
    expect(await fileDownloadInfo({ ...hub, repo, path: 'never.txt' })).toBeNull()
    const pointer = await downloadFile({ ...hub, repo, path: 'b.bin', raw: true })
    expect(await pointer?.text()).toContain(`oid sha256:${sha256Of(bytes)}\nsize 200000\n`)
  })

  it('says which files exist', async () => {
    const repo = await repository({ 'a.txt': Buffer.from('text') })
    expect(await fileExists({ ...hub, repo, path: 'a.txt' })).toBe(true)
    expect(await fileExists({ ...hub, repo, path: 'b.txt' })).toBe(false)
    expect(await downloadFile({ ...hub, repo, path: 'b.txt' })).toBeNull()
  })

  it('lists files near and deep', async () => {
    const repo = await repository({
      'a.txt': Buffer.from('1'),
      'b/c.txt': Buffer.from('2'),
      'b/d/e.bin': randomBytesOf('e', 20_000),
    })
    const near = await Array.fromAsync(listFiles({ ...hub, repo }))
    expect(near.map(({ type, path }) => [type, path])).toEqual([
      ['file', '.gitattributes'],
      ['file', 'a.txt'],
      ['directory', 'b'],
    ])
    const deep = await Array.fromAsync(listFiles({ ...hub, repo, recursive: true, expand: true }))
    expect(deep.map(({ path }) => path)).toEqual([
      '.gitattributes',
      'a.txt',
      'b',
      'b/c.txt',
      'b/d',
      'b/d/e.bin',
    ])
    expect(deep.at(-1)).toMatchObject({
      size: 20_000,
      lfs: { size: 20_000 },
      xetHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(deep.every(({ lastCommit }) => lastCommit?.id.length === 40)).toBe(true)
    const below = await Array.fromAsync(listFiles({ ...hub, repo, path: 'b/d' }))
    expect(below.map(({ path }) => path)).toEqual(['b/d/e.bin'])
  })

  it('describes paths', async () => {
    const repo = await repository({ 'a.txt': Buffer.from('1'), 'b.bin': randomBytesOf('b', 20_000) })
    const found = await pathsInfo({ ...hub, repo, paths: ['b.bin', 'never', 'a.txt'], expand: true })
    expect(found.map(({ path }) => path)).toEqual(['b.bin', 'a.txt'])
    expect(found[0]).toMatchObject({ size: 20_000, lfs: { oid: sha256Of(randomBytesOf('b', 20_000)) } })
    expect(found[1]?.lastCommit.date).toBeInstanceOf(Date)
  })

  it('commits additions and deletions together', async () => {
    const repo = await repository({ 'a.txt': Buffer.from('1'), 'b/c.txt': Buffer.from('2') })
    const committed = await commit({
      ...hub,
      repo,
      title: 'A title',
      description: 'and more',
      operations: [
        { operation: 'delete', path: 'a.txt' },
        { operation: 'addOrUpdate', path: 'b/c.txt', content: new Blob(['3']) },
        { operation: 'addOrUpdate', path: 'd.bin', content: new Blob([randomBytesOf('d', 40_000)]) },
      ],
    })
    expect(committed?.commit.url).toBe(`${node.url}/${repo.name}/commit/${committed?.commit.oid}`)
    expect(await bytesOf(repo, 'a.txt')).toBeNull()
    expect(String(await bytesOf(repo, 'b/c.txt'))).toBe('3')
    const [newest] = await Array.fromAsync(listCommits({ ...hub, repo }))
    expect(newest).toMatchObject({ oid: committed?.commit.oid, title: 'A title', message: 'and more' })
    expect(newest?.authors).toMatchObject([{ username: node.admin }])
    expect(await countCommits({ ...hub, repo })).toBe(3)
  })

  it('edits a large file without sending it again', async () => {
    const before = randomBytesOf('edit', 2_000_000)
    const repo = await repository({ 'a.bin': before })
    const originalContent = (await downloadFile({ ...hub, repo, path: 'a.bin' })) ?? new Blob()
    const edits = [{ content: new Blob(['inserted']), start: 1_000_000, end: 1_000_000 }]
    await commit({
      ...hub,
      repo,
      title: 'Edit',
      operations: [{ operation: 'edit', path: 'a.bin', originalContent, edits }],
    })
    const after = Buffer.concat([
      before.subarray(0, 1_000_000),
      Buffer.from('inserted'),
      before.subarray(1_000_000),
    ])
    expect((await bytesOf(repo, 'a.bin'))?.equals(after)).toBe(true)
  })

  it('refuses a commit onto a branch that moved', async () => {
    const repo = await repository()
    const { sha } = await modelInfo({ ...hub, name: repo.name, additionalFields: ['sha'] })
    const files = [{ path: 'a.txt', content: new Blob(['1']) }]
    await uploadFiles({ ...hub, repo, files, parentCommit: sha })
    await expect(
      uploadFiles({ ...hub, repo, files: [{ path: 'b.txt', content: new Blob(['1']) }], parentCommit: sha }),
    ).rejects.toMatchObject({
      statusCode: 412,
    })
  })

  it('deletes files', async () => {
    const repo = await repository({ 'a.txt': Buffer.from('1'), 'b.txt': Buffer.from('2') })
    await deleteFiles({ ...hub, repo, paths: ['a.txt', 'b.txt'] })
    expect((await Array.fromAsync(listFiles({ ...hub, repo }))).map(({ path }) => path)).toEqual([
      '.gitattributes',
    ])
  })

  it('makes, writes and deletes branches', async () => {
    const repo = await repository({ 'a.txt': Buffer.from('1') })
    await createBranch({ ...hub, repo, branch: 'dev' })
    await createBranch({ ...hub, repo, branch: 'bare', empty: true })
    await upload(repo, { 'a.txt': Buffer.from('2') }, { branch: 'dev' })
    expect(String(await bytesOf(repo, 'a.txt', 'dev'))).toBe('2')
    expect(String(await bytesOf(repo, 'a.txt'))).toBe('1')
    expect(await Array.fromAsync(listFiles({ ...hub, repo, revision: 'bare' }))).toEqual([])
    await expect(createBranch({ ...hub, repo, branch: 'dev' })).rejects.toMatchObject({ statusCode: 409 })
    await createBranch({ ...hub, repo, branch: 'dev', overwrite: true, revision: 'main' })
    await deleteBranch({ ...hub, repo, branch: 'dev' })
    await expect(modelInfo({ ...hub, name: repo.name, revision: 'dev' })).rejects.toMatchObject({
      statusCode: 404,
    })
    await expect(deleteBranch({ ...hub, repo, branch: 'main' })).rejects.toBeInstanceOf(HubApiError)
  })

  it('lists models and data sets page by page', async () => {
    const owner = await node.addUser('many').then((accessToken) => ({ accessToken, name: 'many' }))
    for (let number = 0; number < 25; number++) {
      const type = number < 21 ? ('model' as const) : ('dataset' as const)
      await createRepo({
        hubUrl: node.url,
        accessToken: owner.accessToken,
        repo: { type, name: `many/paged-${number}` },
      })
    }
    const search = { owner: owner.name }
    const listed = await Array.fromAsync(listModels({ ...hub, search, additionalFields: ['tags', 'author'] }))
    expect(new Set(listed.map(({ name }) => name)).size).toBe(21)
    expect(listed[0]).toMatchObject({ author: 'many', private: false, gated: false })
    expect(await Array.fromAsync(listModels({ ...hub, search, limit: 5 }))).toHaveLength(5)
    expect(await Array.fromAsync(listDatasets({ ...hub, search }))).toHaveLength(4)
    const found = await Array.fromAsync(listModels({ ...hub, search: { ...search, query: 'paged-7' } }))
    expect(found.map(({ name }) => name)).toEqual(['many/paged-7'])
  })

  it('says who may read a repository', async () => {
    const repo = { type: 'model' as const, name: `${node.admin}/secret` }
    await createRepo({ ...hub, repo, visibility: 'private' })
    await checkRepoAccess({ ...hub, repo })
    const stranger = { hubUrl: node.url, accessToken: await node.addUser('stranger') }
    await expect(checkRepoAccess({ ...stranger, repo })).rejects.toMatchObject({ statusCode: 404 })
    await expect(checkRepoAccess({ hubUrl: node.url, repo })).rejects.toMatchObject({ statusCode: 401 })
    await expect(
      checkRepoAccess({ ...hub, accessToken: `hf_${'x'.repeat(34)}`, repo }),
    ).rejects.toMatchObject({ statusCode: 401 })
  })

  it('fetches a whole snapshot into the shared cache', async () => {
    await using folder = await temporaryFolder()
    const files = {
      'a.txt': Buffer.from('1'),
      'b/c.bin': randomBytesOf('c', 150_000),
      'empty.txt': new Uint8Array(0),
    }
    const repo = await repository(files)
    const path = await snapshotDownload({ ...hub, repo, cacheDir: folder.path })
    for (const [name, bytes] of Object.entries(files)) {
      expect((await readFile(join(path, name))).equals(bytes)).toBe(true)
    }
  })

  describeWith(silero, 'a real model', (folder) => {
    it('is described from its own header and comes back whole', async () => {
      const weights = await readFile(join(folder, 'silero_vad_16k.safetensors'))
      const repo = await repository({ 'model.safetensors': Buffer.from(weights) })
      const { header, parameterCount } = await parseSafetensorsMetadata({
        ...hub,
        repo,
        computeParametersCount: true,
      }).then((parsed) => ({
        header: 'header' in parsed ? parsed.header : {},
        parameterCount: parsed.parameterCount,
      }))
      expect(Object.keys(header).length).toBeGreaterThan(5)
      const about = await modelInfo({ ...hub, name: repo.name, additionalFields: ['safetensors'] })
      expect(about.safetensors?.parameters).toEqual(parameterCount)
      expect((await bytesOf(repo, 'model.safetensors'))?.equals(weights)).toBe(true)
    })
  })

  it('leaves a node in which everything is whole', async () => {
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })
})
