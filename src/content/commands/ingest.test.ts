import { setTimeout } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { gather, inPieces, temporaryContent } from '../../../test/support/content.ts'
import { bytesBelow, randomBytesOf, sha256Of, textOf, weightsOf } from '../../../test/support/index.ts'
import { Sha256 } from '../../kernel/names.ts'
import type { ExpectedFile } from '../types.ts'
import { Recipe } from '../xet/index.ts'

const MIB = 1024 * 1024

describe('taking in a file', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['one chunk', randomBytesOf('chunk', 65_536)],
    ['random bytes', randomBytesOf('random', 5 * MIB + 1)],
    ['weights', weightsOf('weights', 5 * MIB)],
    ['text', textOf('text', 3 * MIB)],
    ['zeros', Buffer.alloc(4 * MIB)],
  ])('gives back %s as it came', async (_, bytes) => {
    await using test = await temporaryContent()
    const stored = await test.content.ingest('kigali', inPieces(bytes))
    expect(stored).toMatchObject({ ok: true, value: { sha256: sha256Of(bytes), size: bytes.length } })
    const file = await test.content.fileOf('kigali', Sha256.parse(sha256Of(bytes)))
    const reader = file && (await test.content.openFile(file.xetHash))
    expect(reader?.size).toBe(bytes.length)
    expect(reader && (await gather(reader.read({ start: 0, end: bytes.length }))).equals(bytes)).toBe(true)
    expect(await test.problems()).toEqual([])
  })

  it('keeps the chunks of a body that is cut already, however short', async () => {
    await using test = await temporaryContent()
    const lengths = [
      1,
      8128,
      131_072,
      131_072,
      5000,
      ...Array.from({ length: 60 }, (_, at) => 40_000 + at * 997),
    ]
    const bytes = randomBytesOf(
      'cut',
      lengths.reduce((total, length) => total + length, 0),
    )
    async function* chunks() {
      let at = 0
      for (const length of lengths) yield bytes.subarray(at, (at += length))
    }
    const sha256 = Sha256.parse(sha256Of(bytes))
    const stored = await test.content.ingest('kigali', chunks(), { sha256, isCut: true })
    expect(stored.ok).toBe(true)
    const told = await test.content.recipe('kigali', sha256)
    const recipe = new Recipe(await gather(told?.read({ start: 0, end: told.size }) ?? inPieces(bytes)))
    expect(Array.from(lengths, (_, index) => recipe.length(index))).toEqual(lengths)
    expect(stored).toMatchObject({ value: { xetHash: test.content.hashOf(recipe) } })
    expect(await test.problems()).toEqual([])
  })

  it('stores the same bytes once, whichever repository they come to', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('twice', 6 * MIB)
    await test.content.ingest('kigali', inPieces(bytes))
    const before = await bytesBelow(`${test.folder}/xorbs`)
    await test.content.ingest('quito', inPieces(bytes))
    expect(await bytesBelow(`${test.folder}/xorbs`)).toBe(before)
    expect(await test.content.usage()).toMatchObject({ fileCount: 1, xorbCount: 1, rawBytes: bytes.length })
    expect(await test.problems()).toEqual([])
  })

  it('stores a small part of a copy with a change in the middle and bytes inserted in front', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('original', 16 * MIB)
    await test.content.ingest('kigali', inPieces(bytes))
    const changed = Buffer.concat([randomBytesOf('front', 100_000), bytes])
    changed.set(randomBytesOf('change', 50_000), 9 * MIB)
    const before = await bytesBelow(`${test.folder}/xorbs`)
    const stored = await test.content.ingest('kigali', inPieces(changed))
    expect((await bytesBelow(`${test.folder}/xorbs`)) - before).toBeLessThan(5 * MIB)
    const reader = stored.ok && (await test.content.openFile(stored.value.xetHash))
    expect(reader && (await gather(reader.read({ start: 0, end: changed.length }))).equals(changed)).toBe(
      true,
    )
    expect(await test.problems()).toEqual([])
  })

  it('stores bytes that occur twice in one file once', async () => {
    await using test = await temporaryContent()
    const half = randomBytesOf('half', 80 * MIB)
    // What is still being written to a slow disk cannot be found again: the second half waits for the first xorb.
    async function* twice() {
      yield* inPieces(half, MIB)
      while ((await bytesBelow(`${test.folder}/xorbs`)) === 0) await setTimeout(50)
      await setTimeout(50)
      yield* inPieces(half, MIB)
    }
    const stored = await test.content.ingest('kigali', twice())
    expect(stored.ok).toBe(true)
    expect((await test.content.usage()).storedBytes).toBeLessThan(1.4 * half.length)
    expect(await test.problems()).toEqual([])
  })

  it.each<[string, ExpectedFile, string]>([
    ['another hash', { sha256: Sha256.parse(sha256Of(Buffer.from('another'))) }, 'hashMismatch'],
    ['more bytes than announced', { size: 3 * MIB - 1 }, 'sizeMismatch'],
    ['fewer bytes than announced', { size: 3 * MIB + 1 }, 'sizeMismatch'],
  ])('refuses %s and keeps nothing', async (_, expected, reason) => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('refused', 3 * MIB)
    const refused = await test.content.ingest('kigali', inPieces(bytes), expected)
    expect(refused).toMatchObject({ ok: false, failure: { reason } })
    expect(await bytesBelow(`${test.folder}/xorbs`)).toBe(0)
    expect(await bytesBelow(`${test.folder}/incoming`)).toBe(0)
    expect(await test.content.usage()).toMatchObject({ fileCount: 0, xorbCount: 0 })
    expect(test.events).toEqual([])
  })

  it('stops reading as soon as there is more than announced', async () => {
    await using test = await temporaryContent()
    let taken = 0
    async function* endless() {
      for (;;) {
        taken++
        yield new Uint8Array(MIB)
      }
    }
    const refused = await test.content.ingest('kigali', endless(), { size: 10 * MIB })
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'sizeMismatch' } })
    expect(taken).toBeLessThanOrEqual(11)
  })

  it('keeps nothing of a body that breaks off', async () => {
    await using test = await temporaryContent()
    async function* broken() {
      yield randomBytesOf('broken', 70 * MIB)
      throw new Error('connection reset')
    }
    await expect(test.content.ingest('kigali', broken())).rejects.toThrow('connection reset')
    expect(await bytesBelow(`${test.folder}/xorbs`)).toBe(0)
    expect(await bytesBelow(`${test.folder}/incoming`)).toBe(0)
  })

  it('keeps nothing when its caller gives up', async () => {
    await using test = await temporaryContent()
    const stop = new AbortController()
    async function* slow() {
      yield randomBytesOf('slow', MIB)
      stop.abort(new Error('given up'))
      yield randomBytesOf('slower', MIB)
    }
    await expect(test.content.ingest('kigali', slow(), {}, stop.signal)).rejects.toThrow('given up')
    expect(await bytesBelow(test.folder + '/xorbs')).toBe(0)
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
  })

  it('refuses a file for a repository that is gone by then', async () => {
    await using test = await temporaryContent()
    const refused = await test.content.ingest('nowhere', inPieces(randomBytesOf('lost', MIB)))
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'repositoryNotFound' } })
    expect(await bytesBelow(`${test.folder}/xorbs`)).toBe(0)
  })

  it('takes in the same bytes many times at once', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('together', 2 * MIB)
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        test.content.ingest(index % 2 ? 'kigali' : 'quito', inPieces(bytes)),
      ),
    )
    expect(all.every((stored) => stored.ok)).toBe(true)
    expect(await test.content.usage()).toMatchObject({ fileCount: 1, xorbCount: 1 })
    expect(await test.problems()).toEqual([])
  })
})

describe('the right to a file', () => {
  it('belongs to the repository it was sent to, until it is granted', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('granted', MIB)
    const stored = await test.content.ingest('geneva', inPieces(bytes))
    const sha256 = Sha256.parse(sha256Of(bytes))
    expect(await test.content.fileOf('quito', sha256)).toBeNull()
    const grant = (from: string, to: string) =>
      test.database.write((tx) => test.content.grant(tx, from, to, sha256))
    expect(await grant('kigali', 'quito')).toBe(false)
    expect(await grant('geneva', 'quito')).toBe(true)
    expect(await test.content.fileOf('quito', sha256)).toEqual(stored.ok && stored.value)
    expect(await test.content.usedBy('quito')).toBe(bytes.length)
    expect(await test.problems()).toEqual([])
  })
})
