import { once } from 'node:events'
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import { downloadFile, fileDownloadInfo, listFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { Sha256 } from '../../src/kernel/names.ts'
import { randomBytesOf, sha256Of } from '../support/index.ts'
import { openPair, type Pair, REPOSITORY } from './pair.ts'
import { misbehavingProxy } from './proxy.ts'

const MIB = 1024 * 1024
const NONE = { kind: 'none' } as const

async function digest(response: Response): Promise<string> {
  return sha256Of(new Uint8Array(await response.arrayBuffer()))
}

/** What arrived before the body ended, well or badly. */
async function drain(response: Response): Promise<{ length: number; isWhole: boolean }> {
  let length = 0
  try {
    for await (const piece of response.body ?? []) length += piece.length
    return { length, isWhole: true }
  } catch {
    return { length, isWhole: false } // cut, as the caller expects
  }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 500) throw new Error('it never came to be')
    await delay(20)
  }
}

const held = async ({ copy, copyId }: Pair, sha256: string) =>
  (await copy.node.content.fileOf(copyId, Sha256.parse(sha256))) !== null

/** That nothing of a transfer is left in the store. */
async function expectNoTrace({ copy }: Pair): Promise<void> {
  const { read } = copy.node.database
  for (const table of ['file', 'repository_file', 'xorb', 'repository_xorb'] as const) {
    expect({ table, rows: await read.selectFrom(table).selectAll().execute() }).toEqual({ table, rows: [] })
  }
  const problems = await Array.fromAsync(copy.node.content.doctor())
  expect(problems).toEqual([])
}

describe('a large file of another member', () => {
  it('is described at once, from its pointer alone', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('head', 200_000)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    const head = await fetch(url, { method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(Object.fromEntries(head.headers)).toMatchObject({
      'content-length': '200000',
      etag: `"${sha256}"`,
      'x-linked-size': '200000',
      'x-linked-etag': `"${sha256}"`,
      'x-repo-commit': expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    expect([head.headers.get('x-xet-hash'), head.headers.get('link')]).toEqual([null, null])
    const tree = await fetch(`${pair.copy.address}/api/models/${REPOSITORY}/tree/main`)
    expect(await tree.json()).toContainEqual(
      expect.objectContaining({
        path: 'model.bin',
        size: 200_000,
        lfs: { oid: sha256, size: 200_000, pointerSize: 131 },
      }),
    )
    const info = await fetch(`${pair.copy.address}/api/models/${REPOSITORY}?blobs=true`)
    expect(await info.json()).toMatchObject({
      siblings: [
        { rfilename: '.gitattributes' },
        { rfilename: 'model.bin', size: 200_000, lfs: { sha256, size: 200_000 } },
      ],
    })
    expect(pair.proxy.requests).toBe(0)
  })

  it('streams while it comes, and then comes from here with its home switched off', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('stream', 3 * MIB))
    pair.proxy.fault = () => ({ kind: 'stall', after: 2 * MIB })
    const first = await fetch(url)
    const reader = first.body?.getReader()
    let got = 0
    while (got < MIB) got += (await reader?.read())?.value?.length ?? 0
    expect(await held(pair, sha256)).toBe(false)
    pair.proxy.release()
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
      got += next.value.length
    expect(got).toBe(3 * MIB)
    await pair.proxy[Symbol.asyncDispose]()
    const again = await fetch(url)
    expect(await digest(again)).toBe(sha256)
    expect(again.headers.get('x-xet-hash')).toMatch(/^[0-9a-f]{64}$/)
    expect(again.headers.get('link')).toContain('xet-auth')
    expect(pair.copy.errors).toEqual([])
  })

  it.each([0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1])('of %i bytes comes whole', async (length) => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('small.bin', randomBytesOf('small', length))
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(await digest(await fetch(url))).toBe(sha256)
  })

  it('crosses once for all who ask at the same time', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'absent'
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('shared', 6 * MIB))
    const asked = await Promise.all([
      fetch(url),
      fetch(url),
      fetch(url, { headers: { range: 'bytes=100-' } }),
    ])
    const [one, two, part] = asked
    expect([await digest(one), await digest(two)]).toEqual([sha256, sha256])
    expect((await drain(part)).length).toBe(6 * MIB - 100)
    expect([pair.proxy.requests, pair.proxy.bytes]).toEqual([1, 6 * MIB])
  })

  it('gives a part that ends early only when the whole is verified', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('part', 3 * MIB)
    const { url } = await pair.publish('model.bin', bytes)
    pair.proxy.fault = () => ({ kind: 'stall', after: 2 * MIB })
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${3 * MIB}`])
    const body = part.bytes()
    expect(await Promise.race([body, delay(100, 'nothing')])).toBe('nothing')
    pair.proxy.release()
    expect(await body).toEqual(new Uint8Array(bytes.subarray(10, 20)))
  })

  it('comes over a link that cuts every 700 kB, for hardly more bytes than its own', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('cut', 8 * MIB))
    pair.proxy.fault = () => ({ kind: 'cut', after: 700_000 })
    expect(await digest(await fetch(url))).toBe(sha256)
    expect(pair.proxy.bytes).toBeLessThan(8 * MIB * 1.1)
    expect(pair.events).toEqual(['fileFetched'])
  })

  it('goes on after a source that falls silent', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('silent', 2 * MIB))
    pair.proxy.fault = (index) => (index === 0 ? { kind: 'stall', after: MIB } : NONE)
    expect(await digest(await fetch(url))).toBe(sha256)
  })

  it('is never whole at a client when the bytes are wrong, and leaves nothing here', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'absent'
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('wrong', 2 * MIB))
    pair.proxy.fault = () => ({ kind: 'wrong' })
    const { length, isWhole } = await drain(await fetch(url))
    expect(isWhole).toBe(false)
    expect(length).toBeLessThanOrEqual(2 * MIB - 64 * 1024)
    expect(await held(pair, sha256)).toBe(false)
    expect(pair.events).toEqual(['sourceBlamed', 'fileMissed hostAnswerBroken'])
    await expectNoTrace(pair)
    // For an hour the source is not asked for it again.
    pair.proxy.fault = () => NONE
    const { requests } = pair.proxy
    expect((await fetch(url)).status).toBe(404)
    expect(pair.proxy.requests).toBe(requests)
  })

  it.each([1, 64 * 1024])('of %i wrong bytes gives none of them', async (length) => {
    await using pair = await openPair()
    const { url } = await pair.publish('small.bin', randomBytesOf('wrong', length))
    pair.proxy.fault = () => ({ kind: 'wrong' })
    const outcome = await fetch(url).then(drain, () => ({ length: 0, isWhole: false }))
    expect(outcome).toEqual({ length: 0, isWhole: false })
    await expectNoTrace(pair)
  })

  it('begins anew at the next source after wrong bytes; who goes on after them is given the whole', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'absent'
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('next', 2 * MIB))
    await using honest = await misbehavingProxy(pair.home.address)
    honest.recipes = 'absent'
    pair.sources = [...pair.sources, { url: honest.address, allow: 'private' }]
    pair.proxy.fault = () => ({ kind: 'wrong' })
    const { length, isWhole } = await drain(await fetch(url))
    expect(isWhole).toBe(false)
    const resumed = await fetch(url, { headers: { range: `bytes=${Math.max(1, length)}-` } })
    expect(resumed.status).toBe(200)
    expect(await digest(resumed)).toBe(sha256)
    expect(pair.events).toEqual(['sourceBlamed', 'fileFetched'])
  })

  it('finds who sent wrong bytes when two sources gave some', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'absent'
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('mixed', 9 * MIB))
    await using honest = await misbehavingProxy(pair.home.address)
    honest.recipes = 'absent'
    pair.sources = [...pair.sources, { url: honest.address, allow: 'private' }]
    // Wrong at first, then away; then wrong when it is tried alone.
    pair.proxy.fault = (index) => (index === 1 ? { kind: 'status', status: 404 } : { kind: 'wrong' })
    await drain(await fetch(url))
    await until(() => held(pair, sha256))
    expect(pair.events).toEqual(['sourceBlamed', 'fileFetched'])
    expect(await digest(await fetch(url))).toBe(sha256)
  })

  it.each([
    ['nobody has', { kind: 'status', status: 404 }, 404],
    ['is asked for too often', { kind: 'status', status: 503, retryAfter: '30' }, 503],
    ['has no stated length', { kind: 'unknownLength' }, 502],
    ['is said to be longer', { kind: 'otherLength', by: 1 }, 502],
    ['is said to be shorter', { kind: 'otherLength', by: -1 }, 502],
  ] as const)('that %s is refused with a sentence', async (_, fault, status) => {
    await using pair = await openPair()
    const { url } = await pair.publish('model.bin', randomBytesOf('refused', MIB))
    pair.proxy.fault = () => fault
    const refused = await fetch(url)
    expect(refused.status).toBe(status)
    expect(await refused.json()).toMatchObject({ error: expect.stringMatching(/.{20}/) })
    await expectNoTrace(pair)
  })

  it('comes from the next source when the first is away', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('away', MIB))
    pair.sources = [{ url: 'http://127.0.0.1:9', allow: 'private' }, ...pair.sources]
    expect(await digest(await fetch(url))).toBe(sha256)
  })

  it('goes on coming when the client left', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('left', 3 * MIB))
    pair.proxy.fault = () => ({ kind: 'stall', after: MIB })
    const leave = new AbortController()
    const response = await fetch(url, { signal: leave.signal })
    await response.body?.getReader().read()
    leave.abort()
    await delay(50)
    pair.proxy.release()
    await until(() => held(pair, sha256))
    expect(pair.copy.errors).toEqual([])
  })

  it('comes also when the client left before its first byte', async () => {
    await using pair = await openPair()
    const { sha256, url } = await pair.publish('model.bin', randomBytesOf('early', MIB))
    pair.proxy.fault = () => ({ kind: 'stall', after: 0 })
    const leave = new AbortController()
    const asked = fetch(url, { signal: leave.signal })
    await until(() => pair.proxy.requests > 0)
    leave.abort()
    await expect(asked).rejects.toThrow('aborted')
    await delay(50)
    pair.proxy.release()
    await until(() => held(pair, sha256))
    expect(pair.copy.errors).toEqual([])
  })

  it('is let go of when the client left and its place is needed', async () => {
    await using pair = await openPair({ atOnce: 1, goOnBelow: 1 })
    pair.proxy.recipes = 'absent'
    const first = await pair.publish('first.bin', randomBytesOf('first', 3 * MIB))
    const second = await pair.publish('second.bin', randomBytesOf('second', MIB))
    pair.proxy.fault = (index) => (index === 0 ? { kind: 'stall', after: MIB } : NONE)
    const leave = new AbortController()
    const response = await fetch(first.url, { signal: leave.signal })
    await response.body?.getReader().read()
    const waiting = fetch(second.url)
    await delay(50)
    expect(pair.proxy.requests).toBe(1)
    leave.abort()
    expect(await digest(await waiting)).toBe(second.sha256)
    expect(await held(pair, first.sha256)).toBe(false)
  })

  it('is not held up for ever by a slow reader, who gets the rest from here', async () => {
    await using pair = await openPair({ windowBytes: MIB, patienceMs: 200 })
    const bytes = randomBytesOf('slow', 40 * MIB)
    const { sha256, url } = await pair.publish('model.bin', bytes)
    const request = get(url)
    const [response] = await once(request, 'response')
    response.pause()
    await until(() => held(pair, sha256))
    const parts = await Array.fromAsync<Uint8Array>(response)
    expect(sha256Of(Buffer.concat(parts))).toBe(sha256)
  })

  it('of 96 MB crosses in bounded memory', async () => {
    await using pair = await openPair()
    const { url } = await pair.publish('model.bin', randomBytesOf('memory', 96 * MIB))
    let most = 0
    const before = process.memoryUsage().arrayBuffers
    const sampling = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5)
    const { length } = await drain(await fetch(url))
    clearInterval(sampling)
    expect(length).toBe(96 * MIB)
    expect(most - before).toBeLessThan(96 * MIB) // both nodes and the client share this process
  })

  it('leaves nothing when the node ends in the middle', async () => {
    await using pair = await openPair()
    const { url } = await pair.publish('model.bin', randomBytesOf('ended', 3 * MIB))
    pair.proxy.fault = () => ({ kind: 'stall', after: MIB })
    const response = await fetch(url)
    const drained = drain(response)
    await pair.remote[Symbol.asyncDispose]()
    expect((await drained).isWhole).toBe(false)
    await expectNoTrace(pair)
    expect((await fetch(url)).status).toBe(404)
    expect(pair.copy.errors).toEqual([])
  })

  it('is read by an unmodified JavaScript client', async () => {
    await using pair = await openPair()
    const bytes = randomBytesOf('client', 2_500_000)
    const { sha256 } = await pair.publish('sub folder/模型 1.bin', bytes)
    const asked = { repo: REPOSITORY, path: 'sub folder/模型 1.bin', hubUrl: pair.copy.address }
    expect(await fileDownloadInfo(asked)).toMatchObject({ size: bytes.length, etag: `"${sha256}"` })
    const blob = await downloadFile(asked)
    expect(sha256Of(new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(sha256)
    const files = await Array.fromAsync(
      listFiles({ repo: REPOSITORY, hubUrl: pair.copy.address, recursive: true }),
    )
    expect(files).toContainEqual(expect.objectContaining({ path: asked.path, size: bytes.length }))
  })
})

describe('fetching all', () => {
  it('takes in what is missing, and again only what is still missing', async () => {
    await using pair = await openPair()
    pair.proxy.recipes = 'absent'
    const one = await pair.publish('one.bin', randomBytesOf('one', MIB))
    const two = await pair.publish('two.bin', randomBytesOf('two', 2 * MIB))
    await pair.publish('copy-of-two.bin', randomBytesOf('two', 2 * MIB))
    pair.proxy.fault = (index) => (index === 0 ? { kind: 'status', status: 404 } : NONE)
    const { signal } = new AbortController()
    const first = await pair.remote.fetchAll(pair.copyId, signal)
    expect(first).toMatchObject({ fetched: 1, missed: [{ failure: { reason: 'contentNotFound' } }] })
    expect(await pair.remote.fetchAll(pair.copyId, signal)).toEqual({ fetched: 1, missed: [] })
    expect(await pair.remote.fetchAll(pair.copyId, signal)).toEqual({ fetched: 0, missed: [] })
    expect(await Promise.all([held(pair, one.sha256), held(pair, two.sha256)])).toEqual([true, true])
    expect(pair.proxy.requests).toBe(3)
  })

  it('asks nobody for a file of our own', async () => {
    await using pair = await openPair()
    await pair.publish('one.bin', randomBytesOf('own', MIB))
    const { signal } = new AbortController()
    expect(await pair.remote.fetchAll('unknown', signal)).toEqual({ fetched: 0, missed: [] })
    expect(pair.proxy.requests).toBe(0)
  })
})
