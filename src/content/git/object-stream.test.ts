import { deflateSync } from 'node:zlib'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import {
  BrokenObjectStream,
  END_OF_OBJECTS,
  gitObject,
  type GitObject,
  type GitType,
  objectHeader,
  readObjects,
  type StreamedType,
} from './index.ts'

const LIMITS = {
  objectBytes: { blob: 100_000, tree: 100_000, commit: 100_000, tag: 100_000 },
  totalBytes: 1_000_000,
  objects: 10,
}

const streamOf = (objects: readonly GitObject[]) =>
  concatBytes([
    ...objects.flatMap(({ type, body }) => {
      const zlib = deflateSync(body)
      return [objectHeader(type, body.length, zlib.length), zlib]
    }),
    END_OF_OBJECTS,
  ])

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Uint8Array, size = 7, limits = LIMITS) {
  const found: { oid: string; type: StreamedType }[] = []
  for await (const { oid, type } of readObjects(cut(bytes, size), limits)) found.push({ oid, type })
  return found
}

const problemOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (cause: unknown) => (cause instanceof BrokenObjectStream ? cause.problem : cause),
  )

describe('a stream of git objects', () => {
  it('reads back, however the network cuts it', async () => {
    const object = fc
      .tuple(fc.constantFrom<GitType>('blob', 'tree', 'commit', 'tag'), fc.uint8Array({ maxLength: 200 }))
      .map(([type, body]) => gitObject(type, body))
    await fc.assert(
      fc.asyncProperty(
        fc.array(object, { maxLength: 10 }),
        fc.integer({ min: 1, max: 50 }),
        async (all, size) => {
          expect(await read(streamOf(all), size)).toEqual(all.map(({ oid, type }) => ({ oid, type })))
        },
      ),
    )
  })

  it('is broken wherever it is cut', async () => {
    const whole = streamOf([gitObject('blob', utf8('jambo')), gitObject('blob', new Uint8Array(0))])
    for (let end = 0; end < whole.length; end++)
      expect(await problemOf(read(whole.subarray(0, end)))).toBe('cutShort')
  })

  it('is read up to limits of objects and of bytes', async () => {
    const all = ['a', 'b', 'c'].map((text) => gitObject('blob', utf8(text)))
    expect(await problemOf(read(streamOf(all), 7, { ...LIMITS, objects: 3 }))).toBe('none')
    expect(await problemOf(read(streamOf(all), 7, { ...LIMITS, objects: 2 }))).toBe('tooMany')
    expect(await problemOf(read(streamOf(all), 7, { ...LIMITS, totalBytes: 2 }))).toBe('tooLarge')
  })

  it('is in the bytes of the specification', () => {
    // docs/spec/federation.md: 3 is a blob; five bytes; the zlib stream.
    const header = objectHeader('blob', 5, 13)
    expect(header.toHex()).toBe('03000000050000000d')
    expect(END_OF_OBJECTS.toHex()).toBe('00')
  })
})
