import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { heldLog } from '../../test/support/logs.ts'
import { utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { isoTime } from '../kernel/time.ts'
import { MemberKeys } from '../records/index.ts'
import { checkCandidate } from './commands/check-candidate.ts'
import { syncLog } from './commands/sync.ts'
import { makeGenesis, makeKeys, publicKeyOf } from './identity/genesis.ts'
import { beginKeys, foldKeys } from './identity/keys.ts'
import { parseRecoveryKey } from './identity/recovery-key.ts'
import { findLog, readEntry } from './queries/entries.ts'
import { readKeys } from './queries/keys.ts'
import {
  type LogFiles,
  openNote,
  parseNote,
  type SigningKey,
  signingKey,
  signNote,
  verifyLog,
} from './tlog/index.ts'
import { writtenLog } from './tlog/written-log.contract.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const GENESIS = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const FIRST = signingKey(ORIGIN, 1, GENESIS.keys.log)
const SECOND = makeKeys(random)
const THIRD = makeKeys(random)
const keyOf = (pair: typeof SECOND) => signingKey(ORIGIN, 1, pair.log)

const recoverers = GENESIS.recoveryKeys.map((text) => {
  const key = parseRecoveryKey(text)
  if (!key) throw new Error('a recovery key that cannot be read')
  return signingKey(`recovery-${key.number}`, 1, key.seed)
})

/** A rotation to a pair of keys, signed by the first `signers` recovery keys, or by others. */
function rotation(pair: typeof SECOND, signers: readonly SigningKey[] = recoverers.slice(0, 2)): Uint8Array {
  const body = { log: publicKeyOf('log', pair.log), witness: publicKeyOf('witness', pair.witness) }
  const record = MemberKeys.parse({ type: 'member-keys/1', time: isoTime(1000), body })
  const { body: members, time, type } = record
  const line = `${JSON.stringify({ body: members, time, type })}\n`
  return utf8(signers.length > 0 ? signNote(line, signers) : line)
}

/** The genesis, then `count` entries in all, of which some name keys. */
function log(count: number, named: Readonly<Record<number, Uint8Array>> = {}, what = 'entry') {
  return [
    GENESIS.leaf,
    ...Array.from({ length: count - 1 }, (_, at) => named[at + 1] ?? utf8(`{"${what}":${at}}\n`)),
  ]
}

/** Signed by all of `signers`: each also by a note of its own, put together as a log does. */
function served(entries: readonly Uint8Array[], ...signers: readonly SigningKey[]): LogFiles {
  const [main = FIRST, ...others] = signers
  const { files } = writtenLog(entries, main)
  const note = Buffer.from(files.get('checkpoint') ?? []).toString()
  const text = note.slice(0, note.indexOf('\n\n') + 1)
  files.set('checkpoint', utf8(signNote(text, [main, ...others])))
  return { read: async (path) => files.get(path) ?? null }
}

async function openFollower() {
  await using owned = new AsyncDisposableStack()
  const deps = owned.use(await heldLog(GENESIS))
  const { database } = deps
  const held = async () => {
    const found = await findLog(database.read, ORIGIN)
    if (!found) throw new Error('the log is gone')
    return found
  }
  const rest = owned.move()
  return {
    held,
    async checkpoint() {
      const note = parseNote((await held()).checkpoint ?? new Uint8Array())
      if (!note) throw new Error('there is no checkpoint')
      return note
    },
    keysAt: async () => {
      const keys = await readKeys(database.read, await held())
      return keys.generations.map(({ position }) => position)
    },
    entry: (position: number) => readEntry(database.read, ORIGIN, position),
    sync: async (files: LogFiles) => {
      const signal = new AbortController().signal
      return syncLog(deps, await held(), { files, apply: async () => {}, signal })
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

const ROTATED = { 5: rotation(SECOND) }
const TWICE = { 300: rotation(SECOND), 9000: rotation(THIRD) }

describe('a follower of a log whose key changes', () => {
  it.each([
    ['inside the gap, both keys signing', log(8, ROTATED), [keyOf(SECOND), FIRST], [0, 5]],
    ['inside the gap, only the new key signing', log(8, ROTATED), [keyOf(SECOND)], [0, 5]],
    ['as the last entry', log(6, ROTATED), [keyOf(SECOND)], [0, 5]],
    ['twice, far apart, both keys signing', log(9500, TWICE), [keyOf(THIRD), FIRST], [0, 300, 9000]],
    ['twice, far apart, the newest signing', log(9500, TWICE), [keyOf(THIRD)], [0, 300, 9000]],
    ['never, as the old key signs after it', log(5), [FIRST], [0]],
  ])('follows on: %s', async (_what, entries, signers, keysAt) => {
    await using follower = await openFollower()
    await follower.sync(served(log(3), FIRST))
    expect(await follower.sync(served(entries, ...signers))).toMatchObject({ ok: true })
    expect((await follower.held()).signed_size).toBe(entries.length)
    expect(await follower.keysAt()).toEqual(keysAt)
    // What is kept is handed on: whoever knows the log alone believes it.
    const [inForce = FIRST] = signers
    const kept = openNote(await follower.checkpoint(), [inForce.verifier])
    expect(kept).toMatchObject({ ok: true })
  })

  it.each([
    ['the old key alone, over the rotation', log(8, ROTATED), [FIRST]],
    ['the old key alone, over two rotations', log(9500, TWICE), [FIRST]],
    ['the key between, over the second rotation', log(9500, TWICE), [keyOf(SECOND), FIRST]],
    ['the new key, before its entry', log(5), [keyOf(SECOND)]],
    ['a new key that nobody of the quorum signed for', log(8, { 5: rotation(SECOND, []) }), [keyOf(SECOND)]],
    [
      'a new key for which too few of the quorum signed',
      log(8, { 5: rotation(SECOND, recoverers.slice(0, 1)) }),
      [keyOf(SECOND)],
    ],
    [
      'a new key for which strangers signed under the names of the quorum',
      log(8, {
        5: rotation(SECOND, [
          signingKey('recovery-1', 1, random(32)),
          signingKey('recovery-2', 1, random(32)),
        ]),
      }),
      [keyOf(SECOND)],
    ],
    [
      'a key that was given up and named again',
      log(9, { 5: rotation(SECOND), 6: rotation(THIRD), 7: rotation(SECOND) }),
      [keyOf(SECOND)],
    ],
    ['a new key of another history', log(8, ROTATED, 'forged'), [keyOf(SECOND)]],
  ])('believes nothing that is signed by %s', async (_what, entries, signers) => {
    await using follower = await openFollower()
    await follower.sync(served(log(3), FIRST))
    const refused = await follower.sync(served(entries, ...signers))
    expect(refused).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
    expect((await follower.held()).signed_size).toBe(3)
    expect((await follower.held()).frozen).toBeNull()
    const whole = served(log(9, ROTATED), keyOf(SECOND))
    expect(await follower.sync(whole)).toMatchObject({ ok: true })
  })

  it('knows what the old key alone signs later for what it is', async () => {
    await using follower = await openFollower()
    await follower.sync(served(log(20, ROTATED), keyOf(SECOND)))
    const old = async (entries: readonly Uint8Array[]) => follower.sync(served(entries, FIRST))
    expect(await old(log(30, ROTATED))).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
    expect(await old(log(10, ROTATED))).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
    expect(await old(log(4))).toMatchObject({ ok: true, value: { kind: 'stale', size: 4 } })
    // Another history by a key that was given up is no evidence against the member.
    expect(await old(log(4, {}, 'forged'))).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
    expect(await old(log(40, {}, 'forged'))).toMatchObject({ ok: false, failure: { kind: 'unsigned' } })
    expect(await follower.sync(served(log(40, ROTATED), keyOf(SECOND)))).toMatchObject({ ok: true })
  })

  it('holds what names no key to be inert', async () => {
    await using follower = await openFollower()
    await follower.sync(served(log(9, { 4: rotation(THIRD, []), 5: rotation(SECOND) }), keyOf(SECOND)))
    expect(await follower.entry(4)).toMatchObject({ type: 'member-keys/1', inert: 'unsigned' })
    expect(await follower.entry(5)).toMatchObject({ type: 'member-keys/1', inert: null })
  })
})

describe('a stranger', () => {
  const entries = log(700, { 300: rotation(SECOND) })

  it('finds whose log it is, by the entries that are said to name keys', async () => {
    const files = served(entries, keyOf(SECOND))
    expect(await checkCandidate(files, GENESIS.memberId, [300])).toMatchObject({
      ok: true,
      value: { size: 700 },
    })
    for (const wrong of [[], [299], [5000]])
      expect(await checkCandidate(files, GENESIS.memberId, wrong)).toEqual({
        ok: false,
        failure: 'checkpoint',
      })
  })

  it.each([
    ['both', [keyOf(SECOND), FIRST], null],
    ['the new key', [keyOf(SECOND)], null],
    ['the old key', [FIRST], { reason: 'unverified', path: 'checkpoint' }],
  ])('checks the whole log by its name alone, signed by %s', async (_what, signers, problem) => {
    let keys = beginKeys(ORIGIN, GENESIS.leaf)
    const followed = {
      take: (position: number, entry: Uint8Array) => void (keys &&= foldKeys(keys, position, entry)),
      current: () => signingKeyOf(keys?.generations.at(-1)?.log),
    }
    const report = await verifyLog({
      files: served(entries, ...signers),
      keys: followed,
      origin: ORIGIN,
      ahead: 2,
    })
    expect(report.problem).toEqual(problem)
  })
})

function signingKeyOf(key: string | undefined) {
  const found = [FIRST, keyOf(SECOND)].find(
    ({ verifier }) => Buffer.from(verifier.key).toString('base64') === key,
  )
  if (!found) throw new Error('no such key')
  return found.verifier
}
