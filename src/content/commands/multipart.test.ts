import { describe, expect, it } from 'vitest'

import {
  gather,
  inPieces,
  openTestContent,
  temporaryContent,
  type TestContent,
} from '../../../test/support/content.ts'
import { bytesBelow, randomBytesOf, sha256Of } from '../../../test/support/index.ts'
import { Sha256 } from '../../kernel/names.ts'
import { DAY } from '../../kernel/time.ts'
import type { MultipartUpload, SentPart } from '../types.ts'

const MIB = 1024 * 1024
const BYTES = randomBytesOf('in parts', 65 * MIB)
const SHA256 = Sha256.parse(sha256Of(BYTES))

describe('a multipart upload', () => {
  it('makes one file of its parts, sent in any order, and forgets them', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    expect(upload).toMatchObject({ partSize: 64 * MIB, partCount: 2 })
    const parts = [await send(test, upload, 2), await send(test, upload, 1)]
    const stored = await test.content.completeMultipart(upload.id, parts)
    expect(stored).toMatchObject({ ok: true, value: { sha256: SHA256, size: BYTES.length } })
    const reader = stored.ok && (await test.content.openFile(stored.value.xetHash))
    expect(reader && (await gather(reader.read({ start: 0, end: BYTES.length }))).equals(BYTES)).toBe(true)
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
    expect(await test.content.completeMultipart(upload.id, parts)).toMatchObject({
      failure: { reason: 'contentNotFound' },
    })
    expect(await test.problems()).toEqual([])
  })

  it('goes on where it was after a restart', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    const parts = [await send(test, upload, 1)]
    await using again = await openTestContent(test.folder)
    await again.content.recover()
    expect(await begin(again)).toEqual(upload)
    parts.push(await send(again, upload, 2))
    expect(await again.content.completeMultipart(upload.id, parts)).toMatchObject({ ok: true })
  })

  it('takes a part that is sent again', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    const parts = await Promise.all([1, 2].map((number) => send(test, upload, number)))
    const wrong = await test.content.storePart(upload.id, 2, inPieces(randomBytesOf('wrong', MIB)))
    expect(wrong).toMatchObject({ ok: true })
    expect(await test.content.completeMultipart(upload.id, parts)).toMatchObject({ ok: true })
  })

  it.each<[string, (parts: readonly SentPart[]) => readonly SentPart[]]>([
    ['a part is missing', (parts) => parts.slice(1)],
    ['a part is named twice', (parts) => [...parts.slice(0, 1), ...parts.slice(0, 1)]],
    ['an ETag is not ours', (parts) => parts.map((part) => ({ ...part, etag: '00000000' }))],
  ])('is not complete when %s', async (_, change) => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    const parts = await Promise.all([1, 2].map((number) => send(test, upload, number)))
    expect(await test.content.completeMultipart(upload.id, change(parts))).toMatchObject({
      failure: { reason: 'invalidField', field: 'parts' },
    })
    expect(await test.content.completeMultipart(upload.id, parts)).toMatchObject({ ok: true })
  })

  it('refuses parts that do not exist, are too long or too short', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    const part = (number: number, length: number) =>
      test.content.storePart(upload.id, number, inPieces(new Uint8Array(length), MIB))
    expect(await part(3, MIB)).toMatchObject({ failure: { reason: 'contentNotFound' } })
    expect(await part(0, MIB)).toMatchObject({ failure: { reason: 'contentNotFound' } })
    expect(await part(2, MIB + 1)).toMatchObject({ failure: { reason: 'sizeMismatch' } })
    expect(await part(2, MIB - 1)).toMatchObject({ failure: { reason: 'sizeMismatch' } })
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
  })

  it('keeps nothing when the parts make another file', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    const parts = [await send(test, upload, 1)]
    const wrong = await test.content.storePart(upload.id, 2, inPieces(new Uint8Array(MIB)))
    if (wrong.ok) parts.push({ number: 2, ...wrong.value })
    expect(await test.content.completeMultipart(upload.id, parts)).toMatchObject({
      failure: { reason: 'hashMismatch' },
    })
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
    expect(await bytesBelow(test.folder + '/xorbs')).toBe(0)
  })

  it('is forgotten after a week without an end', async () => {
    await using test = await temporaryContent()
    const upload = await begin(test)
    await send(test, upload, 1)
    test.wait(8 * DAY)
    await test.content.recover()
    expect(await bytesBelow(test.folder + '/incoming')).toBe(0)
    expect((await begin(test)).id).not.toBe(upload.id)
  })
})

function begin(test: TestContent): Promise<MultipartUpload> {
  return test.content.beginMultipart('kigali', { sha256: SHA256, size: BYTES.length })
}

async function send(test: TestContent, { id, partSize }: MultipartUpload, number: number): Promise<SentPart> {
  const bytes = BYTES.subarray((number - 1) * partSize, number * partSize)
  const stored = await test.content.storePart(id, number, inPieces(bytes, MIB))
  if (!stored.ok) throw new Error(stored.failure.reason)
  return { number, etag: stored.value.etag }
}
