import { describe, expect, it } from 'vitest'

import { inPieces, temporaryContent, type TestContent } from '../../../test/support/content.ts'
import { randomBytesOf } from '../../../test/support/index.ts'
import { packForXet, shardOf } from '../../../test/support/xet-upload.ts'
import type { XetHash } from '../../kernel/names.ts'
import { DAY, MINUTE } from '../../kernel/time.ts'
import { loadCodec } from '../codec/index.ts'
import { hmacHash, parseShard, xetHashOf } from '../xet/index.ts'

const MIB = 1024 * 1024

describe('a deduplication answer', () => {
  it('tells where the first chunk of a file is, its hashes under a key', async () => {
    await using test = await temporaryContent()
    const { first, hashes } = await uploadTo(test, 'kigali')
    const answer = await ask(test, first, 'quito')
    const { xorbs, hmacKey } = answer ?? { xorbs: [], hmacKey: new Uint8Array(32) }
    expect(xorbs.map((xorb) => xorb.count)).toEqual([hashes.length])
    const shown = hashes.map((_, index) => Uint8Array.from(xorbs[0]?.chunkHash(index) ?? []))
    expect(shown).toEqual(hashes.map((hash) => hmacHash(hash, hmacKey, loadCodec().keyedHash)))
    expect(shown).not.toContainEqual(hashes[0])
  })

  it('tells the other xorbs of the same upload too, and of no other repository', async () => {
    await using test = await temporaryContent()
    const { first, xorb } = await uploadTo(test, 'geneva')
    const neighbour = await uploadTo(test, 'geneva', 'neighbour')
    await uploadTo(test, 'quito', 'elsewhere')
    const answer = await ask(test, first, 'geneva')
    expect(answer?.xorbs.map(({ hash }) => hash)).toEqual([xorb, neighbour.xorb])
  })

  it('tells what was stored after before what was stored earlier: a client asks as it reads a file on', async () => {
    await using test = await temporaryContent()
    const earlier = await uploadTo(test, 'geneva', 'earlier')
    test.wait(2 * MINUTE)
    const { first, xorb } = await uploadTo(test, 'geneva')
    test.wait(10 * MINUTE)
    const later = await uploadTo(test, 'geneva', 'later')
    const answer = await ask(test, first, 'geneva')
    expect(answer?.xorbs.map(({ hash }) => hash)).toEqual([xorb, later.xorb, earlier.xorb])
  })

  it('is the same within a week, under another key afterwards, and another for each repository', async () => {
    await using test = await temporaryContent()
    const { first } = await uploadTo(test, 'kigali')
    const keyFor = async (repository: string) =>
      Buffer.from((await ask(test, first, repository))?.hmacKey ?? [])
    const key = await keyFor('kigali')
    expect(await keyFor('kigali')).toEqual(key)
    expect(await keyFor('quito')).not.toEqual(key)
    test.wait(8 * DAY)
    expect(await keyFor('kigali')).not.toEqual(key)
  })

  it('does not tell what only a private repository holds, save to itself and to those who may read it', async () => {
    await using test = await temporaryContent()
    const { first } = await uploadTo(test, 'geneva')
    expect(await ask(test, first, 'kigali')).toBeNull()
    expect(await ask(test, first, 'geneva')).not.toBeNull()
    expect(
      await test.content.dedupAnswer(first, { repositoryId: 'kigali', readable: ['geneva'] }),
    ).not.toBeNull()
  })

  it('does not tell of a xorb that no file uses yet', async () => {
    await using test = await temporaryContent()
    const { xorb } = packForXet(randomBytesOf('unused', MIB))
    await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
    expect(await ask(test, xetHashOf(xorb.chunks[0]?.hash ?? new Uint8Array()), 'kigali')).toBeNull()
  })

  it('notes that the xorb was spoken of', async () => {
    await using test = await temporaryContent()
    const { first } = await uploadTo(test, 'kigali')
    const announced = async () =>
      (await test.database.read.selectFrom('xorb').select('announced_at').executeTakeFirstOrThrow())
        .announced_at
    const before = await announced()
    test.wait(3 * DAY)
    await ask(test, first, 'kigali')
    expect((await announced()) - before).toBe(3 * DAY)
  })
})

async function uploadTo(
  test: TestContent,
  repository: string,
  seed = 'told',
): Promise<{ first: XetHash; xorb: XetHash; hashes: readonly Uint8Array<ArrayBuffer>[] }> {
  const { xorb, file } = packForXet(randomBytesOf(seed, MIB))
  await test.content.storeXorb(xorb.hash, inPieces(xorb.bytes))
  await test.content.registerShard(repository, inPieces(shardOf([file], [xorb])))
  const hashes = xorb.chunks.map((chunk) => Uint8Array.from(chunk.hash))
  return { first: xetHashOf(hashes[0] ?? new Uint8Array()), xorb: xorb.hash, hashes }
}

async function ask(test: TestContent, chunk: XetHash, repositoryId: string) {
  const bytes = await test.content.dedupAnswer(chunk, { repositoryId })
  if (!bytes) return null
  const shard = parseShard(bytes)
  if (!shard.ok) throw new Error('the answer is no shard')
  return { xorbs: [...shard.value.xorbs], hmacKey: Uint8Array.from(bytes.subarray(-128, -96)) }
}
