import { describe, expect, it } from 'vitest'

import {
  flipBit,
  gather,
  inPieces,
  pathOfXorb,
  temporaryContent,
  type TestContent,
} from '../../../test/support/content.ts'
import { bytesBelow, randomBytesOf, sha256Of, textOf } from '../../../test/support/index.ts'
import { packForXet, shardOf, type SentFile, type SentXorb } from '../../../test/support/xet-upload.ts'
import { Sha256, XetHash } from '../../kernel/names.ts'
import { loadCodec } from '../codec/index.ts'
import { fileHash, MAX_XORB_UPLOAD_BYTES, xetHashOf } from '../xet/index.ts'

const MIB = 1024 * 1024
const HASH = XetHash.parse('ab'.repeat(32))

it('takes a xorb of 64 MiB of raw bytes, as hf_xet fills them: with its headers it is longer', async () => {
  await using test = await temporaryContent()
  const { xorb } = packForXet(randomBytesOf('full', 64 * 1024 * 1024))
  expect(xorb.bytes.length).toBeGreaterThan(64 * 1024 * 1024)
  expect(await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))).toEqual({
    ok: true,
    value: { wasInserted: true },
  })
})

describe('storing a xorb', () => {
  it('keeps what its hash names, once', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(randomBytesOf('xorb', 3 * MIB))
    expect(await store(test, xorb)).toMatchObject({ ok: true, value: { wasInserted: true } })
    const before = await bytesBelow(test.folder + '/xorbs')
    expect(await store(test, xorb)).toMatchObject({ ok: true, value: { wasInserted: false } })
    expect(await bytesBelow(test.folder + '/xorbs')).toBe(before)
    expect(await test.problems()).toEqual([])
  })

  it.each([
    ['a flipped bit', (bytes: Buffer) => bytes.fill((bytes[500_000] ?? 0) ^ 1, 500_000, 500_001)],
    ['its end cut off', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['bytes appended', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('more')])],
    ['nothing', () => Buffer.alloc(0)],
    ['noise', () => randomBytesOf('noise', 100_000)],
  ])('refuses one with %s and keeps nothing', async (_, damage) => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(randomBytesOf('xorb', MIB))
    const refused = await test.content.storeXorb(xorb.hash, inPieces(damage(Buffer.from(xorb.bytes))))
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'invalidXorb' } })
    expect(await bytesBelow(test.folder + '/xorbs')).toBe(0)
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
  })

  it('refuses one under a hash that is not its own', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(randomBytesOf('xorb', MIB))
    expect(await store(test, { ...xorb, hash: HASH })).toMatchObject({ failure: { reason: 'invalidXorb' } })
    expect(await test.content.openXorb(HASH)).toBeNull()
  })

  it('stops reading one that is too large', async () => {
    await using test = await temporaryContent()
    let taken = 0
    async function* endless() {
      for (;;) {
        taken += MIB
        yield new Uint8Array(MIB)
      }
    }
    expect(await test.content.storeXorb(HASH, endless())).toMatchObject({ failure: { reason: 'tooLarge' } })
    expect(taken).toBeLessThanOrEqual(MAX_XORB_UPLOAD_BYTES + MIB)
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
  })

  it('keeps nothing of one that breaks off', async () => {
    await using test = await temporaryContent()
    async function* broken() {
      yield new Uint8Array(MIB)
      throw new Error('connection reset')
    }
    await expect(test.content.storeXorb(HASH, broken())).rejects.toThrow('connection reset')
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
  })
})

describe('registering a shard', () => {
  it('makes its files usable by the repository, and by no other', async () => {
    await using test = await temporaryContent()
    const bytes = textOf('shard', 2 * MIB)
    const { xorb, file } = packForXet(bytes)
    await store(test, xorb)
    const progress: number[] = []
    const registered = await test.content.registerShard('geneva', inPieces(shardOf([file], [xorb])), {
      onProgress: (verified, total) => progress.push(verified, total),
    })
    const stored = { sha256: sha256Of(bytes), xetHash: file.hash, size: bytes.length }
    expect(registered).toEqual({ ok: true, value: { files: [stored] } })
    expect(progress.slice(-2)).toEqual([bytes.length, bytes.length])
    expect(await test.content.fileOf('geneva', Sha256.parse(stored.sha256))).toEqual(stored)
    expect(await test.content.fileOf('quito', Sha256.parse(stored.sha256))).toBeNull()
    expect(await test.content.reconstruct('quito', file.hash)).toMatchObject({
      failure: { reason: 'contentNotFound' },
    })
    const reader = await test.content.openFile(file.hash)
    expect(reader && (await gather(reader.read({ start: 0, end: bytes.length }))).equals(bytes)).toBe(true)
    expect(await test.problems()).toEqual([])
  })

  it('computes the SHA-256 that a client left out', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('unnamed', MIB)
    const { xorb, file } = packForXet(bytes)
    await store(test, xorb)
    const registered = await register(test, [{ ...file, sha256: null }], [xorb])
    expect(registered).toMatchObject({ ok: true, value: { files: [{ sha256: sha256Of(bytes) }] } })
  })

  it('takes in an empty file', async () => {
    await using test = await temporaryContent()
    const empty = {
      hash: XetHash.parse('0'.repeat(64)),
      terms: [],
      verification: [],
      sha256: sha256Of(Buffer.alloc(0)),
    }
    expect(await register(test, [empty], [])).toMatchObject({ ok: true, value: { files: [{ size: 0 }] } })
    expect(await test.content.reconstruct('kigali', empty.hash)).toMatchObject({
      ok: true,
      value: { terms: [] },
    })
    expect(await test.problems()).toEqual([])
  })

  it('lets a client build on a xorb of another repository when it knows every chunk of it', async () => {
    await using test = await temporaryContent()
    const { xorb, file } = packForXet(randomBytesOf('known', MIB))
    await store(test, xorb)
    await register(test, [file], [xorb], 'geneva')
    expect(await register(test, [file], [], 'kigali')).toMatchObject({ ok: true })
    expect(await test.content.fileOf('kigali', Sha256.parse(file.sha256 ?? ''))).toMatchObject({
      xetHash: file.hash,
    })
  })

  const other = packForXet(randomBytesOf('other', MIB))
  const proofless = (file: SentFile) => ({ ...file, verification: [new Uint8Array(32).fill(7)] })
  const term = (file: SentFile, change: object) => ({
    ...file,
    terms: file.terms.map((one) => ({ ...one, ...change })),
  })
  it.each<[string, (file: SentFile, xorb: SentXorb) => [SentFile[], SentXorb[]], string]>([
    [
      'a file without proof that its sender has the chunks',
      (file, xorb) => [[proofless(file)], [xorb]],
      'invalidShard',
    ],
    [
      'another SHA-256 than the bytes have',
      (file, xorb) => [[{ ...file, sha256: sha256Of(Buffer.from('x')) }], [xorb]],
      'hashMismatch',
    ],
    [
      'a file under a hash that is not its own',
      (file, xorb) => [[{ ...file, hash: HASH }], [xorb]],
      'invalidShard',
    ],
    [
      'a term of another length',
      (file, xorb) => [[term(file, { rawLength: MIB - 1 })], [xorb]],
      'invalidShard',
    ],
    [
      'a term past the end of its xorb',
      (file, xorb) => [[term(file, { chunks: { start: 0, end: 4000 } })], [xorb]],
      'invalidShard',
    ],
    [
      'a term of a xorb that is not stored',
      (file, xorb) => [[term(file, { xorb: other.xorb.hash })], [xorb]],
      'missingXorb',
    ],
    ['a xorb that is not stored', (file, xorb) => [[file], [xorb, other.xorb]], 'missingXorb'],
    [
      'other chunks than the xorb has',
      (file, xorb) => [[file], [{ ...xorb, chunks: other.xorb.chunks }]],
      'invalidShard',
    ],
    ['one good file and one bad', (file, xorb) => [[file, proofless(other.file)], [xorb]], 'missingXorb'],
  ])('refuses %s, and nothing of it counts', async (_, change, reason) => {
    await using test = await temporaryContent()
    const { xorb, file } = packForXet(randomBytesOf('claimed', MIB))
    await store(test, xorb)
    expect(await register(test, ...change(file, xorb))).toMatchObject({ ok: false, failure: { reason } })
    expect(await test.content.usage()).toMatchObject({ fileCount: 0, xorbCount: 1 })
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
    expect(await test.problems()).toEqual([])
  })

  it('refuses noise', async () => {
    await using test = await temporaryContent()
    const refused = await test.content.registerShard('kigali', inPieces(randomBytesOf('noise', 4800)))
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'invalidShard' } })
  })

  it('refuses to vouch for bytes that were damaged after they were stored', async () => {
    await using test = await temporaryContent()
    const { xorb, file } = packForXet(randomBytesOf('rotten', MIB))
    await store(test, xorb)
    await flipBit(await pathOfXorb(test, xorb.hash), 300_000)
    expect(await register(test, [file], [xorb])).toMatchObject({ failure: { reason: 'damagedContent' } })
  })

  it('gives one file two hashes when two clients cut it differently, both readable', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('cut twice', MIB)
    const { xorb, file } = packForXet(bytes)
    await store(test, xorb)
    await register(test, [file], [xorb])
    const halves = [bytes.subarray(0, 40_000), bytes.subarray(40_000)].map((half) => packForXet(half))
    for (const half of halves) await store(test, half.xorb)
    const joined = joinFiles(
      halves.map((half) => half.file),
      halves.map((half) => half.xorb),
      sha256Of(bytes),
    )
    expect(await register(test, [joined], [])).toMatchObject({
      ok: true,
      value: { files: [{ sha256: sha256Of(bytes) }] },
    })
    expect(joined.hash).not.toBe(file.hash)
    for (const hash of [file.hash, joined.hash]) {
      const reader = await test.content.openFile(hash)
      expect(reader && (await gather(reader.read({ start: 0, end: MIB }))).equals(bytes)).toBe(true)
    }
    expect(await test.content.usedBy('kigali')).toBe(MIB)
    expect(await test.problems()).toEqual([])
  })
})

function store(test: TestContent, xorb: SentXorb) {
  return test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
}

function register(
  test: TestContent,
  files: readonly SentFile[],
  xorbs: readonly SentXorb[],
  repositoryId = 'kigali',
) {
  return test.content.registerShard(repositoryId, inPieces(shardOf(files, xorbs)))
}

/** The file made of several files' terms, one after the other. */
function joinFiles(files: readonly SentFile[], xorbs: readonly SentXorb[], sha256: string): SentFile {
  return {
    hash: xetHashOf(
      fileHash(
        xorbs.flatMap((xorb) => xorb.chunks),
        loadCodec().keyedHash,
      ),
    ),
    terms: files.flatMap((file) => file.terms),
    verification: files.flatMap((file) => file.verification),
    sha256,
  }
}
