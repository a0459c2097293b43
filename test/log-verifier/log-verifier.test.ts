import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { utf8 } from '../../src/kernel/bytes.ts'
import {
  convicts,
  formatCheckpoint,
  formatForkFile,
  formatVerifierKey,
  leafHash,
  parseForkFile,
  parseNote,
  proveFork,
  signNote,
  type TileReader,
  tilePath,
} from '../../src/log/tlog/index.ts'
import { LOG_KEY, someEntries, writtenLog } from '../../src/log/tlog/written-log.contract.ts'
import { describeWith } from '../support/describe-with.ts'
import { run, temporaryFolder, type TemporaryFolder } from '../support/index.ts'
import { buildVerifier, findGo, GO_MODULE } from './build.ts'

const SOURCE = fileURLToPath(new URL('.', import.meta.url))
const AYNI = fileURLToPath(new URL('../../bin/ayni.js', import.meta.url))
const KEY = formatVerifierKey(LOG_KEY.verifier)
const SIZES = [0, 1, 255, 256, 257, 70_000]

async function writeFiles(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

const flipped = (bytes: Uint8Array, bit: number) =>
  bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describeWith(await findGo(), 'a verifier that shares no code with ours', (go) => {
  let home: TemporaryFolder
  let built: Awaited<ReturnType<typeof buildVerifier>>
  let verifier: string
  const folderOf = (size: number) => join(home.path, String(size))
  const theirs = (...args: readonly string[]) => run(verifier, [...args, KEY])
  const ours = (folder: string) =>
    run(process.execPath, [AYNI, 'log', 'verify', folder, '--key', KEY, '--json'])

  beforeAll(async () => {
    home = await temporaryFolder()
    built = await buildVerifier(go)
    verifier = built.path
    for (const size of SIZES) await writeFiles(folderOf(size), writtenLog(someEntries(size)).files)
  })
  afterAll(async () => {
    await built[Symbol.asyncDispose]()
    await home[Symbol.asyncDispose]()
  })

  it.each(SIZES)('accepts our log of %i entries, and so do we', async (size) => {
    const root = writtenLog(someEntries(size)).root.toBase64()
    expect(await theirs(folderOf(size))).toMatchObject({
      code: 0,
      stdout: `OK example.org/log ${size} ${root}\n`,
    })
    const { code, stdout } = await ours(folderOf(size))
    expect({ code, said: JSON.parse(stdout) }).toEqual({
      code: 0,
      said: { origin: 'example.org/log', size, root, ok: true, redacted: 0 },
    })
  })

  it.each([
    [1, 31],
    [257, 9601],
  ])('refuses a flipped bit in any file of %i entries', async (size, step) => {
    const accepted: string[] = []
    for (const [path, bytes] of writtenLog(someEntries(size)).files) {
      for (let bit = 0; bit < bytes.length * 8; bit += step) {
        await writeFile(join(folderOf(size), path), flipped(bytes, bit))
        if ((await theirs(folderOf(size))).code !== 1) accepted.push(`${path} ${bit}`)
      }
      if ((await ours(folderOf(size))).code !== 1) accepted.push(`${path}, by us`)
      await writeFile(join(folderOf(size), path), bytes)
    }
    expect(accepted).toEqual([])
  })

  it('refuses a flipped bit at each level of a large log', async () => {
    const accepted: string[] = []
    const { files } = writtenLog(someEntries(70_000))
    for (const path of [
      'tile/0/100',
      'tile/0/273.p/112',
      'tile/1/000',
      'tile/1/001.p/17',
      'tile/2/000.p/1',
    ]) {
      const bytes = files.get(path) ?? utf8('')
      await writeFile(join(folderOf(70_000), path), flipped(bytes, bytes.length * 8 - 1))
      const codes = [(await theirs(folderOf(70_000))).code, (await ours(folderOf(70_000))).code]
      if (codes.some((code) => code !== 1)) accepted.push(`${path}: ${codes.join()}`)
      await writeFile(join(folderOf(70_000), path), bytes)
    }
    expect(accepted).toEqual([])
  })

  it('refuses an entry and its tile that were exchanged together', async () => {
    const whole = writtenLog(someEntries(70_000)).files
    const forged = writtenLog(someEntries(70_000).with(25_700, utf8('forged'))).files
    const both = ['tile/0/100', 'tile/entries/100']
    const put = (files: ReadonlyMap<string, Uint8Array>) =>
      writeFiles(folderOf(70_000), new Map([...files].filter(([path]) => both.includes(path))))
    await put(forged)
    expect((await theirs(folderOf(70_000))).code).toBe(1)
    expect((await ours(folderOf(70_000))).code).toBe(1)
    await put(whole)
  })

  it('is convinced of a fork by our proof, and of none by anything else', async () => {
    const [first, second, proof] = ['first', 'second', 'proof'].map((name) => join(home.path, name))
    if (!first || !second || !proof) throw new Error('three names')
    const convict = () => theirs('-fork', first, second, proof)
    const log = writtenLog(someEntries(600))
    const reader: TileReader = { read: async (tile) => log.files.get(tilePath(tile)) ?? utf8('') }
    await writeFile(second, log.files.get('checkpoint') ?? utf8(''))
    for (const size of [1, 100, 256, 300, 512, 599]) {
      const hashes = await proveFork(reader, size, 600)
      await writeFile(proof, hashes.map((hash) => `${hash.toBase64()}\n`).join(''))
      const entries = someEntries(size).with(size >> 1, utf8('another'))
      await writeFile(first, writtenLog(entries).files.get('checkpoint') ?? utf8(''))
      expect(await convict()).toMatchObject({ code: 0, stdout: `FORK example.org/log ${size} 600\n` })
      await writeFile(first, writtenLog(someEntries(size)).files.get('checkpoint') ?? utf8(''))
      expect(await convict()).toMatchObject({ code: 1, stderr: expect.stringContaining('no fork') })
    }
    await writeFile(proof, '')
    expect(await convict()).toMatchObject({ code: 1, stderr: 'no proof\n' })
  })

  it('is convinced of a fork by one file, and by none that was changed', async () => {
    const log = writtenLog(someEntries(600))
    const reader: TileReader = { read: async (tile) => log.files.get(tilePath(tile)) ?? utf8('') }
    const other = writtenLog(someEntries(300).with(150, utf8('another'))).files
    const [second, first] = [log.files, other].map((files) => parseNote(files.get('checkpoint') ?? utf8('')))
    if (!first || !second) throw new Error('no notes')
    const file = formatForkFile({ first, second, proof: await proveFork(reader, 300, 600) })
    expect(parseForkFile(utf8(file))).toEqual({ first, second, proof: await proveFork(reader, 300, 600) })
    const path = join(home.path, 'evidence')
    await writeFile(path, file)
    expect(await theirs('-fork', path)).toMatchObject({ code: 0, stdout: 'FORK example.org/log 300 600\n' })
    const accepted: number[] = []
    for (let bit = 0; bit < file.length * 8; bit += 97) {
      const bent = flipped(utf8(file), bit)
      await writeFile(path, bent)
      const evidence = parseForkFile(bent)
      const isOurs = evidence !== null && convicts(evidence, () => LOG_KEY.verifier)
      if (isOurs || (await theirs('-fork', path)).code !== 1) accepted.push(bit)
    }
    expect(accepted).toEqual([])
  })

  it('is convinced by two roots of one size', async () => {
    const [first, second, proof] = ['one', 'two', 'none'].map((name) => join(home.path, name))
    if (!first || !second || !proof) throw new Error('three names')
    const signed = (word: string) =>
      signNote(formatCheckpoint({ origin: 'example.org/log', size: 1, root: leafHash(utf8(word)) }), [
        LOG_KEY,
      ])
    await writeFile(first, signed('one'))
    await writeFile(second, signed('two'))
    await writeFile(proof, '')
    expect(await theirs('-fork', first, second, proof)).toMatchObject({ code: 0 })
    expect(await theirs('-fork', first, first, proof)).toMatchObject({ code: 1 })
    expect(await run(verifier, [])).toMatchObject({ code: 2 })
  })

  it('leaves nothing beside its source', async () => {
    expect((await readdir(SOURCE)).filter((name) => !/\.(?:go|mod|ts)$/.test(name))).toEqual([])
    expect(await readFile(join(SOURCE, 'go.mod'), 'utf8')).toContain(GO_MODULE)
  })
})
