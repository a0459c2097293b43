import { rm, truncate } from 'node:fs/promises'
import { PassThrough, Writable } from 'node:stream'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import {
  flipBit,
  gather,
  inPieces,
  pathOfXorb,
  temporaryContent,
  type TestContent,
} from '../../../test/support/content.ts'
import { randomBytesOf, textOf, weightsOf } from '../../../test/support/index.ts'
import { packForXet } from '../../../test/support/xet-upload.ts'
import { type ContentReader, DamagedContent } from '../types.ts'

const MIB = 1024 * 1024

describe('reading a file', () => {
  it('gives any range of it, read or piped', { timeout: 120_000 }, async () => {
    await using test = await temporaryContent()
    const bytes = Buffer.concat([randomBytesOf('a', 5 * MIB), textOf('b', 4 * MIB), weightsOf('c', 3 * MIB)])
    // Twice: the second half is made of terms that point back, some in the middle of a xorb.
    const whole = Buffer.concat([bytes, bytes.subarray(1_000_000)])
    const reader = await stored(test, whole)
    const offset = fc.nat(whole.length)
    await fc.assert(
      fc.asyncProperty(offset, offset, async (one, other) => {
        const range = { start: Math.min(one, other), end: Math.max(one, other) }
        const expected = whole.subarray(range.start, range.end)
        expect((await gather(reader.read(range))).equals(expected)).toBe(true)
        expect((await piped(reader, range)).equals(expected)).toBe(true)
      }),
      {
        numRuns: 30,
        examples: [
          [0, whole.length],
          [0, 1],
          [whole.length - 1, whole.length],
        ],
      },
    )
  })

  it('holds little of it however slow its reader is', async () => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('slow', 24 * MIB)
    const reader = await stored(test, bytes)
    let taken = 0
    const slow = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _, done) {
        taken += chunk.length
        setTimeout(done, 5)
      },
    })
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, slow.writableLength)), 1)
    await reader.pipe({ start: 0, end: bytes.length }, slow)
    clearInterval(watch)
    expect(taken).toBe(bytes.length)
    expect(most).toBeLessThanOrEqual(6 * MIB)
  })

  it('stops when its reader goes away or gives up', async () => {
    await using test = await temporaryContent()
    const reader = await stored(test, randomBytesOf('gone', 16 * MIB))
    const whole = { start: 0, end: reader.size }
    const gone = new PassThrough()
    gone.once('data', () => gone.destroy())
    gone.on('error', () => undefined)
    await expect(reader.pipe(whole, gone)).rejects.toThrow('destroy')
    const stop = new AbortController()
    const stuck = new Writable({ write: () => stop.abort(new Error('given up')) })
    await expect(reader.pipe(whole, stuck, stop.signal)).rejects.toThrow('given up')
  })

  it.each([
    ['a flipped bit', (path: string) => flipBit(path, 5 * MIB)],
    ['its end cut off', (path: string) => truncate(path, 5 * MIB)],
    ['its bytes gone', (path: string) => rm(path)],
  ])('gives no byte of a span with %s', async (_, damage) => {
    await using test = await temporaryContent()
    const bytes = randomBytesOf('damaged', 8 * MIB)
    const reader = await stored(test, bytes)
    const { hash } = await test.database.read.selectFrom('xorb').select('hash').executeTakeFirstOrThrow()
    await damage(await pathOfXorb(test, hash))
    let given = Buffer.alloc(0)
    const reading = (async () => {
      for await (const piece of reader.read({ start: 0, end: bytes.length }))
        given = Buffer.concat([given, piece])
    })()
    await expect(reading).rejects.toThrow(DamagedContent)
    expect(given.length).toBeLessThan(5 * MIB)
    expect(given.equals(bytes.subarray(0, given.length))).toBe(true)
    expect(test.events).toContain('contentDamaged')
    await expect(piped(reader, { start: 5 * MIB - 1, end: 5 * MIB + 1 })).rejects.toThrow(DamagedContent)
  })
})

describe('reading a xorb', () => {
  it('gives its chunks as they were sent, without a footer', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(textOf('xorb', 4 * MIB))
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    const reader = await test.content.openXorb(xorb.hash)
    expect(reader?.size).toBe(xorb.bytes.length)
    const whole = { start: 0, end: xorb.bytes.length }
    expect(reader && (await gather(reader.read(whole))).equals(xorb.bytes)).toBe(true)
    expect(reader && (await piped(reader, whole)).equals(xorb.bytes)).toBe(true)
    const part = { start: 100_000, end: 150_000 }
    expect(reader && (await piped(reader, part)).equals(xorb.bytes.subarray(part.start, part.end))).toBe(true)
  })

  it('gives no damaged chunk', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(randomBytesOf('xorb', 2 * MIB))
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    await flipBit(await pathOfXorb(test, xorb.hash), 3)
    const reader = await test.content.openXorb(xorb.hash)
    if (!reader) throw new Error('the xorb is not stored')
    await expect(gather(reader.read({ start: 0, end: reader.size }))).rejects.toThrow(DamagedContent)
  })
})

async function stored(test: TestContent, bytes: Uint8Array): Promise<ContentReader> {
  const file = await test.content.ingest('kigali', inPieces(bytes, MIB))
  const reader = file.ok && (await test.content.openFile(file.value.xetHash))
  if (!reader) throw new Error('the file is not stored')
  return reader
}

async function piped(reader: ContentReader, range: { start: number; end: number }): Promise<Buffer> {
  const parts: Buffer[] = []
  const into = new Writable({
    write(chunk: Uint8Array, _, done) {
      parts.push(Buffer.from(chunk)) // a copy: the reader uses its buffers again
      setImmediate(done)
    },
  })
  await reader.pipe(range, into)
  return Buffer.concat(parts)
}
