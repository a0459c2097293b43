import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { gather, inPieces, temporaryContent, type TestContent } from '../../../test/support/content.ts'
import { randomBytesOf, sha256Of } from '../../../test/support/index.ts'
import { packForXet, shardOf } from '../../../test/support/xet-upload.ts'
import { Sha256 } from '../../kernel/names.ts'
import { fileErased } from '../rules.ts'

const MIB = 1024 * 1024
const SHARED = randomBytesOf('shared', 3 * MIB)
const ERASED = Buffer.concat([randomBytesOf('erased head', 2 * MIB), SHARED, randomBytesOf('erased', MIB)])
const KEPT = Buffer.concat([SHARED, randomBytesOf('kept', MIB)])

const idOf = (bytes: Uint8Array) => Sha256.parse(sha256Of(bytes))

async function takeIn({ content }: TestContent, bytes: Uint8Array, repository = 'kigali'): Promise<void> {
  expect(await content.ingest(repository, inPieces(bytes))).toMatchObject({ ok: true })
}

async function forbid({ content, database, clock }: TestContent, bytes: Uint8Array, scope = 'member') {
  const erasure = { scope, sha256: idOf(bytes), size: bytes.length, reason: 'legal', time: clock() }
  await database.write((tx) => content.forbid(tx, erasure))
  return erasure
}

async function read({ content }: TestContent, bytes: Uint8Array, repository = 'kigali') {
  const file = await content.fileOf(repository, idOf(bytes))
  const reader = file && (await content.openFile(file.xetHash))
  return reader && gather(reader.read({ start: 0, end: reader.size }))
}

/** Whether some bytes, which do not compress, lie anywhere in the data folder. */
async function isOnDisk({ folder }: TestContent, bytes: Uint8Array): Promise<boolean> {
  const mark = bytes.subarray(0, 64)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && (await readFile(join(entry.parentPath, entry.name))).includes(mark)) return true
  return false
}

/** A repository of another member, or of one that is only followed. */
async function addRepository({ database }: TestContent, id: string, hosted: 0 | 1): Promise<void> {
  const member = { id: `m-${id}`, handle: id, display_name: id, url: null, created_at: 0, hosted }
  const names = { namespace: id, name: 'x', key: `${id}/x` }
  const state = { visibility: 'public', gated: 'no', created_at: 0, modified_at: 0 } as const
  await database.write(async (tx) => {
    await tx.insertInto('member').values(member).execute()
    const row = { id, member_id: member.id, kind: 'model', ...names, ...state } as const
    await tx.insertInto('repository').values(row).execute()
  })
}

describe('erasing a file', () => {
  it('refuses it at once, then deletes what only it was made of', async () => {
    await using test = await temporaryContent()
    await takeIn(test, ERASED)
    await takeIn(test, ERASED, 'geneva')
    const chunk = (await test.database.read.selectFrom('dedup').selectAll().executeTakeFirstOrThrow())
      .chunk_hash
    const xet = (await test.content.fileOf('kigali', idOf(ERASED)))?.xetHash
    await forbid(test, ERASED)
    for (const repository of ['kigali', 'geneva']) expect(await read(test, ERASED, repository)).toBeNull()
    if (!xet) throw new Error('there was no file')
    expect(await test.content.reconstruct('kigali', xet)).toMatchObject({ ok: false })
    expect(await test.content.dedupAnswer(chunk as never, { repositoryId: 'kigali' })).toBeNull()
    expect(await isOnDisk(test, ERASED)).toBe(true)

    expect(await test.content.erase()).toBe(1)
    expect(await isOnDisk(test, ERASED)).toBe(false)
    expect(await test.content.usage()).toMatchObject({ fileCount: 0, xorbCount: 0, storedBytes: 0 })
    expect(await test.problems()).toEqual([])
    expect(await test.content.erase()).toBe(0)
  })

  it('keeps every other file whole where they share blocks', async () => {
    await using test = await temporaryContent()
    await takeIn(test, ERASED)
    await takeIn(test, KEPT)
    expect((await test.content.usage()).storedBytes).toBeLessThan(8 * MIB) // they do share
    const epoch = await test.content.casEpoch()
    const before = await read(test, KEPT)
    await forbid(test, ERASED)
    await test.content.erase()

    expect(before?.equals(KEPT) && (await read(test, KEPT))?.equals(KEPT)).toBe(true)
    expect([await isOnDisk(test, ERASED), await isOnDisk(test, ERASED.subarray(-MIB))]).toEqual([
      false,
      false,
    ])
    expect(await test.problems()).toEqual([])
    expect(await test.content.casEpoch()).not.toBe(epoch)
    const stored = (await test.content.usage()).storedBytes
    await takeIn(test, Buffer.concat([KEPT, randomBytesOf('more', MIB)]), 'quito') // the shared part is still found
    expect((await test.content.usage()).storedBytes).toBeLessThan(stored + 1.3 * MIB)
    expect(await test.problems()).toEqual([])
  })

  it('deletes it from xorbs that were sent and never described', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(ERASED)
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    await takeIn(test, ERASED)
    await forbid(test, ERASED)
    await test.content.erase()
    expect(await isOnDisk(test, ERASED)).toBe(false)
    expect(await test.content.usage()).toMatchObject({ xorbCount: 0 })
  })

  it('leaves it to others who have not erased it, until the last one does', async () => {
    await using test = await temporaryContent()
    await addRepository(test, 'lima', 1)
    await takeIn(test, ERASED)
    await takeIn(test, ERASED, 'lima')
    await forbid(test, ERASED)
    expect(await test.content.erase()).toBe(0)
    expect([await read(test, ERASED), (await read(test, ERASED, 'lima'))?.length]).toEqual([
      null,
      ERASED.length,
    ])
    const grant = await test.database.write((tx) => test.content.grant(tx, 'lima', 'kigali', idOf(ERASED)))
    expect(grant).toBe(false)
    await forbid(test, ERASED, 'm-lima')
    expect(await test.content.erase()).toBe(1)
    expect(await isOnDisk(test, ERASED)).toBe(false)
  })

  it('reaches the copies of others alone where it is for copies', async () => {
    await using test = await temporaryContent()
    await addRepository(test, 'cusco', 0)
    await takeIn(test, ERASED, 'cusco')
    await takeIn(test, KEPT)
    await forbid(test, ERASED, '')
    await forbid(test, KEPT, '')
    expect(await test.content.erase()).toBe(1)
    expect([await read(test, ERASED, 'cusco'), (await read(test, KEPT))?.equals(KEPT)]).toEqual([null, true])
    expect(await test.content.ingest('cusco', inPieces(ERASED))).toMatchObject({ ok: false })
  })

  it('takes the same bytes in no more, whichever way they come', async () => {
    await using test = await temporaryContent()
    await takeIn(test, KEPT)
    const failure = fileErased(await forbid(test, ERASED))
    const refused = { ok: false, failure }
    expect(await test.content.ingest('kigali', inPieces(ERASED))).toEqual(refused)
    expect(await test.content.ingest('quito', inPieces(ERASED), { sha256: idOf(ERASED) })).toEqual(refused)
    const { xorb, file } = packForXet(ERASED)
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    expect(await test.content.registerShard('kigali', inPieces(shardOf([file], [xorb])))).toEqual(refused)
    expect(await isOnDisk(test, ERASED)).toBe(false)
    expect((await read(test, KEPT))?.equals(KEPT)).toBe(true)
    expect(await test.problems()).toEqual([])
  })
})
