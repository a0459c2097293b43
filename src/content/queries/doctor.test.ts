import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import {
  flipBit,
  inPieces,
  pathOfXorb,
  temporaryContent,
  type TestContent,
} from '../../../test/support/content.ts'
import { randomBytesOf } from '../../../test/support/index.ts'
import { packForXet, shardOf } from '../../../test/support/xet-upload.ts'
import type { StoredFile } from '../types.ts'

const MIB = 1024 * 1024

describe('the doctor', () => {
  it('finds nothing wrong with what is sound', async () => {
    await using test = await temporaryContent()
    await ingest(test)
    const { xorb, file } = packForXet(randomBytesOf('sent', MIB))
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    await test.content.registerShard('quito', inPieces(shardOf([file], [xorb])))
    expect(await test.problems()).toEqual([])
  })

  it.each<[string, (path: string) => Promise<void>, string]>([
    ['a flipped bit in a chunk', (path) => flipBit(path, 1_000_000), 'xorbDamaged'],
    ['a flipped bit in a chunk’s header', (path) => flipBit(path, 5), 'xorbDamaged'],
    ['a xorb that was cut off', (path) => truncate(path, 1_000_000), 'xorbDamaged'],
    ['a xorb that has vanished', (path) => rm(path), 'xorbMissing'],
  ])('finds %s, and the file that suffers', async (_, damage, kind) => {
    await using test = await temporaryContent()
    const { file, xorb } = await ingest(test)
    await damage(await pathOfXorb(test, xorb))
    expect(await test.problems()).toMatchObject([
      { kind, subject: xorb },
      { kind: 'fileDamaged', subject: file.xetHash },
    ])
  })

  it('finds a flipped bit in a footer', async () => {
    await using test = await temporaryContent()
    const { xorb } = await ingest(test)
    const path = await pathOfXorb(test, xorb)
    await flipBit(path, (await readFile(path)).length - 500)
    expect(await test.problems()).toMatchObject([{ kind: 'xorbDamaged', subject: xorb }])
  })

  it('finds a file whose row lies about its bytes', async () => {
    await using test = await temporaryContent()
    const { file } = await ingest(test)
    await test.database.write((tx) => tx.updateTable('file').set({ size: 1 }).execute())
    expect(await test.problems()).toMatchObject([{ kind: 'fileDamaged', subject: file.xetHash }])
    const other = 'f'.repeat(64)
    await test.database.write((tx) =>
      tx.updateTable('file').set({ size: file.size, sha256: other }).execute(),
    )
    expect(await test.problems()).toMatchObject([{ kind: 'fileDamaged' }, { kind: 'referenceBroken' }])
  })

  it('finds a remembered chunk that is somewhere else', async () => {
    await using test = await temporaryContent()
    await ingest(test)
    await test.database.write((tx) =>
      tx.updateTable('dedup').set({ chunk_index: 1 }).where('chunk_index', '=', 0).execute(),
    )
    expect(await test.problems()).toMatchObject([{ kind: 'referenceBroken', subject: 'deduplication' }])
  })

  it('goes on where a table holds what cannot be read', async () => {
    await using test = await temporaryContent()
    const { xorb } = await ingest(test)
    await test.database.write((tx) => tx.updateTable('file').set({ sha256: 'bent' }).execute())
    await writeFile(`${await pathOfXorb(test, xorb)}-left`, 'left')
    expect(await test.problems()).toMatchObject([
      { kind: 'databaseDamaged', subject: 'files' },
      { kind: 'referenceBroken' },
      { kind: 'xorbUnlisted' },
    ])
  })

  it('tells what the database finds wrong with its own file', async () => {
    await using test = await temporaryContent()
    test.database.faults = async () => ['row 3 missing from index dedup_by_xorb']
    expect(await test.problems()).toEqual([
      { kind: 'databaseDamaged', subject: 'database', detail: 'row 3 missing from index dedup_by_xorb' },
    ])
  })

  it('finds what no table names, until it is recovered', async () => {
    await using test = await temporaryContent()
    const { xorb } = await ingest(test)
    const path = await pathOfXorb(test, xorb)
    await writeFile(`${path}-left`, 'left')
    await mkdir(join(test.folder, 'incoming', 'forgotten'))
    await writeFile(join(test.folder, 'incoming', 'forgotten', '1-00000000'), 'part')
    await writeFile(join(test.folder, 'incoming', 'staged'), 'cut off')
    expect(await test.problems()).toMatchObject([
      { kind: 'xorbUnlisted' },
      { kind: 'uploadForgotten', subject: 'forgotten' },
    ])
    await test.content.recover()
    expect(await test.problems()).toEqual([])
    expect(test.events).toContain('leftoversRemoved')
  })

  it('takes a file that is arriving for no problem', async () => {
    await using test = await temporaryContent()
    let found: readonly unknown[] | null = null
    async function* body() {
      yield* inPieces(randomBytesOf('arriving', 70 * MIB), MIB)
      found = await test.problems()
    }
    expect(await test.content.ingest('kigali', body())).toMatchObject({ ok: true })
    expect(found).toEqual([])
  })

  it('stops when it is told to', async () => {
    await using test = await temporaryContent()
    await ingest(test)
    const stopped = Array.fromAsync(test.content.doctor(AbortSignal.abort(new Error('enough'))))
    await expect(stopped).rejects.toThrow('enough')
  })
})

async function ingest(test: TestContent): Promise<{ file: StoredFile; xorb: string }> {
  const file = await test.content.ingest('kigali', inPieces(randomBytesOf('examined', 3 * MIB)))
  if (!file.ok) throw new Error(file.failure.reason)
  const { hash } = await test.database.read.selectFrom('xorb').select('hash').executeTakeFirstOrThrow()
  return { file: file.value, xorb: hash }
}
