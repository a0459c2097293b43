import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { memoryKeyStore, memoryLogFiles, memoryMessageKeyStore } from '../../test/support/logs.ts'
import { temporaryDatabase } from '../../test/support/temporary-database.ts'
import { utf8 } from '../kernel/bytes.ts'
import { isoTime } from '../kernel/time.ts'
import { MemberProfile, writeLeaf } from '../records/index.ts'
import { createLogs, currentKeys, hasFollowed, newerOf, queueRecord, startLogWriter } from './index.ts'
import { type Introduced, type Introduction, readIntroduction } from './queries/introduction.ts'

const NOW = Date.UTC(2026, 10, 24)

function profile(handle: string, at: number): MemberProfile {
  const body = { handle, name: `Institute of ${handle}` }
  return MemberProfile.parse({ type: 'member-profile/1', time: isoTime(at), body })
}

/** A member that has said what it is called, and can show it. */
async function openInstitute(handle: string) {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await temporaryDatabase())
  let now = NOW
  const clock = () => (now += 2000)
  const stores = { files: memoryLogFiles(), keys: memoryKeyStore(), messageKeys: memoryMessageKeyStore() }
  const deps = { ...stores, database, clock, random: (length: number) => randomBytes(length) }
  const logs = createLogs({ ...deps, ahead: () => 0 })
  const founding = await logs.found()
  const { memberId } = founding
  await database.write(async (tx) => {
    const row = { handle, display_name: handle, url: null, created_at: now, hosted: 1 as const }
    await tx
      .insertInto('member')
      .values({ id: memberId, ...row })
      .execute()
    await founding.open(tx)
    await queueRecord(tx, memberId, profile(handle, clock()))
  })
  const events = { published() {}, damaged() {}, frozen() {}, failed() {} }
  const writer = owned.use(
    startLogWriter({ ...deps, events, apply: async () => {}, maySign: async () => true }),
  )
  const current = async () => {
    const log = await logs.current(memberId)
    if (!log) throw new Error('the log is gone')
    return log
  }
  const signed = async (number: number, size: number) => {
    writer.wake()
    for (;;) {
      const log = await current()
      if (log.number === number && log.signed_size >= size) return
      await delay(2)
    }
  }
  await signed(0, 2)
  const rest = owned.move()
  return {
    memberId,
    signed,
    async introduce(): Promise<Introduction> {
      const shown = await logs.introduce(memberId)
      if (!shown) throw new Error('there is nothing to show')
      return shown
    },
    async rotate() {
      const { ok } = await logs.rotate(await current(), founding.recoveryKeys.slice(1))
      expect(ok).toBe(true)
    },
    async succeed() {
      const { ok } = await logs.succeed(await current(), 'compromise', founding.recoveryKeys.slice(1))
      expect(ok).toBe(true)
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

function known(introduction: Introduction): Introduced {
  const read = readIntroduction(introduction)
  if (!read) throw new Error('it shows nothing')
  return read
}

const witnessOf = ({ keys }: Introduced) => currentKeys(keys).witness

describe('a member that introduces itself', () => {
  it('shows its name and its keys, through a rotation and a succession', async () => {
    await using quito = await openInstitute('quito')
    const first = known(await quito.introduce())
    const called = { handle: 'quito', name: 'Institute of quito', colour: null }
    expect(first).toMatchObject({ memberId: quito.memberId, number: 0, profile: called })
    await quito.rotate()
    await quito.signed(0, 3)
    const second = known(await quito.introduce())
    expect(second).toMatchObject({ number: 0, profile: called })
    await quito.succeed()
    await quito.signed(1, 1)
    const third = known(await quito.introduce())
    expect(third).toMatchObject({ memberId: quito.memberId, number: 1, profile: called })
    expect(new Set([first, second, third].map(witnessOf)).size).toBe(3)

    const at = (shown: Introduced) => ({ number: shown.number, witness: witnessOf(shown) })
    expect([hasFollowed(second, at(first)), hasFollowed(third, at(second))]).toEqual([true, true])
    expect([hasFollowed(first, at(second)), hasFollowed(second, at(third))]).toEqual([false, false])
    expect([newerOf(first, second), newerOf(third, second)]).toEqual([second, third])
  })

  it.each<[string, (shown: Introduction, other: Introduction) => Introduction]>([
    ['nothing', () => ({ logs: [], profile: null })],
    ['a log without entries', ({ profile }) => ({ logs: [[]], profile })],
    ['the name of another', ({ logs }, other) => ({ logs, profile: other.profile })],
    [
      'the keys of another',
      ({ logs, profile }, other) => ({
        logs: [[...(logs[0] ?? []).slice(0, 1), ...(other.logs[0] ?? []).slice(1)]],
        profile,
      }),
    ],
    [
      'the next log of another',
      ({ logs, profile }, other) => ({
        logs: [...logs.slice(0, 1), ...other.logs.slice(1)],
        profile,
      }),
    ],
    ['a log left out', ({ logs, profile }) => ({ logs: logs.slice(1), profile })],
    [
      'its keys twice',
      ({ logs, profile }) => ({
        logs: [[...(logs[0] ?? []), ...(logs[0] ?? []).slice(1)]],
        profile,
      }),
    ],
    [
      'an entry that names no keys',
      ({ logs, profile }) => ({
        logs: [[...(logs[0] ?? []), { position: 9, leaf: writeLeaf(profileOf('quito')) }]],
        profile,
      }),
    ],
    [
      'a name that was changed',
      ({ logs, profile }) => ({
        logs,
        profile: profile && utf8(renamed(Buffer.from(profile).toString())),
      }),
    ],
    ['what is no proof', ({ logs }) => ({ logs, profile: utf8('quito') })],
  ])('is not believed with %s', async (_, forge) => {
    await using quito = await openInstitute('quito')
    await using other = await openInstitute('quito')
    for (const each of [quito, other]) {
      await each.rotate()
      await each.signed(0, 3)
      await each.succeed()
      await each.signed(1, 1)
    }
    const shown = await quito.introduce()
    expect(readIntroduction(shown)).not.toBeNull()
    expect(readIntroduction(forge(shown, await other.introduce()))).toBeNull()
  })
})

const profileOf = (handle: string) => profile(handle, NOW)

/** The same proof, with another entry in it. */
function renamed(proof: string): string {
  return proof.replace(/^extra .*$/m, `extra ${writeLeaf(profileOf('lima')).toBase64()}`)
}
