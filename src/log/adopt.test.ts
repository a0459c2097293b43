import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { heldLog } from '../../test/support/logs.ts'
import { fromUtf8, utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { isoTime } from '../kernel/time.ts'
import { LogSuccession } from '../records/index.ts'
import { adoptSuccessor } from './commands/adopt.ts'
import { freezeLog } from './commands/freeze.ts'
import { keptCheckpoint, syncLog } from './commands/sync.ts'
import { makeGenesis, makeKeys, publicKeyOf } from './identity/genesis.ts'
import { beginKeys } from './identity/keys.ts'
import { readQuorum, signByQuorum } from './identity/quorum.ts'
import { readCounted } from './queries/counted.ts'
import { findCurrent, findLog } from './queries/entries.ts'
import { type LogFiles, signingKey } from './tlog/index.ts'
import { writtenLog } from './tlog/written-log.contract.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const GENESIS = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const NEXT = originOf(GENESIS.memberId, 1)
const KEY = signingKey(ORIGIN, 1, GENESIS.keys.log)
const SIGNAL = new AbortController().signal

/** `same` entries that both branches have, then entries of one of them, `count` in all. */
function branch(count: number, same: number, what: string): readonly Uint8Array[] {
  const entry = (at: number) => utf8(`{"${at < same ? 'both' : what}":${at}}\n`)
  return [GENESIS.leaf, ...Array.from({ length: count - 1 }, (_, at) => entry(at + 1))]
}

function filesOf(files: ReadonlyMap<string, Uint8Array>): LogFiles {
  return { read: async (path) => files.get(path) ?? null }
}

/** What the quorum opens after the checkpoint of a branch. */
function successor(chosen: readonly Uint8Array[]) {
  const keys = makeKeys(random)
  const record = LogSuccession.parse({
    type: 'log-succession/1',
    time: isoTime(1000),
    body: {
      genesis: fromUtf8(GENESIS.leaf),
      previous: {
        origin: ORIGIN,
        checkpoint: fromUtf8(writtenLog(chosen, KEY).files.get('checkpoint') ?? new Uint8Array()),
      },
      reason: 'fork',
      log: publicKeyOf('log', keys.log),
      witness: publicKeyOf('witness', keys.witness),
    },
  })
  const recovery = recoveryOfMember()
  const quorum = readQuorum(GENESIS.recoveryKeys.slice(0, 2), recovery)
  if (!quorum.ok) throw new Error(quorum.failure.reason)
  const leaf = signByQuorum(record, quorum.value)
  return writtenLog([leaf, utf8('{"after":1}\n')], signingKey(NEXT, 1, keys.log)).files
}

function recoveryOfMember() {
  const keys = beginKeys(ORIGIN, GENESIS.leaf)
  if (!keys) throw new Error('no genesis')
  return keys.recovery
}

/** Somebody who holds a branch that is known to be one of two. */
async function holding(entries: readonly Uint8Array[]) {
  await using owned = new AsyncDisposableStack()
  const deps = owned.use(await heldLog(GENESIS))
  const { database } = deps
  const held = async (origin = ORIGIN) => (await findLog(database.read, origin)) ?? expect.unreachable(origin)
  const request = (files: LogFiles) => ({ files, apply: async () => {}, signal: SIGNAL })
  const files = filesOf(writtenLog(entries, KEY).files)
  expect(await syncLog(deps, await held(), request(files))).toMatchObject({ ok: true })
  await database.write((tx) => freezeLog(tx, ORIGIN, 'fork'))
  const rest = owned.move()
  return {
    held,
    counted: async () => readCounted(deps, await held()),
    adopt: async (next: LogFiles, same: LogFiles) => adoptSuccessor(deps, await held(), next, same),
    sync: async (files: LogFiles) =>
      syncLog(
        deps,
        (await findCurrent(database.read, GENESIS.memberId)) ?? expect.unreachable('no log'),
        request(files),
      ),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

describe('a copy of a log that forked', () => {
  it.each([
    ['the branch that was chosen', 700, 700, 700, 700],
    ['more of the branch that was chosen', 900, 900, 700, 700],
    ['less of the branch that was chosen', 300, 300, 700, 700],
    ['the other branch, longer', 900, 300, 700, 300],
    ['the other branch, shorter', 400, 300, 700, 300],
    ['the other branch, of the same size', 700, 1, 700, 1],
    ['the other branch, which differs in its last entry', 700, 699, 700, 699],
    ['the other branch, apart at a full bundle', 800, 256, 700, 256],
  ])('goes on in the log that the quorum opened: %s', async (_what, size, same, named, cut) => {
    await using holder = await holding(branch(size, same, 'other'))
    const chosen = branch(named, same, same >= Math.min(size, named) ? 'other' : 'chosen')
    const next = filesOf(successor(chosen))
    const adopted = await holder.adopt(next, filesOf(writtenLog(chosen, KEY).files))
    expect(adopted).toMatchObject({ ok: true, value: { hasDropped: size > cut } })
    expect(await holder.held()).toMatchObject({ frozen: 'fork', cut, size })
    expect(await holder.sync(next)).toMatchObject({ ok: true, value: { kind: 'grown', to: 2 } })
    expect(await holder.held(NEXT)).toMatchObject({ size: 2, signed_size: 2, frozen: null })
    // It is handed on to where the quorum ended it, by whoever has all of that.
    const counted = await holder.counted()
    const isWhole = cut === named && size >= named
    expect(counted && keptCheckpoint(counted)?.size).toBe(isWhole ? named : null)
    expect(counted?.signed_size).toBe(isWhole ? named : undefined)
  })

  it('waits where the source cannot show the branch that was chosen', async () => {
    await using holder = await holding(branch(400, 300, 'other'))
    const chosen = branch(700, 300, 'chosen')
    const without = await holder.adopt(filesOf(successor(chosen)), { read: async () => null })
    expect(without).toMatchObject({ ok: false })
    expect(await holder.held()).toMatchObject({ frozen: 'fork', cut: null })
  })
})
