import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { memoryKeyStore, memoryLogFiles, memoryMessageKeyStore } from '../../../../test/support/logs.ts'
import { temporaryDatabase } from '../../../../test/support/temporary-database.ts'
import { Handle, originOf } from '../../../kernel/names.ts'
import { DAY, HOUR, isoTime } from '../../../kernel/time.ts'
import { createLogs, type LogFiles, parseTilePath, queueRecord, startLogWriter } from '../../../log/index.ts'
import { readLeaf, RepositoryWithdrawal } from '../../../records/index.ts'
import { beginFollow } from '../members/commands/follow.ts'
import { stateObserved } from './index.ts'
import { inRecords, isDue } from './rules.ts'

interface TestClock {
  now: number
}

/** A node with one member, on a clock that all nodes of the test share. */
async function openNode(time: TestClock, handle: string) {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await temporaryDatabase())
  const clock = () => (time.now += 2000)
  const random = (length: number) => randomBytes(length)
  const [files, keys, messageKeys] = [memoryLogFiles(), memoryKeyStore(), memoryMessageKeyStore()]
  const deps = { database, files, keys, messageKeys, clock, random, ahead: () => 0 }
  const logs = createLogs(deps)
  const founding = await logs.found()
  const { memberId } = founding
  await database.write(async (tx) => {
    await tx.deleteFrom('member').execute()
    const row = { handle, display_name: handle, url: null, created_at: 0, hosted: 1 as const }
    await tx
      .insertInto('member')
      .values({ ...row, id: memberId })
      .execute()
    await founding.open(tx)
  })
  const ignore = { published() {}, damaged() {}, frozen() {}, failed() {} }
  const told = { events: ignore, maySign: async () => true, apply: async () => {} }
  const writer = owned.use(startLogWriter({ ...deps, ...told }))
  const own = async () => (await logs.find(originOf(memberId, 0))) ?? expect.unreachable('no log')
  const served: LogFiles = {
    async read(path) {
      if (path === 'checkpoint') return logs.checkpoint(await own())
      const asked = parseTilePath(path)
      if (!asked) return null
      return asked.kind === 'tile'
        ? logs.tile(await own(), asked.tile)
        : ((await logs.bundle(await own(), asked.index, asked.width))?.bytes ?? null)
    },
  }
  const rest = owned.move()
  return {
    database,
    memberId,
    served,
    /** Says something, or says what it saw when it is time. */
    async say(repository: string | null): Promise<void> {
      const body = { repository, kind: 'model' }
      const record = { type: 'repository-withdrawal/1', time: isoTime(clock()), body }
      await database.write(async (tx) => {
        if (repository !== null) await queueRecord(tx, memberId, RepositoryWithdrawal.parse(record))
      })
      await stateObserved({ database, clock })
      await this.publish()
    },
    async publish(): Promise<void> {
      const waiting = () => database.read.selectFrom('outgoing_record').select('sequence').execute()
      for (let log = await own(); ; log = await own()) {
        if (log.signed_size === log.size && (await waiting()).length === 0) return
        writer.wake()
        await delay(2)
      }
    },
    async follow(other: { readonly memberId: typeof memberId; readonly served: LogFiles }): Promise<void> {
      const bundle = await other.served.read('tile/entries/000.p/1', 100_000)
      const genesis = bundle?.subarray(2) ?? expect.unreachable('no genesis')
      const candidate = { url: 'http://other.example', origin: originOf(other.memberId, 0), size: 1, genesis }
      const named = { memberId: other.memberId, handle: Handle.parse('other'), name: 'Other', witnesses: [] }
      const terms = { content: 'none', trust: 'full', allowPrivate: false } as const
      await beginFollow({ database, logs, clock }, { ...candidate, ...named }, terms)
    },
    async pull(other: { readonly memberId: typeof memberId; readonly served: LogFiles }): Promise<void> {
      const held = (await logs.find(originOf(other.memberId, 0))) ?? expect.unreachable('not followed')
      const { signal } = new AbortController()
      const synced = await logs.sync(held, { files: other.served, apply: async () => {}, signal })
      expect(synced.ok).toBe(true)
    },
    /** What it has said that it saw. */
    async observed() {
      const leaves = await logs.leaves(await own(), 0, 1000)
      return leaves.map(readLeaf).flatMap((leaf) => {
        if (leaf.kind === 'inert' || leaf.record.type !== 'log-observed/1') return []
        return leaf.record.body.heads.map(({ origin, size }) => [origin, size])
      })
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

describe('saying how far others were verified', () => {
  it('comes to rest between two who follow one another, and begins again with news', async () => {
    const time = { now: Date.UTC(2026, 10, 24) }
    await using nairobi = await openNode(time, 'nairobi')
    await using cusco = await openNode(time, 'cusco')
    await Promise.all([nairobi.publish(), cusco.publish()])
    await nairobi.follow(cusco)
    await cusco.follow(nairobi)
    const days = async (count: number) => {
      for (let hour = 0; hour < count * 24; hour += 6) {
        for (const [one, other] of [
          [nairobi, cusco],
          [cusco, nairobi],
        ] as const) {
          await one.pull(other)
          await one.say(null)
        }
        time.now += 6 * HOUR
      }
    }
    const [ofNairobi, ofCusco] = [originOf(nairobi.memberId, 0), originOf(cusco.memberId, 0)]
    await days(1)
    expect([await nairobi.observed(), await cusco.observed()]).toEqual([[], []])
    await days(9)
    // Each saw the other's genesis; what was said of it is nothing new.
    expect(await nairobi.observed()).toEqual([[ofCusco, 1]])
    expect(await cusco.observed()).toEqual([[ofNairobi, expect.any(Number)]])
    await nairobi.say('nairobi/one')
    await nairobi.say('nairobi/two')
    const before = await nairobi.observed()
    await days(9)
    expect(await nairobi.observed()).toEqual(before)
    expect((await cusco.observed()).slice(1)).toEqual([[ofNairobi, 4]])
  })

  it('is due a day after the last time, and divided so that each record can be written', () => {
    expect([isDue(DAY - 1, 0), isDue(DAY, 0), isDue(DAY, Infinity)]).toEqual([false, true, false])
    const heads = Array.from({ length: 250 }, (_, size) => ({ origin: 'o', root: '', size }))
    expect(inRecords(heads).map(({ length }) => length)).toEqual([100, 100, 50])
    expect(inRecords(heads).flat()).toEqual(heads)
    expect(inRecords([])).toEqual([])
  })
})
