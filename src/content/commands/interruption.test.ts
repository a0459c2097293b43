import { cp, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import {
  inPieces,
  openTestContent,
  temporaryContent,
  type TestContent,
} from '../../../test/support/content.ts'
import { bytesBelow, randomBytesOf, sha256Of, temporaryFolder } from '../../../test/support/index.ts'
import { packForXet, shardOf } from '../../../test/support/xet-upload.ts'
import type { Writer } from '../../database/index.ts'
import { Sha256 } from '../../kernel/names.ts'
import type { ContentDeps } from '../content.ts'
import type { SentPart } from '../types.ts'

const MIB = 1024 * 1024

/**
 * Power fails at each step of an upload: the data folder is copied before and after every call that changes it, and
 * each copy is opened as after a restart. What a caller was told is there; of the rest there is no trace.
 */
describe('an upload that is interrupted', () => {
  it('leaves a file whole or leaves nothing, whatever the step', { timeout: 300_000 }, async () => {
    const bytes = randomBytesOf('ingested', 66 * MIB)
    await using moments = await interrupt((test) => test.content.ingest('kigali', inPieces(bytes, MIB)))
    expect(moments.names).toEqual([...BOTH('put'), ...BOTH('put'), ...BOTH('write')])
    for (const moment of moments.all) {
      await using test = await moment.restart()
      const isDone = moment.name === 'after write'
      expect(await isThere(test, bytes)).toBe(isDone)
      expect(await test.content.usage()).toMatchObject({
        xorbCount: isDone ? 2 : 0,
        fileCount: isDone ? 1 : 0,
      })
      await expectClean(test, moment)
    }
  })

  it('leaves a xorb whole or leaves nothing, whatever the step', { timeout: 300_000 }, async () => {
    const { xorb } = packForXet(randomBytesOf('sent', 2 * MIB))
    await using moments = await interrupt((test) => test.content.storeXorb(xorb.hash, inPieces(xorb.bytes)))
    expect(moments.names).toEqual([...BOTH('verify'), ...BOTH('put'), ...BOTH('write')])
    for (const moment of moments.all) {
      await using test = await moment.restart()
      expect(await test.content.usage()).toMatchObject({ xorbCount: moment.name === 'after write' ? 1 : 0 })
      await expectClean(test, moment)
    }
  })

  it('leaves all of a shard or nothing, whatever the step', { timeout: 300_000 }, async () => {
    const [one, two] = [randomBytesOf('one', MIB), randomBytesOf('two', MIB)]
    const [first, second] = [packForXet(one), packForXet(two)]
    const shard = shardOf([first.file, second.file], [first.xorb, second.xorb])
    await using moments = await interrupt(
      (test) => test.content.registerShard('kigali', inPieces(shard)),
      async (test) => {
        for (const { xorb } of [first, second]) await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
      },
    )
    expect(moments.names).toEqual([...BOTH('hash'), ...BOTH('hash'), ...BOTH('write')])
    for (const moment of moments.all) {
      await using test = await moment.restart()
      const isDone = moment.name === 'after write'
      expect([await isThere(test, one), await isThere(test, two)]).toEqual([isDone, isDone])
      // The xorbs were confirmed before: they are there in any case.
      expect(await test.content.usage()).toMatchObject({ xorbCount: 2, fileCount: isDone ? 2 : 0 })
      await expectClean(test, moment)
    }
  })

  it(
    'loses no part, and completes or keeps all of them, whatever the step',
    { timeout: 300_000 },
    async () => {
      const bytes = randomBytesOf('in parts', 65 * MIB)
      const upload = async ({ content }: TestContent) => {
        const file = { sha256: Sha256.parse(sha256Of(bytes)), size: bytes.length }
        const { id, partSize } = await content.beginMultipart('kigali', file)
        const parts: SentPart[] = []
        for (const number of [1, 2]) {
          const part = bytes.subarray((number - 1) * partSize, number * partSize)
          const stored = await content.storePart(id, number, inPieces(part, MIB))
          if (stored.ok) parts.push({ number, ...stored.value })
        }
        return content.completeMultipart(id, parts)
      }
      await using moments = await interrupt(upload)
      // The last steps: the xorbs, the file counts, the upload is forgotten.
      expect(moments.names.slice(-4)).toEqual([...BOTH('write'), ...BOTH('write')])
      let confirmedParts = 0
      for (const [index, moment] of moments.all.entries()) {
        await using test = await moment.restart()
        await expectClean(test, moment)
        if (moment.name === 'after put' && confirmedParts < 2) confirmedParts++
        const isDone = index >= moments.all.length - 3
        expect(await isThere(test, bytes)).toBe(isDone)
        if (isDone) continue
        expect(await partsHeld(test)).toBe(confirmedParts)
        if (index === moments.all.length - 4) expect(await upload(test)).toMatchObject({ ok: true })
      }
    },
  )

  it(
    'has erased a file in the end and kept the others, whatever the step',
    { timeout: 300_000 },
    async () => {
      const shared = randomBytesOf('shared', 2 * MIB)
      const [gone, kept] = [Buffer.concat([randomBytesOf('gone', 65 * MIB), shared]), shared]
      const sha256 = Sha256.parse(sha256Of(gone))
      await using moments = await interrupt(
        async ({ content, database }) => {
          const erasure = { scope: 'member', sha256, size: gone.length, reason: 'legal', time: 0 }
          await database.write((tx) => content.forbid(tx, erasure))
          return { ok: (await content.erase()) === 1 }
        },
        async ({ content }) => {
          for (const bytes of [gone, kept]) await content.ingest('kigali', inPieces(bytes, MIB))
        },
      )
      // It was forbidden. What stays is moved; it counts; two xorbs go.
      const steps = ['put', 'write', 'delete', 'delete']
      expect(moments.names).toEqual(steps.flatMap(BOTH))
      for (const moment of moments.all) {
        await using test = await moment.restart()
        await test.content.erase()
        expect([await isThere(test, gone), await isThere(test, kept)]).toEqual([false, true])
        expect(await bytesBelow(join(test.folder, 'xorbs'))).toBeLessThan(3 * MIB)
        await expectClean(test, moment)
      }
    },
  )
})

const BOTH = (step: string) => [`before ${step}`, `after ${step}`]

/** The data folder at one moment of an operation. */
class Moment {
  readonly name: string
  readonly folder: string

  constructor(name: string, folder: string) {
    this.name = name
    this.folder = folder
  }

  /** Opens the folder as a node does that starts again. */
  async restart(): Promise<TestContent> {
    const test = await openTestContent(this.folder)
    await test.content.recover()
    return test
  }
}

async function isThere({ content }: TestContent, bytes: Uint8Array): Promise<boolean> {
  return (await content.fileOf('kigali', Sha256.parse(sha256Of(bytes)))) !== null
}

async function partsHeld({ folder }: TestContent): Promise<number> {
  const entries = await readdir(join(folder, 'incoming'), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).length
}

/** Everything stored is sound and named, and nothing is staged that no upload under way owns. */
async function expectClean(test: TestContent, { name }: Moment): Promise<void> {
  expect({ name, problems: await test.problems() }).toEqual({ name, problems: [] })
  const uploads = await test.database.read.selectFrom('multipart_upload').select('id').execute()
  if (uploads.length === 0) expect(await bytesBelow(join(test.folder, 'incoming'))).toBe(0)
}

/** The moments of one operation, each in a folder of its own. */
class Moments implements AsyncDisposable {
  readonly all: Moment[] = []
  readonly #folders = new AsyncDisposableStack()

  get names(): readonly string[] {
    return this.all.map((moment) => moment.name)
  }

  async add(name: string, folder: string): Promise<void> {
    const copy = this.#folders.use(await temporaryFolder())
    await cp(folder, copy.path, { recursive: true })
    this.all.push(new Moment(name, copy.path))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#folders.disposeAsync()
  }
}

/** Runs an operation and keeps the data folder as it was before and after each step that matters. */
async function interrupt(
  operation: (test: TestContent) => Promise<{ readonly ok: boolean }>,
  prepare: (test: TestContent) => Promise<void> = async () => {},
): Promise<Moments> {
  const moments = new Moments()
  let folder: string | null = null
  const watched =
    <Given extends unknown[], Value>(name: string, step: (...given: Given) => Promise<Value>) =>
    async (...given: Given): Promise<Value> => {
      if (folder !== null) await moments.add(`before ${name}`, folder)
      const value = await step(...given)
      if (folder !== null) await moments.add(`after ${name}`, folder)
      return value
    }
  await using test = await temporaryContent((deps) => watchSteps(deps, watched))
  await prepare(test)
  folder = test.folder
  expect(await operation(test)).toMatchObject({ ok: true })
  return moments
}

type Watched = <Given extends unknown[], Value>(
  name: string,
  step: (...given: Given) => Promise<Value>,
) => (...given: Given) => Promise<Value>

function watchSteps({ database, xorbs, parts, work, ...rest }: ContentDeps, watched: Watched): ContentDeps {
  return {
    ...rest,
    database: {
      ...database,
      write: <Value>(run: (tx: Writer) => Promise<Value>) => watched('write', () => database.write(run))(),
    },
    xorbs: {
      ...xorbs,
      put: watched('put', (hash, path) => xorbs.put(hash, path)),
      delete: watched('delete', (location) => xorbs.delete(location)),
    },
    parts: { ...parts, put: watched('put', (id, name, path) => parts.put(id, name, path)) },
    work: {
      ...work,
      verifyXorb: watched('verify', (job) => work.verifyXorb(job)),
      hashFile: watched('hash', (job) => work.hashFile(job)),
    },
  }
}
