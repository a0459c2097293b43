import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { memoryLogs } from '../../../../test/support/logs.ts'
import { temporaryDatabase } from '../../../../test/support/temporary-database.ts'
import type { Database } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { Refusal } from '../../../kernel/failure.ts'
import { type MemberId, originOf, Sha256 } from '../../../kernel/names.ts'
import { isoTime } from '../../../kernel/time.ts'
import { extendLog } from '../../../log/commands/extend.ts'
import { makeGenesis } from '../../../log/identity/genesis.ts'
import { leafHash, openLog } from '../../../log/index.ts'
import { findLog } from '../../../log/queries/entries.ts'
import { PublicRecord, writeLeaf } from '../../../records/index.ts'
import { dropMember, MEMBER_TABLES, project, refoldMember } from '../members/projection.ts'
import { checked, findStatement, KEPT_TYPES, statementsOf } from './index.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const [ONE, OTHER] = [makeGenesis({ random, now: 0 }), makeGenesis({ random, now: 0 })]

const idOf = (leaf: Uint8Array) => Sha256.parse(Uint8Array.from(leafHash(leaf)).toHex())
const leafOf = (type: string, body: object, time = 1000) =>
  writeLeaf(PublicRecord.parse({ type, time: isoTime(time), body }))
const placeOf = (memberId: MemberId, index: number, leaf: Uint8Array) => ({
  origin: originOf(memberId, 0),
  index,
  leaf: idOf(leaf),
})

const NEED = {
  kind: 'skills',
  unit: 'seat',
  title: 'A course',
  purpose: 'For nurses.',
  language: 'en',
  country: 'KE',
  sector: 'health',
}
const need = (amount: number) => leafOf('need/1', { ...NEED, amount })
/** Says whose words it is: in the log of another it is a copy. */
const NAMED = leafOf('need/1', { ...NEED, amount: 40, member: ONE.memberId })
const PLEDGE = leafOf('pledge/1', {
  kind: 'skills',
  unit: 'seat',
  title: 'Courses',
  description: 'On line.',
  language: 'fr',
  amount: 500,
  until: '2030-12-31',
})
const signature = (place: object) =>
  leafOf('agreement-signature/1', { agreement: place, answer: 'sign' }, 2000)
const retraction = (place: object) =>
  leafOf('record-retraction/1', { record: place, reason: 'mistake' }, 3000)
const PROFILE = leafOf('member-profile/1', { handle: 'nairobi', name: 'Nairobi' })
const NONSENSE = utf8('{"body":{"amount":0},"time":"2026-11-24T08:00:00.000Z","type":"need/1"}\n')

/** What two members said, each with the retraction of the other's first need and of its own. */
const [FIRST, SECOND] = [need(10), need(20)]
const SIGNED = signature(placeOf(OTHER.memberId, 9, PLEDGE))
const SAID = {
  one: [
    PROFILE,
    FIRST,
    NONSENSE,
    SECOND,
    SIGNED,
    retraction(placeOf(ONE.memberId, 2, FIRST)),
    retraction(placeOf(ONE.memberId, 5, SIGNED)),
  ],
  other: [PLEDGE, retraction(placeOf(ONE.memberId, 4, SECOND)), need(30)],
}

/** A node that holds two logs, of which the entries come in batches. */
async function openReader(batches: readonly (readonly [who: typeof ONE, leaves: readonly Uint8Array[]])[]) {
  const database = await temporaryDatabase()
  const logs = memoryLogs({ database, clock: () => 0, random })
  for (const { memberId, leaf } of [ONE, OTHER]) await begin(database, memberId, leaf)
  for (const [who, leaves] of batches) await hear(database, who.memberId, leaves)
  return { database, logs, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

async function begin(database: Database, id: MemberId, leaf: Uint8Array): Promise<void> {
  const row = { id, handle: id.slice(0, 8), display_name: '', url: null, created_at: 0, hosted: 0 as const }
  await database.write(async (tx) => {
    await tx.insertInto('member').values(row).execute()
    await openLog(tx, { memberId: id, leaf, role: 'held' })
  })
}

async function hear(database: Database, memberId: MemberId, leaves: readonly Uint8Array[]): Promise<void> {
  const origin = originOf(memberId, 0)
  await database.write(async (tx) => {
    const log = await findLog(tx, origin)
    if (!log) throw new Error('the log has begun')
    await extendLog(tx, log, leaves)
    await project(
      tx,
      memberId,
      leaves.map((leaf, index) => ({ origin, position: log.size + index, leaf })),
    )
  })
}

async function rowsOf({ read }: Database): Promise<Readonly<Record<string, readonly object[]>>> {
  const rows: Record<string, object[]> = {}
  for (const table of MEMBER_TABLES) rows[table.name] = await Array.fromAsync(table.rows(read))
  return rows
}

const inOneGo = [
  [ONE, SAID.one],
  [OTHER, SAID.other],
] as const

describe('what members said', () => {
  it('is kept as they said it, by its leaf hash, and nothing else is', async () => {
    await using reader = await openReader(inOneGo)
    const all = await statementsOf(reader.database.read, KEPT_TYPES)
    expect(all.map(({ id }) => id).toSorted()).toEqual(
      [FIRST, SECOND, SIGNED, PLEDGE, need(30)].map(idOf).toSorted(),
    )
    const [first] = all.filter(({ id }) => id === idOf(FIRST))
    expect(first).toMatchObject({
      memberId: ONE.memberId,
      place: placeOf(ONE.memberId, 2, FIRST),
      time: 1000,
      record: { type: 'need/1', body: { amount: 10 } },
    })
  })

  it('is not kept where the words name another member as theirs: a copy would have the same id', async () => {
    const batches = [
      [OTHER, [NAMED]],
      [ONE, [NAMED]],
    ] as const
    await using reader = await openReader(batches)
    const { read } = reader.database
    expect(await statementsOf(read, KEPT_TYPES)).toMatchObject([{ id: idOf(NAMED), memberId: ONE.memberId }])
    expect(await findStatement(read, ['need/1'], idOf(NAMED))).toMatchObject({ memberId: ONE.memberId })
  })

  it('is found by type and by id', async () => {
    await using reader = await openReader(inOneGo)
    const { read } = reader.database
    const needs = await statementsOf(read, ['need/1'])
    expect(needs.map(({ record }) => record.body.amount).toSorted((a, b) => a - b)).toEqual([10, 20, 30])
    expect(await findStatement(read, ['pledge/1'], idOf(PLEDGE))).toMatchObject({ memberId: OTHER.memberId })
    expect(await findStatement(read, ['need/1'], idOf(PLEDGE))).toBeNull()
    expect(await findStatement(read, KEPT_TYPES, '0'.repeat(64))).toBeNull()
  })

  it('shows what its member took back; of others, and of what binds others, nothing is taken back', async () => {
    await using reader = await openReader(inOneGo)
    const all = await statementsOf(reader.database.read, KEPT_TYPES)
    const takenBack = all.filter(({ retracted }) => retracted !== null)
    expect(takenBack.map(({ id, retracted }) => [id, retracted])).toEqual([
      [idOf(FIRST), { origin: originOf(ONE.memberId, 0), index: 6 }],
    ])
  })

  it('comes to the same in whichever order logs are read, and however many entries at once', async () => {
    await using reader = await openReader(inOneGo)
    await using another = await openReader([
      ...SAID.other.map((leaf) => [OTHER, [leaf]] as const),
      ...SAID.one.map((leaf) => [ONE, [leaf]] as const),
    ])
    const statements = ({ database }: typeof reader) => statementsOf(database.read, KEPT_TYPES)
    expect(await statements(another)).toEqual(await statements(reader))
  })

  it('is forgotten with its member, and comes to the same when it is folded anew', async () => {
    await using reader = await openReader(inOneGo)
    const { database, logs } = reader
    const live = await rowsOf(database)
    expect(live['statement']).toHaveLength(5)
    await database.write((tx) => dropMember(tx, ONE.memberId))
    expect((await rowsOf(database))['statement']).toHaveLength(2)
    await database.write((tx) => refoldMember(tx, logs, { member_id: ONE.memberId }))
    expect(await rowsOf(database)).toEqual(live)
  })
})

describe('what is to be said', () => {
  const clock = () => Date.UTC(2026, 10, 24)
  const reasonOf = (body: object) => {
    try {
      checked({ clock }, 'delivery/1', body)
    } catch (cause) {
      if (cause instanceof Refusal) return [cause.failure.reason, cause.failure.field]
      throw cause
    }
    return null
  }
  const DELIVERY = {
    agreement: placeOf(ONE.memberId, 3, FIRST),
    obligation: 0,
    amount: 1,
    from: '2027-01-01',
    until: '2027-01-31',
  }

  it.each([
    ['nothing wrong', {}, null],
    ['an amount of nothing', { amount: 0 }, ['invalidField', 'amount']],
    ['days backwards', { until: '2026-12-31' }, ['invalidField', 'until']],
    ['an address', { note: 'Ask post@example.org.' }, ['personalData', 'body.note']],
  ])('is checked as its readers will: %s', (_what, changed, refused) => {
    expect(reasonOf({ ...DELIVERY, ...changed })).toEqual(refused)
  })
})
