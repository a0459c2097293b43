import { createHash, randomBytes } from 'node:crypto'
import { copyFile, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { contentOf, fileVectors, referenceUpload } from '../../../test/vectors/xet/recipes.ts'
import { XetHash } from '../../kernel/names.ts'
import { loadCodec } from '../codec/index.ts'
import { HASH_BYTES, buildFooter, footerLength, type ChunkTable } from '../xet/index.ts'
import {
  createWorkerPool,
  type FilePart,
  type IngestJob,
  type IngestedFile,
  type PackedXorb,
  type WorkerPool,
} from './index.ts'

let pool: WorkerPool
beforeAll(() => {
  pool = createWorkerPool()
})
afterAll(() => pool[Symbol.asyncDispose]())

/** A folder that takes what ingests make, and can tell what it holds. */
class Shelf implements AsyncDisposable {
  readonly folder: string
  readonly xorbs = new Map<XetHash, PackedXorb>()
  #staged = 0

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<Shelf> {
    return new Shelf(await mkdtemp(join(tmpdir(), 'ayni-work-')))
  }

  stage = () => join(this.folder, `staged-${this.#staged++}`)

  keep = async (xorb: PackedXorb) => void this.xorbs.set(xorb.hash, xorb)

  ingest(bytes: Uint8Array, job: Partial<IngestJob> = {}): Promise<IngestedFile> {
    return pool.ingest({
      body: inPieces(bytes, 100_000),
      lookup: this.lookup,
      stage: this.stage,
      keep: this.keep,
      ...job,
    })
  }

  /** Knows every chunk, one run per chunk. */
  lookup: IngestJob['lookup'] = async (hashes) =>
    Array.from({ length: hashes.length / HASH_BYTES }, (_, at) => {
      const wanted = Buffer.from(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))
      const found = [...this.xorbs.values()].flatMap(({ hash, table }) =>
        Array.from(table.rows()).flatMap((row, index) => (wanted.equals(row.hash) ? [{ hash, index }] : [])),
      )
      return found
        .slice(0, 1)
        .map(({ hash, index }) => ({ at, xorb: hash, chunks: { start: index, end: index + 1 } }))
    }).flat()

  partsOf(file: IngestedFile): FilePart[] {
    return file.terms.map(({ xorb, chunks }) => ({ ...this.stored(xorb), chunks }))
  }

  stored(hash: XetHash): PackedXorb {
    const xorb = this.xorbs.get(hash)
    if (!xorb) throw new Error(`no xorb ${hash}`)
    return xorb
  }

  get storedBytes(): number {
    return [...this.xorbs.values()].reduce((total, { table }) => total + table.storedBytes, 0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true })
  }
}

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** A body of `count` chunks of 8192 bytes, as short as they may be, each different, all compressible. */
async function* shortChunks(count: number): AsyncGenerator<Uint8Array> {
  const codec = loadCodec()
  const chunk = new Uint8Array(8192)
  // The last 64 bytes decide about a cut, those in the middle about all bits of it; one in 65536 makes one.
  const deciding = new DataView(chunk.buffer, 8192 - 32)
  for (let attempt = 0; codec.nextCut(chunk, 0, 8192) === 0; attempt++) deciding.setUint32(0, attempt)
  for (let number = 0; number < count; number++) {
    new DataView(chunk.buffer).setUint32(0, number)
    yield chunk
  }
}

const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('ingesting', () => {
  it.each(fileVectors())(
    'finds the hashes of $kind bytes ($size, seed $seed), and stores them',
    async (vector) => {
      await using shelf = await Shelf.create()
      const bytes = contentOf(vector)
      const file = await shelf.ingest(bytes)
      expect(file).toMatchObject({ hash: vector.hash, size: vector.size, sha256: sha256Of(bytes) })
      expect(await pool.hashFile({ parts: shelf.partsOf(file) })).toEqual({
        ok: true,
        value: { hash: vector.hash, size: vector.size, sha256: sha256Of(bytes) },
      })
    },
  )

  it('does not care in which pieces the body comes', async () => {
    await using shelf = await Shelf.create()
    const bytes = contentOf({ kind: 'random', seed: 4, size: 5_000_000 })
    const expected = await shelf.ingest(bytes)
    for (const size of [1021, 65_536, 2_097_152, 5_000_000]) {
      expect(await shelf.ingest(bytes, { body: inPieces(bytes, size) })).toEqual(expected)
    }
  })

  it('packs no more than 64 MiB into a xorb, each one explained by its footer', async () => {
    await using shelf = await Shelf.create()
    const file = await shelf.ingest(randomBytes(70_000_000))
    expect(shelf.xorbs.size).toBe(2)
    expect(file.terms).toHaveLength(2)
    for (const { hash, path, table } of shelf.xorbs.values()) {
      expect(table.storedBytes).toBeLessThanOrEqual(64 * 1024 * 1024)
      const bytes = await readFile(path)
      expect(bytes.subarray(table.storedBytes).equals(buildFooter(hash, table))).toBe(true)
      expect(crcsOf(bytes, table)).toEqual(Array.from(table.rows(), (row) => row.crc))
    }
  })

  it('compresses what gets shorter, by planes where that is better', async () => {
    await using shelf = await Shelf.create()
    await shelf.ingest(contentOf({ kind: 'text', seed: 1, size: 1_000_000 }))
    expect(shelf.storedBytes).toBeLessThan(400_000)
    const before = shelf.storedBytes
    await shelf.ingest(contentOf({ kind: 'weights', seed: 1, size: 1_000_000 }))
    expect(shelf.storedBytes - before).toBeLessThan(850_000)
  })

  it('stores nothing twice', async () => {
    await using shelf = await Shelf.create()
    const bytes = contentOf({ kind: 'random', seed: 6, size: 8_000_000 })
    const first = await shelf.ingest(bytes)
    const before = shelf.storedBytes
    expect(await shelf.ingest(bytes)).toEqual(first)
    expect(shelf.storedBytes).toBe(before)

    const changed = Uint8Array.from(bytes).fill(0, 3_000_000, 3_000_100)
    const file = await shelf.ingest(changed)
    expect(shelf.storedBytes - before).toBeLessThan(400_000)
    expect(await pool.hashFile({ parts: shelf.partsOf(file) })).toMatchObject({
      value: { sha256: sha256Of(changed) },
    })
  })

  it('stores a body’s own repetitions once, and scatters no file', async () => {
    await using shelf = await Shelf.create()
    const part = contentOf({ kind: 'random', seed: 7, size: 3_000_000 })
    const zeros = new Uint8Array(20_000_000)
    const bytes = Buffer.concat([part, zeros, part])
    const file = await shelf.ingest(bytes, { lookup: async () => [] })
    expect(shelf.storedBytes).toBeLessThan(3_400_000)
    expect(file.terms.length).toBeLessThan(60)
    expect(await pool.hashFile({ parts: shelf.partsOf(file) })).toMatchObject({
      value: { sha256: sha256Of(bytes) },
    })
  })

  it('packs no more than 8192 chunks into a xorb, and keeps xorbs one at a time, in the order of the file', async () => {
    await using shelf = await Shelf.create()
    const order: PackedXorb[] = []
    let isKeeping = false
    const file = await shelf.ingest(new Uint8Array(), {
      body: shortChunks(20_000),
      lookup: async () => [],
      async keep(xorb) {
        expect(isKeeping).toBe(false)
        isKeeping = true
        await new Promise((resolve) => setTimeout(resolve, 50))
        isKeeping = false
        order.push(xorb)
      },
    })
    expect(order.map(({ table }) => table.count)).toEqual([8192, 8192, 3616])
    expect(order.map(({ hash }) => hash)).toEqual(file.terms.map((term) => term.xorb))
  })

  it('takes a body no faster than it can be stored', async () => {
    await using shelf = await Shelf.create()
    const release = Promise.withResolvers<void>()
    const bytes = contentOf({ kind: 'random', seed: 8, size: 1_000_000 })
    let taken = 0
    async function* body() {
      for (; taken < 30; taken++) yield bytes
    }
    const ingesting = shelf.ingest(bytes, {
      body: body(),
      async lookup() {
        await release.promise
        return []
      },
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(taken).toBeLessThan(12)
    release.resolve()
    expect((await ingesting).size).toBe(30_000_000)
  })

  it('works on many bodies at once', async () => {
    await using shelf = await Shelf.create()
    const recipes = Array.from(
      { length: 12 },
      (_, seed) => ({ kind: 'random', seed, size: 2_500_000 }) as const,
    )
    const bodies = recipes.map(contentOf)
    const files = await Promise.all(bodies.map((bytes) => shelf.ingest(bytes)))
    expect(files.map((file) => file.sha256)).toEqual(bodies.map(sha256Of))
    for (const file of files)
      expect(await pool.hashFile({ parts: shelf.partsOf(file) })).toMatchObject({ ok: true })
  })
})

describe('an ingest that fails', () => {
  const bytes = contentOf({ kind: 'random', seed: 9, size: 8_000_000 })

  it('fails with the body’s own error and leaves nothing staged', async () => {
    await using shelf = await Shelf.create()
    const error = new Error('the client went away')
    async function* body() {
      yield bytes
      throw error
    }
    await expect(shelf.ingest(bytes, { body: body() })).rejects.toBe(error)
    expect(await readdir(shelf.folder)).toEqual([])
  })

  it('fails with the lookup’s own error', async () => {
    await using shelf = await Shelf.create()
    const error = new Error('the database is closed')
    await expect(shelf.ingest(bytes, { lookup: () => Promise.reject(error) })).rejects.toBe(error)
    expect(await readdir(shelf.folder)).toEqual([])
  })

  it('fails with the keeper’s own error, to whom the file then belongs', async () => {
    await using shelf = await Shelf.create()
    const error = new Error('the store is read-only')
    await expect(shelf.ingest(bytes, { keep: () => Promise.reject(error) })).rejects.toBe(error)
    expect(await readdir(shelf.folder)).toEqual(['staged-0'])
  })

  it('says why it cannot write', async () => {
    await using shelf = await Shelf.create()
    const stage = () => join(shelf.folder, 'missing', 'staged')
    await expect(shelf.ingest(bytes, { stage })).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('stops when its signal says so, though the body is stuck', async () => {
    await using shelf = await Shelf.create()
    const aborting = new AbortController()
    async function* body() {
      yield bytes
      await new Promise(() => undefined)
    }
    const lookup: IngestJob['lookup'] = async () => {
      setTimeout(() => aborting.abort(new Error('cancelled')), 50)
      return []
    }
    await expect(shelf.ingest(bytes, { body: body(), lookup, signal: aborting.signal })).rejects.toThrow(
      'cancelled',
    )
    expect(await readdir(shelf.folder)).toEqual([])
  })

  it('does not disturb the next one', async () => {
    await using shelf = await Shelf.create()
    await expect(shelf.ingest(bytes, { lookup: () => Promise.reject(new Error('no')) })).rejects.toThrow('no')
    expect((await shelf.ingest(bytes)).sha256).toBe(sha256Of(bytes))
  })
})

describe('verifying an uploaded xorb', () => {
  const upload = referenceUpload()
  const hash = XetHash.parse(upload.hash)

  it('gives its table and replaces its footer by ours', async () => {
    await using shelf = await Shelf.create()
    const path = await saved(shelf, upload.xorb)
    const table = await verified(path, hash)
    expect([table.count, table.rawBytes]).toEqual([5, 229_006])
    const bytes = await readFile(path)
    expect(bytes.subarray(0, table.storedBytes).equals(upload.xorb.subarray(0, table.storedBytes))).toBe(true)
    expect(bytes.subarray(table.storedBytes).equals(buildFooter(hash, table))).toBe(true)
    expect(crcsOf(bytes, table)).toEqual(Array.from(table.rows(), (row) => row.crc))
  })

  it('takes one without a footer, or with a damaged one', async () => {
    await using shelf = await Shelf.create()
    const end = upload.xorb.length - footerLength(5)
    const damaged = Buffer.from(upload.xorb).fill(0xff, end + 7)
    const longer = Buffer.concat([upload.xorb, randomBytes(1000)])
    const expected = await verified(await saved(shelf, upload.xorb), hash)
    for (const bytes of [upload.xorb.subarray(0, end), damaged, longer]) {
      const path = await saved(shelf, bytes)
      expect(await verified(path, hash)).toEqual(expected)
      expect((await stat(path)).size).toBe(upload.xorb.length)
    }
  })

  it('takes a xorb that we packed', async () => {
    await using shelf = await Shelf.create()
    await shelf.ingest(contentOf({ kind: 'text', seed: 3, size: 3_000_000 }))
    for (const xorb of shelf.xorbs.values()) expect(await verified(xorb.path, xorb.hash)).toEqual(xorb.table)
  })

  it('refuses any change to a chunk, and leaves the file as it was', async () => {
    await using shelf = await Shelf.create()
    const end = upload.xorb.length - footerLength(5)
    const change = fc.tuple(fc.nat(end - 1), fc.integer({ min: 1, max: 255 }))
    await fc.assert(
      fc.asyncProperty(change, async ([at, difference]) => {
        const bytes = Buffer.from(upload.xorb)
        bytes[at] = (bytes[at] ?? 0) ^ difference
        const path = await saved(shelf, bytes)
        const table = await pool.verifyXorb({ path, hash })
        // Some bytes mean nothing: a frame's header checksum, and matches that may lie at two distances.
        if (table.ok) expect(table.value.rawBytes).toBe(229_006)
        else {
          expect(table.failure.reason).toBe('invalidXorb')
          expect((await readFile(path)).equals(bytes)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it.each([
    ['empty', () => new Uint8Array(), 'no chunks'],
    ['only a footer', (xorb: Uint8Array) => xorb.subarray(xorb.length - footerLength(5)), 'no chunks'],
    ['cut short', (xorb: Uint8Array) => xorb.subarray(0, 60_000), 'chunk 1, at byte 57697, is malformed'],
    [
      'followed by noise',
      (xorb: Uint8Array) => Buffer.concat([xorb.subarray(0, 57_697), Buffer.alloc(9)]),
      'chunk 1',
    ],
    ['another', (xorb: Uint8Array) => xorb.subarray(0, 57_697), 'its chunks make xorb'],
  ])('refuses one that is %s', async (_, spoil, problem) => {
    await using shelf = await Shelf.create()
    const path = await saved(shelf, spoil(upload.xorb))
    const refused = await pool.verifyXorb({ path, hash })
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'invalidXorb' } })
    expect(JSON.stringify(refused)).toContain(problem)
  })

  it('refuses more chunks than a xorb may have', async () => {
    await using shelf = await Shelf.create()
    const chunk = Uint8Array.fromHex('0001000000010000aa').with(5, 1).with(1, 1)
    const path = await saved(shelf, Buffer.concat(Array.from({ length: 8193 }, () => chunk)))
    expect(JSON.stringify(await pool.verifyXorb({ path, hash }))).toContain('more than 8192 chunks')
  })

  async function saved(shelf: Shelf, bytes: Uint8Array): Promise<string> {
    const path = shelf.stage()
    await writeFile(path, bytes)
    return path
  }

  async function verified(path: string, hash: XetHash): Promise<ChunkTable> {
    const table = await pool.verifyXorb({ path, hash })
    if (!table.ok) throw new Error(JSON.stringify(table.failure))
    return table.value
  }
})

describe('hashing a stored file', () => {
  const bytes = contentOf({ kind: 'text', seed: 12, size: 3_000_000 })

  it('hashes just the chunks it is given, and tells how far it is', async () => {
    await using shelf = await Shelf.create()
    await shelf.ingest(bytes)
    const [xorb] = shelf.xorbs.values()
    if (!xorb) throw new Error('nothing was stored')
    const chunks = { start: 3, end: 7 }
    const { start, end } = xorb.table.rawSpan(chunks)
    const progress: number[] = []
    const hashed = await pool.hashFile({
      parts: [
        { ...xorb, chunks },
        { ...xorb, chunks },
      ],
      onProgress: (bytes) => void progress.push(bytes),
    })
    const twice = Buffer.concat([bytes.subarray(start, end), bytes.subarray(start, end)])
    expect(hashed).toMatchObject({ ok: true, value: { sha256: sha256Of(twice), size: twice.length } })
    expect(progress).toEqual([twice.length / 2, twice.length])
  })

  it('finds every flipped bit', async () => {
    await using shelf = await Shelf.create()
    const file = await shelf.ingest(bytes)
    const [part] = shelf.partsOf(file)
    if (!part) throw new Error('nothing was stored')
    const damaged = join(shelf.folder, 'damaged')
    const stored = await readFile(part.path)
    await fc.assert(
      fc.asyncProperty(fc.nat(part.table.storedBytes - 1), fc.nat(7), async (at, bit) => {
        const flipped = Buffer.from(stored)
        flipped[at] = (flipped[at] ?? 0) ^ (1 << bit)
        await writeFile(damaged, flipped)
        const hashed = await pool.hashFile({ parts: [{ ...part, path: damaged }] })
        expect(hashed).toMatchObject({ ok: false, failure: { reason: 'damagedContent' } })
      }),
      { numRuns: 40 },
    )
  })

  it('finds that a file is cut short, and rejects for one that is gone', async () => {
    await using shelf = await Shelf.create()
    const [part] = shelf.partsOf(await shelf.ingest(bytes))
    if (!part) throw new Error('nothing was stored')
    const cut = join(shelf.folder, 'cut')
    await copyFile(part.path, cut)
    await writeFile(cut, (await readFile(cut)).subarray(0, part.table.storedBytes - 1))
    expect(await pool.hashFile({ parts: [{ ...part, path: cut }] })).toMatchObject({
      ok: false,
      failure: { reason: 'damagedContent' },
    })
    await rm(cut)
    await expect(pool.hashFile({ parts: [{ ...part, path: cut }] })).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('stops when its signal says so', async () => {
    await using shelf = await Shelf.create()
    const [part] = shelf.partsOf(await shelf.ingest(bytes))
    if (!part) throw new Error('nothing was stored')
    const aborting = new AbortController()
    const endless = { [Symbol.iterator]: () => ({ next: () => ({ done: false as const, value: part }) }) }
    const hashing = pool.hashFile({
      parts: endless,
      signal: aborting.signal,
      onProgress: () => aborting.abort(new Error('cancelled')),
    })
    await expect(hashing).rejects.toThrow('cancelled')
  })
})

function crcsOf(xorb: Uint8Array, table: ChunkTable): number[] {
  return Array.from({ length: table.count }, (_, index) => {
    const { start, end } = table.storedRange(index)
    return crc32(xorb.subarray(start, end))
  })
}
