import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { memoryKeyStore, memoryLogFiles, memoryMessageKeyStore } from '../../test/support/logs.ts'
import { temporaryDatabase } from '../../test/support/temporary-database.ts'
import type { Database } from '../database/index.ts'
import { utf8 } from '../kernel/bytes.ts'
import { DAY, isoTime } from '../kernel/time.ts'
import { MemberProfile, type PublicRecord, RepositoryWithdrawal } from '../records/index.ts'
import { parseRecoveryKey } from './identity/recovery-key.ts'
import { createLogs, DamagedLog, type LogFileStore, queueRecord, startLogWriter } from './index.ts'
import {
  openNote,
  parseCheckpoint,
  parseNote,
  parseProofFile,
  parseVerifierKey,
  rootOf,
  edgeFromTiles,
  verifyProofFile,
} from './tlog/index.ts'

const NOW = Date.UTC(2026, 10, 24)

/** A withdrawal of `ns/NUMBER`: a short record that is like no other. */
function record(number: number): PublicRecord {
  return RepositoryWithdrawal.parse({
    type: 'repository-withdrawal/1',
    time: isoTime(NOW + number),
    body: { repository: `nairobi/r${number}`, kind: 'model' },
  })
}

interface Options {
  readonly database?: (real: Database) => Database
  readonly files?: LogFileStore
}

/** A member with a log, and its writer. */
async function openTest({ database: wrap = (real) => real, files = memoryLogFiles() }: Options = {}) {
  await using owned = new AsyncDisposableStack()
  const real = owned.use(await temporaryDatabase())
  const database = wrap(real)
  const keys = memoryKeyStore()
  let now = NOW
  const told: string[] = []
  const messageKeys = memoryMessageKeyStore()
  const clock = () => (now += 2000)
  const deps = { database, files, keys, messageKeys, clock, random: (n: number) => randomBytes(n) }
  const logs = createLogs({ ...deps, ahead: () => 0 })
  const founding = await logs.found()
  await real.write(async (tx) => {
    const row = { handle: 'cusco', display_name: 'Cusco', url: null, created_at: now, hosted: 1 as const }
    await tx
      .insertInto('member')
      .values({ id: founding.memberId, ...row })
      .execute()
    await founding.open(tx)
  })
  const events = {
    published: (_: string, size: number) => void told.push(`published ${size}`),
    damaged: () => void told.push('damaged'),
    frozen: (_: string, why: string) => void told.push(`frozen ${why}`),
    failed: () => void told.push('failed'),
  }
  const applied: number[] = []
  const apply = async (_tx: unknown, _memberId: string, entries: readonly { readonly position: number }[]) =>
    void applied.push(...entries.map(({ position }) => position))
  const start = (maySign = true) => startLogWriter({ ...deps, events, apply, maySign: async () => maySign })
  const log = async () => {
    const found = await logs.find(`ayni/${founding.memberId}/0`)
    if (!found) throw new Error('the log is gone')
    return found
  }
  const published = async (size: number) => {
    while ((await log()).signed_size < size) await delay(2)
    return log()
  }
  const rest = owned.move()
  return {
    database: real,
    files,
    logs,
    founding,
    later: (milliseconds: number) => void (now += milliseconds),
    start,
    log,
    published,
    told,
    applied,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** Everything that a stranger would check of a log, from what is served alone. */
async function expectWhole(test: Awaited<ReturnType<typeof openTest>>, size: number): Promise<void> {
  const log = await test.published(size)
  const [summary] = await test.logs.list()
  const key = parseVerifierKey(summary?.key ?? '')
  const note = parseNote((await test.logs.checkpoint(log)) ?? new Uint8Array())
  if (!key || !note) throw new Error('no key or no checkpoint')
  expect(openNote(note, [key])).toMatchObject({ ok: true })
  const checkpoint = parseCheckpoint(note.text)
  expect(checkpoint?.size).toBe(size)
  const reader = {
    async read(tile: Parameters<typeof test.logs.tile>[1]) {
      const bytes = await test.logs.tile(log, tile)
      if (!bytes) throw new Error(`no tile ${JSON.stringify(tile)}`)
      return bytes
    },
  }
  expect(rootOf(await edgeFromTiles(reader, size))).toEqual(checkpoint?.root)
  for (const position of new Set([0, 1, 255, 256, size - 1].filter((at) => at < size))) {
    const file = parseProofFile(utf8((await test.logs.proof(log, position)) ?? ''))
    expect(file && verifyProofFile(file, [key])).toMatchObject({ ok: true })
  }
}

describe('a log', () => {
  it('begins with its member’s genesis and is signed at once where nobody follows', async () => {
    await using test = await openTest()
    await using _writer = test.start()
    await expectWhole(test, 1)
    expect(test.told).toEqual(['published 1'])
    const keys = test.founding.recoveryKeys.map(parseRecoveryKey)
    expect(keys.map((key) => key?.number)).toEqual([1, 2, 3])
  })

  it.each([
    ['an e-mail address', 'Write to amina@nairobi.example', 'email'],
    ['a telephone number', '+254 20 123 4567', 'phone'],
    ['an IP address', 'server 10.20.30.40', 'ipAddress'],
    ['an access token', `hf_${'a1B2'.repeat(9)}`, 'secret'],
  ])('is told no %s, and the change beside it is not made', async (_what, name, kind) => {
    await using test = await openTest()
    await using writer = test.start()
    const { memberId } = test.founding
    const time = isoTime(NOW)
    const profile = MemberProfile.parse({
      type: 'member-profile/1',
      time,
      body: { handle: 'cusco', name },
    })
    const refused = { reason: 'personalData', field: 'body.name', detail: { field: 'name', kind } }
    const change = test.database.write(async (tx) => {
      await tx.updateTable('member').set({ display_name: name }).where('id', '=', memberId).execute()
      await queueRecord(tx, memberId, profile)
    })
    await expect(change).rejects.toMatchObject({ failure: refused })
    expect(await writer.append(memberId, profile)).toEqual({ ok: false, failure: refused })
    const members = await test.database.read.selectFrom('member').select('display_name').execute()
    expect(members.map((member) => member.display_name)).not.toContain(name)
    expect((await test.published(1)).size).toBe(1)
  })

  it('changes its key in the name of its recovery quorum, both signing for 30 days', async () => {
    await using test = await openTest()
    await using writer = test.start()
    const first = parseVerifierKey((await test.logs.list())[0]?.key ?? '')
    const rotated = await test.logs.rotate(await test.log(), test.founding.recoveryKeys.slice(1))
    expect(rotated.ok).toBe(true)
    writer.wake()
    await test.published(2)
    const second = parseVerifierKey((await test.logs.list())[0]?.key ?? '')
    if (!first || !second) throw new Error('no keys')
    const signers = async (size: number) => {
      const note = parseNote((await test.logs.checkpoint(await test.published(size))) ?? new Uint8Array())
      return [first, second].map((key) => note !== null && openNote(note, [key]).ok)
    }
    expect(await signers(2)).toEqual([true, true])
    test.later(31 * DAY)
    await writer.append(test.founding.memberId, record(1))
    expect(await signers(3)).toEqual([false, true])
    await expectWhole(test, 3)
    expect((await test.logs.list())[0]?.keysAt).toEqual([1])
  })

  it('changes no key for what is not its quorum', async () => {
    await using test = await openTest()
    await using other = await openTest()
    const [one = '', two = ''] = test.founding.recoveryKeys
    const [foreign = ''] = other.founding.recoveryKeys
    const mistyped = one.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    for (const [typed, failure] of [
      [[], { reason: 'recoveryKeysTooFew', detail: { given: 0, needed: 2 } }],
      [[one, one], { reason: 'recoveryKeysTooFew', detail: { given: 1, needed: 2 } }],
      [[one, foreign], { reason: 'recoveryKeyForeign', detail: { number: 2 } }],
      [[mistyped, two], { reason: 'recoveryKeyMistyped', detail: { number: 1 } }],
    ] as const)
      expect(await test.logs.rotate(await test.log(), typed)).toMatchObject({ ok: false, failure })
    expect(await test.database.read.selectFrom('outgoing_record').select('type').execute()).toEqual([])
  })

  it('takes up what was queued, in order and once, and what is said beside it', async () => {
    await using test = await openTest()
    const { memberId } = test.founding
    await test.database.write(async (tx) => {
      for (const number of [1, 2, 1]) await queueRecord(tx, memberId, record(number))
    })
    await using writer = test.start()
    const said = await writer.append(memberId, record(3))
    expect(said).toMatchObject({ ok: true, value: { position: 3 } })
    expect(await writer.append(memberId, record(2))).toMatchObject({ ok: true, value: { position: 2 } })
    await expectWhole(test, 4)
    expect(test.applied).toEqual([1, 2, 3])
    const entries = await test.logs.entries(`ayni/${memberId}/0`, { before: 10, most: 10 })
    expect(entries.map(({ position, type }) => [position, type])).toEqual([
      [3, 'repository-withdrawal/1'],
      [2, 'repository-withdrawal/1'],
      [1, 'repository-withdrawal/1'],
      [0, 'member-genesis/1'],
    ])
    expect(await test.database.read.selectFrom('outgoing_record').selectAll().execute()).toEqual([])
  })

  it.each([
    ['falls to 1970', -NOW],
    ['steps back an hour', -60 * 60_000],
    ['leaps ten years ahead', 3650 * DAY],
  ])('grows and is signed on, though the clock %s', async (_what, step) => {
    await using test = await openTest()
    const { memberId } = test.founding
    await using writer = test.start()
    expect(await writer.append(memberId, record(1))).toMatchObject({ ok: true })
    await test.published(2)
    test.later(step)
    expect(await writer.append(memberId, record(2))).toMatchObject({ ok: true })
    await expectWhole(test, 3)
  })

  it.each([254, 255, 256, 600, 70_000])('is whole with %i entries more', async (count) => {
    await using test = await openTest()
    const { memberId } = test.founding
    for (let from = 0; from < count; from += 5000) {
      await test.database.write(async (tx) => {
        for (let number = from; number < Math.min(from + 5000, count); number++)
          await queueRecord(tx, memberId, record(number))
      })
    }
    await using _writer = test.start()
    await expectWhole(test, count + 1)
    const rows = await test.database.read.selectFrom('log_tail').select('position').execute()
    expect(rows).toHaveLength((count + 1) % 256)
  })

  it('says nothing for a member that is not hosted here', async () => {
    await using test = await openTest()
    await using writer = test.start()
    expect(await writer.append('member-1', record(1))).toMatchObject({
      failure: { reason: 'memberNotFound' },
    })
  })

  it('adds nothing while it is frozen', async () => {
    await using test = await openTest()
    await test.database.write((tx) => tx.updateTable('log').set({ frozen: 'a fork' }).execute())
    await using writer = test.start()
    const said = await writer.append(test.founding.memberId, record(1))
    expect(said).toMatchObject({ failure: { reason: 'logFrozen' } })
    expect((await test.log()).size).toBe(1)
  })
})

describe('a log whose storage lies', () => {
  it('is signed no further when what was appended reads back as something else', async () => {
    let isArmed = false
    const bending = (real: Database): Database => ({
      ...real,
      async write(work) {
        const value = await real.write(work)
        if (isArmed) {
          isArmed = false
          await real.write((tx) =>
            tx
              .updateTable('log_tail')
              .set({ leaf: utf8('{"bent":1}\n') })
              .where('position', '=', 1)
              .execute(),
          )
        }
        return value
      },
    })
    await using test = await openTest({ database: bending })
    await using writer = test.start()
    await test.published(1)
    isArmed = true
    expect(await writer.append(test.founding.memberId, record(1))).toMatchObject({ ok: true })
    while (test.told.length < 2) await delay(2)
    expect(test.told).toEqual(['published 1', 'damaged'])
    expect((await test.log()).signed_size).toBe(1)
  })

  it('neither grows nor is signed while it may not be', async () => {
    await using test = await openTest()
    await test.database.write((tx) => queueRecord(tx, test.founding.memberId, record(1)))
    await using writer = test.start(false)
    const said = await writer.append(test.founding.memberId, record(2))
    expect(said).toMatchObject({ failure: { reason: 'notWritten' } })
    expect(await test.log()).toMatchObject({ size: 1, signed_size: 0 })
  })

  it.each(['edge', 'checkpoint'] as const)(
    'is signed no further once a bit of its %s flipped',
    async (column) => {
      await using test = await openTest()
      const { memberId } = test.founding
      await test.database.write(async (tx) => {
        for (let number = 0; number < 300; number++) await queueRecord(tx, memberId, record(number))
      })
      await (async () => {
        await using _before = test.start()
        await test.published(301)
      })()
      const log = await test.log()
      const bent = Uint8Array.from(log[column] ?? [])
      bent[70] = (bent[70] ?? 0) ^ 1
      await test.database.write((tx) =>
        tx
          .updateTable('log')
          .set({ [column]: bent })
          .where('origin', '=', log.origin)
          .execute(),
      )
      await using writer = test.start()
      await writer.append(memberId, record(1000))
      while (!test.told.includes('damaged')) await delay(2)
      expect((await test.log()).signed_size).toBe(301)
    },
  )

  it('never serves a bundle file that was changed', async () => {
    const files = memoryLogFiles()
    await using test = await openTest({ files })
    const { memberId } = test.founding
    await test.database.write(async (tx) => {
      for (let number = 0; number < 300; number++) await queueRecord(tx, memberId, record(number))
    })
    await using _writer = test.start()
    const log = await test.published(301)
    const name = `ayni/${memberId}/0 tile/entries/000`
    const bytes = Uint8Array.from(files.files.get(name) ?? [])
    bytes[100] = (bytes[100] ?? 0) ^ 1
    files.files.set(name, bytes)
    await expect(test.logs.bundle(log, 0, 256)).rejects.toBeInstanceOf(DamagedLog)
    await expect(test.logs.bundle(log, 0, 7)).rejects.toBeInstanceOf(DamagedLog)
    await expect(test.logs.tile(log, { level: 0, index: 0, width: 256 })).rejects.toBeInstanceOf(DamagedLog)
    expect(await test.logs.bundle(log, 1, 45)).not.toBeNull()
  })
})

/** What may happen at a write: it is not done and says so, or it is done and says that it is not. */
const FAULTS = [
  ['lost', 0],
  ['kept', 0],
  ['lost', 1],
  ['kept', 1],
  ['lost', 2],
  ['kept', 2],
] as const

describe('a log whose writes fail', () => {
  it.each(FAULTS)('goes on and signs nothing twice: transaction %s, number %i', async (what, number) => {
    let writes = 0
    const faulty = (real: Database): Database => ({
      ...real,
      async write(work) {
        const isHit = writes++ === number
        if (isHit && what === 'lost') throw new Error('the disk said no')
        const value = await real.write(work)
        if (isHit) throw new Error('the disk said no, but did it')
        return value
      },
    })
    await using test = await openTest({ database: faulty })
    const { memberId } = test.founding
    await test.database.write(async (tx) => {
      for (let each = 0; each < 300; each++) await queueRecord(tx, memberId, record(each))
    })
    await using _writer = test.start()
    await expectWhole(test, 301)
    expect(test.told.filter((event) => event === 'failed').length).toBe(1)
  })

  it.each(['lost', 'kept'])('writes the same files again: files %s', async (what) => {
    const real = memoryLogFiles()
    let writes = 0
    const files: LogFileStore = {
      ...real,
      async write(origin, written) {
        const isHit = writes++ === 0
        if (!isHit || what === 'kept') await real.write(origin, written)
        if (isHit) throw new Error('the disk said no')
      },
    }
    await using test = await openTest({ files })
    await test.database.write(async (tx) => {
      for (let each = 0; each < 300; each++) await queueRecord(tx, test.founding.memberId, record(each))
    })
    await using _writer = test.start()
    await expectWhole(test, 301)
    expect(writes).toBeGreaterThan(1)
  })

  it('answers whoever waits that it was not written, and takes the same again', async () => {
    let writes = 0
    const faulty = (real: Database): Database => ({
      ...real,
      write: (work) => (writes++ === 2 ? Promise.reject(new Error('the disk said no')) : real.write(work)),
    })
    await using test = await openTest({ database: faulty })
    await using writer = test.start()
    await test.published(1)
    const { memberId } = test.founding
    expect(await writer.append(memberId, record(1))).toMatchObject({ failure: { reason: 'notWritten' } })
    expect(await writer.append(memberId, record(1))).toMatchObject({ ok: true, value: { position: 1 } })
  })
})
