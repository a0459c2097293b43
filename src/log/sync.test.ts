import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { heldLog } from '../../test/support/logs.ts'
import { utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { type Apply, syncLog } from './commands/sync.ts'
import { makeGenesis } from './identity/genesis.ts'
import { findLog } from './queries/entries.ts'
import { readLeafAt } from './queries/entries.ts'
import { tileReader } from './queries/tiles.ts'
import { edgeFromTiles, type LogFiles, readForkProof, rootOf, signingKey } from './tlog/index.ts'
import { writtenLog } from './tlog/written-log.contract.ts'

const GENESIS = makeGenesis({ random: (length) => randomBytes(length), now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const KEY = signingKey(ORIGIN, 1, GENESIS.keys.log)
const SIGNAL = new AbortController().signal

function leaves(count: number, what = 'entry'): readonly Uint8Array[] {
  return [GENESIS.leaf, ...Array.from({ length: count - 1 }, (_, index) => utf8(`{"${what}":${index}}\n`))]
}

/** A log as its home serves it; `spoil` changes a file on its way. */
function served(
  entries: readonly Uint8Array[],
  spoil?: (path: string, bytes: Uint8Array) => Uint8Array | null,
) {
  const { files, root } = writtenLog(entries, KEY)
  const asked: string[] = []
  const source: LogFiles = {
    async read(path) {
      asked.push(path)
      const bytes = files.get(path)
      return bytes ? (spoil ? spoil(path, bytes) : bytes) : null
    },
  }
  return { source, root, asked }
}

/** Somebody who holds the log, from its genesis on. */
async function openFollower() {
  await using owned = new AsyncDisposableStack()
  const deps = owned.use(await heldLog(GENESIS))
  const { database } = deps
  const applied: number[] = []
  const apply: Apply = async (_tx, entries) => void applied.push(...entries.map(({ position }) => position))
  const held = async () => {
    const log = await findLog(database.read, ORIGIN)
    if (!log) throw new Error('the log is gone')
    return log
  }
  const rest = owned.move()
  return {
    deps,
    applied,
    held,
    sync: async (source: LogFiles, how: Apply = apply) =>
      syncLog(deps, await held(), { files: source, apply: how, signal: SIGNAL }),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

describe('following a log', () => {
  it.each([
    [1, 1],
    [2, 5],
    [255, 256],
    [256, 257],
    [257, 700],
    [300, 9000],
    [1, 66_000],
  ])('goes from %i entries to %i, and holds the same tree', async (first, second) => {
    await using follower = await openFollower()
    await follower.sync(served(leaves(first)).source)
    const { source, root } = served(leaves(second))
    expect(await follower.sync(source)).toMatchObject({ ok: true })
    const log = await follower.held()
    expect([log.size, log.signed_size]).toEqual([second, second])
    expect(rootOf(await edgeFromTiles(tileReader(follower.deps, log), second))).toEqual(root)
    expect(follower.applied).toEqual(Array.from({ length: second - 1 }, (_, index) => index + 1))
    const last = await readLeafAt(follower.deps, log, second - 1)
    expect(Buffer.from(last ?? [])).toEqual(Buffer.from(leaves(second).at(-1) ?? []))
  })

  it('asks for nothing but the checkpoint when nothing is new', async () => {
    await using follower = await openFollower()
    await follower.sync(served(leaves(400)).source)
    const again = served(leaves(400))
    expect(await follower.sync(again.source)).toEqual({ ok: true, value: { kind: 'unchanged' } })
    expect(again.asked).toEqual(['checkpoint'])
  })

  it('takes an older checkpoint of the same log for a stale copy', async () => {
    await using follower = await openFollower()
    await follower.sync(served(leaves(400)).source)
    expect(await follower.sync(served(leaves(300)).source)).toMatchObject({
      value: { kind: 'stale', size: 300 },
    })
    expect((await follower.held()).signed_size).toBe(400)
  })

  it('keeps what was applied when it is stopped, and goes on from there', async () => {
    await using follower = await openFollower()
    let turns = 0
    const failing: Apply = async (_tx, entries) => {
      if (++turns === 2) throw new Error('stopped')
      follower.applied.push(...entries.map(({ position }) => position))
    }
    await expect(follower.sync(served(leaves(20_000)).source, failing)).rejects.toThrow('stopped')
    const { size, signed_size } = await follower.held()
    expect([size, signed_size]).toEqual([8192, 0])
    expect(await follower.sync(served(leaves(20_000)).source)).toMatchObject({ ok: true })
    expect(follower.applied).toEqual(Array.from({ length: 19_999 }, (_, index) => index + 1))
  })
})

describe('a source that lies', () => {
  const flipped = (name: string) => (path: string, bytes: Uint8Array) => {
    if (!path.startsWith(name)) return bytes
    const bent = Uint8Array.from(bytes)
    bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1
    return bent
  }
  it.each([
    ['a bundle with a flipped bit', flipped('tile/entries/000')],
    ['the last bundle with a flipped bit', flipped('tile/entries/002')],
    ['a tile with a flipped bit', flipped('tile/1/000')],
    ['the lowest tile with a flipped bit', flipped('tile/0/002')],
    [
      'a bundle cut short',
      (path: string, bytes: Uint8Array) => (path.includes('entries') ? bytes.subarray(0, 99) : bytes),
    ],
    ['no bundle', (path: string, bytes: Uint8Array) => (path.includes('entries') ? null : bytes)],
    ['no tiles', (path: string, bytes: Uint8Array) => (/tile\/\d/.test(path) ? null : bytes)],
    [
      'an empty tile',
      (path: string, bytes: Uint8Array) => (/tile\/\d/.test(path) ? new Uint8Array() : bytes),
    ],
  ])('changes nothing: %s', async (_what, spoil) => {
    await using follower = await openFollower()
    const refused = await follower.sync(served(leaves(700), spoil).source)
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'falseFile' } })
    expect((await follower.held()).signed_size).toBe(0)
    expect(follower.applied).toEqual([])
    expect(await follower.sync(served(leaves(700)).source)).toMatchObject({ ok: true })
    expect((await follower.held()).signed_size).toBe(700)
  })

  it.each([
    ['a checkpoint with a flipped bit', flipped('checkpoint')],
    ['no checkpoint', (path: string, bytes: Uint8Array) => (path === 'checkpoint' ? null : bytes)],
    [
      'a page instead of a checkpoint',
      (path: string, bytes: Uint8Array) => (path === 'checkpoint' ? utf8('<html>') : bytes),
    ],
  ])('is not believed: %s', async (_what, spoil) => {
    await using follower = await openFollower()
    const refused = await follower.sync(served(leaves(700), spoil).source)
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
  })

  it('of another key under the same name is not believed', async () => {
    await using follower = await openFollower()
    const other = signingKey(ORIGIN, 1, new Uint8Array(32).fill(9))
    const { files } = writtenLog(leaves(10), other)
    const refused = await follower.sync({ read: async (path) => files.get(path) ?? null })
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
  })
})

describe('a log that signed two histories', () => {
  it.each([
    ['of one size', 300, 300],
    ['of which the second is longer', 300, 700],
    ['of which the second is shorter', 700, 300],
    ['of which the first is a power of two', 256, 700],
  ])('is caught with evidence that anybody can check: %s', async (_what, first, second) => {
    await using follower = await openFollower()
    await follower.sync(served(leaves(first)).source)
    const caught = await follower.sync(served(leaves(second, 'forged')).source)
    if (caught.ok || caught.failure.kind !== 'fork') throw new Error('the fork was not caught')
    const { fork } = caught.failure
    expect(fork.first.text).not.toEqual(fork.second.text)
    const [small, large] = [Math.min(first, second), Math.max(first, second)]
    expect([fork.first, fork.second].map(({ text }) => Number(text.split('\n')[1]))).toEqual([small, large])
    if (small < large) {
      const roots = readForkProof({ from: small, to: large, proof: fork.proof })
      const [firstRoot, secondRoot] = [fork.first, fork.second].map(({ text }) => text.split('\n')[2])
      expect(roots && Buffer.from(roots.toRoot).toString('base64')).toBe(secondRoot)
      expect(roots && Buffer.from(roots.fromRoot).toString('base64')).not.toBe(firstRoot)
    }
    expect((await follower.held()).signed_size).toBe(first)
  })
})
