import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { MemberId, Sha256 } from '../../src/kernel/names.ts'
import { randomBytesOf, sha256Of } from '../support/index.ts'
import { openPair, type Pair } from './pair.ts'
import { misbehavingProxy } from './proxy.ts'

const KIB = 1024
const MIB = 1024 * KIB

async function digest(response: Response): Promise<string> {
  return sha256Of(new Uint8Array(await response.arrayBuffer()))
}

/** Another version of some bytes: two stretches changed, one inserted. */
function changed(bytes: Uint8Array): Uint8Array {
  const next = Uint8Array.from(bytes)
  next.set(randomBytesOf('first change', 10 * KIB), MIB)
  next.set(randomBytesOf('second change', 10 * KIB), 5 * MIB)
  const middle = 3 * MIB + 12_345
  return Buffer.concat([next.subarray(0, middle), randomBytesOf('inserted', 50 * KIB), next.subarray(middle)])
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(20)
}

const held = async ({ copy, copyId }: Pair, sha256: string) =>
  copy.node.content.fileOf(copyId, Sha256.parse(sha256))

describe('another version of a large file', () => {
  it('costs what changed, and is put together as at its home', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('version', 8 * MIB)
    const first = await pair.publish('model.bin', bytes)
    expect(await digest(await fetch(first.url))).toBe(first.sha256)
    const before = pair.proxy.bytes
    const second = await pair.publish('model.bin', changed(bytes))
    expect(await digest(await fetch(second.url))).toBe(second.sha256)
    expect(pair.proxy.bytes - before).toBeLessThan(70 * KIB + 3 * 3 * 64 * KIB)
    const there = await pair.home.node.content.fileOf(pair.homeId, Sha256.parse(second.sha256))
    expect(await held(pair, second.sha256)).toEqual(there)
    expect(await Array.fromAsync(pair.copy.node.content.doctor())).toEqual([])
  })

  it('comes as it is stored: text for a part of its bytes', async () => {
    await using pair = await openPair()
    const text = Buffer.from(Array.from({ length: 60_000 }, (_, line) => `line ${line} of many\n`).join(''))
    const { sha256, url } = await pair.publish('corpus.txt', text)
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.proxy.bytes).toBeLessThan(text.length / 2)
  })

  it('tells nobody what private repositories hold', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('secret', 2 * MIB)
    const { copy } = pair
    await fetch(`${copy.address}/api/repos/create`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${copy.token}` },
      body: JSON.stringify({ name: 'hidden', organization: 'quito', private: true }),
    })
    const hidden = await copy.node.database.read
      .selectFrom('repository')
      .select('id')
      .where('name', '=', 'hidden')
      .executeTakeFirstOrThrow()
    const pieces = async function* () {
      yield bytes
    }
    const kept = await copy.node.content.ingest(hidden.id, pieces())
    expect(kept.ok).toBe(true)
    const { sha256, url } = await pair.publish('guess.bin', Buffer.concat([bytes, Buffer.from('?')]))
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.proxy.bytes).toBeGreaterThan(2 * MIB)
  })
})

describe('chunks of a large file', () => {
  it('come from several sources at once, a false one is blamed and the others go on', async () => {
    await using pair = await openPair()
    await using second = await misbehavingProxy(pair.home.address)
    await using third = await misbehavingProxy(pair.home.address)
    pair.sources = [
      ...pair.sources,
      ...[second, third].map(({ address: url }) => ({ url, allow: 'private' as const })),
    ]
    third.fault = () => ({ kind: 'wrong' })
    const bytes = randomBytesOf('several', 24 * MIB)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.proxy.bytes).toBeGreaterThan(MIB)
    expect(second.bytes).toBeGreaterThan(MIB)
    expect(pair.proxy.bytes + second.bytes).toBeLessThan(bytes.length * 1.01)
    expect(pair.events).toEqual(['sourceBlamed', 'fileFetched'])
  })

  it('are remembered of whoever sent them, and of nobody who was false or had none', async () => {
    await using pair = await openPair()
    const others = await Promise.all([1, 2].map(() => misbehavingProxy(pair.home.address)))
    await using owned = new AsyncDisposableStack()
    for (const proxy of others) owned.use(proxy)
    const members = ['f', 'n'].map((letter) => MemberId.parse(`m${letter.repeat(32)}`))
    const bytes = randomBytesOf('holders', 12 * MIB)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    const { database } = pair.copy.node
    const home = await database.read
      .selectFrom('repository')
      .select(['id', 'member_id'])
      .where('id', '=', pair.copyId)
      .executeTakeFirstOrThrow()
    await database.write(async (tx) => {
      for (const id of members) {
        const member = { id, handle: id, display_name: '', url: null, created_at: 0, hosted: 0 as const }
        await tx.insertInto('member').values(member).execute()
        const row = { repository_id: home.id, sha256, member_id: id, verified_at: 1 }
        await tx.insertInto('file_holder').values(row).execute()
      }
    })
    pair.sources = [
      ...pair.sources.map((source) => ({ ...source, memberId: MemberId.parse(home.member_id) })),
      ...others.map((proxy, index) => {
        const memberId = members[index]
        return { url: proxy.address, allow: 'private' as const, ...(memberId && { memberId }) }
      }),
    ]
    const [falseOne, without] = others
    if (falseOne) falseOne.fault = () => ({ kind: 'wrong' })
    if (without) without.fault = () => ({ kind: 'status', status: 404 })
    const before = Date.now()
    expect(await digest(await fetch(url))).toBe(sha256)
    const known = () => database.read.selectFrom('file_holder').selectAll().execute()
    await until(async () => (await known()).length === 1)
    const holders = await known()
    expect(holders).toMatchObject([{ member_id: home.member_id, sha256 }])
    expect(holders[0]?.verified_at).toBeGreaterThanOrEqual(before)
    // A repository that goes takes with it what was known of who holds it.
    await database.write((tx) => tx.deleteFrom('repository').where('id', '=', home.id).execute())
    expect(await known()).toEqual([])
  })

  it('go on from another source when one is cut off for good', async () => {
    await using pair = await openPair()
    await using second = await misbehavingProxy(pair.home.address)
    pair.sources = [...pair.sources, { url: second.address, allow: 'private' }]
    const bytes = randomBytesOf('cut off', 12 * MIB)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    pair.proxy.fault = (index) =>
      index === 0 ? { kind: 'cut', after: 300_000 } : { kind: 'status', status: 500 }
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.proxy.bytes + second.bytes).toBeLessThan(bytes.length * 1.03)
    expect(pair.events).toEqual(['fileFetched'])
  })

  it('are never believed of a recipe that is false: the next source tells it', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'false'
    pair.sources = [...pair.sources, { url: pair.home.address, allow: 'private' }]
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('false recipe', 2 * MIB))
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.events).toEqual(['fileFetched'])
  })

  it('leave a client with nothing when every one is wrong', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('wrong', 2 * MIB))
    pair.proxy.fault = () => ({ kind: 'wrong' })
    expect((await fetch(url)).status).toBe(502)
    expect(await held(pair, sha256)).toBeNull()
    expect(pair.events).toEqual(['sourceBlamed', 'fileMissed hostAnswerBroken'])
  })

  it('are told only to those who may read the repository, and never of another file', async () => {
    await using pair = await openPair()
    const { sha256 } = await pair.publish('model.bin', randomBytesOf('rights', MIB))
    const { address, token } = pair.home
    const base = `${address}/api/ayni/v1/repositories/models/nairobi/asr/files`
    const recipe = await fetch(`${base}/${sha256}/recipe`)
    const etag = recipe.headers.get('etag') ?? ''
    expect(recipe.headers.get('content-length')).toMatch(/^\d+$/)
    const chunks = (of: string, query: string, headers = {}) =>
      fetch(`${base}/${of}/chunks?recipe=${etag.slice(1, -1)}&${query}`, { headers })
    expect((await chunks(sha256, 'chunks=0-0,2-3')).status).toBe(200)
    expect((await chunks('ab'.repeat(32), 'chunks=0-0')).status).toBe(404)
    expect((await chunks(sha256, 'chunks=0-99999')).status).toBe(400)
    expect((await chunks(sha256, 'chunks=9000-9001')).status).toBe(404)
    expect((await chunks(sha256, 'chunks=5-2')).status).toBe(400)
    expect((await fetch(`${base}/${'ab'.repeat(32)}/recipe`)).status).toBe(404)
    await fetch(`${address}/api/models/nairobi/asr/settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ private: true }),
    })
    expect((await fetch(`${base}/${sha256}/recipe`)).status).toBe(401)
    expect((await chunks(sha256, 'chunks=0-0')).status).toBe(401)
    expect((await chunks(sha256, 'chunks=0-0', { authorization: `Bearer ${token}` })).status).toBe(200)
  })

  it('that came before the node ended are not fetched again', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('ended', 6 * MIB)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    pair.proxy.fault = (index) => (index === 2 ? { kind: 'stall', after: 500_000 } : { kind: 'none' })
    const leave = new AbortController()
    await fetch(url, { signal: leave.signal })
    await until(() => pair.proxy.bytes > 3 * MIB)
    await pair.remote[Symbol.asyncDispose]()
    const again = pair.again()
    expect(await again.fetchAll(pair.copyId, new AbortController().signal)).toEqual({
      fetched: 1,
      missed: [],
    })
    expect(await held(pair, sha256)).not.toBeNull()
    expect(pair.proxy.bytes).toBeLessThan(bytes.length + 2 * MIB) // what was on its way is lost, what was here is not
    await again[Symbol.asyncDispose]()
  })
})
