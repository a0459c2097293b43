import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { run, startNode, temporaryFolder, type TestNode } from '../support/index.ts'

const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))

async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run(process.execPath, [AYNI, ...args, '--json'])
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`)
  return JSON.parse(stdout)
}

const AWFUL = 'subfolder/to?/awful?filename%you:should,never.give'

/** A small model, with everything that makes folders difficult. */
async function writeModel(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map([
    ['README.md', Buffer.from('---\nlicense: mit\n---\n# Model\n')],
    ['empty.txt', Buffer.alloc(0)],
    ['weights/model.safetensors', randomBytes(11_000_000)],
    ['data/नमूना ملف.txt', Buffer.from('names in any script')],
    [AWFUL, Buffer.from('awful')],
  ])
  for (const [path, bytes] of files) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  return files
}

describe('publish and get', () => {
  let node: TestNode
  beforeAll(async () => {
    node = await startNode()
  })
  afterAll(() => node[Symbol.asyncDispose]())

  it('bring a folder to a node and back, and do nothing twice', async () => {
    await using folder = await temporaryFolder()
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
    const files = await writeModel(from)
    const access = ['--node', node.url, '--token', node.token]

    const published = await json('publish', from, 'nairobi/asr', ...access)
    expect(published).toMatchObject({
      created: true,
      files: files.size,
      changed: files.size,
      url: `${node.url}/nairobi/asr`,
    })
    const again = await json('publish', from, 'nairobi/asr', ...access)
    expect(again).toMatchObject({ created: false, changed: 0, commit: null })

    const fetched = await json('get', 'nairobi/asr', to, '--node', node.url)
    expect(fetched['commit']).toBe(published['commit'])
    for (const [path, bytes] of files) expect((await readFile(join(to, path))).equals(bytes)).toBe(true)
    expect(await json('get', 'nairobi/asr', to, '--node', node.url)).toMatchObject({ fetched: 0 })

    await writeFile(join(from, 'README.md'), 'changed')
    const changed = await json('publish', from, 'nairobi/asr', ...access, '--message', 'Change the card')
    expect(changed).toMatchObject({ changed: 1 })
    expect(await json('get', 'nairobi/asr', to, '--node', node.url)).toMatchObject({ fetched: 1 })
    expect(await readFile(join(to, 'README.md'), 'utf8')).toBe('changed')

    const early = join(folder.path, 'early')
    await json('get', 'nairobi/asr', early, '--node', node.url, '--revision', String(published['commit']))
    expect(await readFile(join(early, 'README.md'), 'utf8')).toContain('license: mit')
  }, 120_000)

  it('go on where they stopped', async () => {
    await using folder = await temporaryFolder()
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')]
    const files = await writeModel(from)
    await json('publish', from, 'nairobi/tts', '--node', node.url, '--token', node.token)
    await json('get', 'nairobi/tts', to, '--node', node.url)

    const weights = join(to, 'weights', 'model.safetensors')
    await writeFile(`${weights}.ayni-part`, await readFile(weights))
    await truncate(`${weights}.ayni-part`, 4_000_000)
    await rm(weights)
    expect(await json('get', 'nairobi/tts', to, '--node', node.url)).toMatchObject({ fetched: 1 })
    const bytes = files.get('weights/model.safetensors')
    expect(bytes?.equals(await readFile(weights))).toBe(true)
    expect(await readdir(join(to, 'weights'))).toEqual(['model.safetensors'])
  }, 120_000)

  it('keep a private data set to those who may read it', async () => {
    await using folder = await temporaryFolder()
    const from = join(folder.path, 'from')
    await writeModel(from)
    const access = ['--node', node.url, '--token', node.token]
    await json('publish', from, 'nairobi/corpus', '--type', 'dataset', '--private', ...access)
    const target = join(folder.path, 'to')
    const env = { HF_TOKEN: '', HF_TOKEN_PATH: join(folder.path, 'no-token') }
    const get = ['get', 'datasets/nairobi/corpus', target, '--node', node.url]
    const refused = await run(process.execPath, [AYNI, ...get], { env })
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: 'Invalid username or password.\n' })
    const allowed = await run(process.execPath, [AYNI, ...get], { env: { ...env, HF_TOKEN: node.token } })
    expect(allowed).toMatchObject({ code: 0, stderr: '' })
    expect(allowed.stdout).toContain('6 files, 6 fetched now')
  }, 120_000)

  it('say what is missing', async () => {
    await using folder = await temporaryFolder()
    const env = { HF_TOKEN: '', HF_TOKEN_PATH: join(folder.path, 'no-token') }
    const publish = (...args: readonly string[]) => run(process.execPath, [AYNI, 'publish', ...args], { env })
    const access = ['--node', node.url, '--token', node.token]
    expect(await publish(folder.path, 'nairobi/asr', ...access)).toMatchObject({ code: 1 })
    await writeFile(join(folder.path, 'a'), 'a')
    expect(await publish(folder.path, 'nairobi/asr', '--node', node.url)).toMatchObject({ code: 2 })
    expect(await publish(folder.path, 'asr', ...access)).toMatchObject({ code: 2 })
    expect(await publish(folder.path, 'lima/asr', ...access)).toMatchObject({ code: 1 })
    const nobody = await publish(folder.path, 'nairobi/asr', '--node', 'http://127.0.0.1:1', '--token', 'x')
    expect(nobody.code).toBe(1)
    expect(nobody.stderr).toContain('Nothing answers at 127.0.0.1:1.')
  }, 120_000)
})
