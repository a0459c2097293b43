import { createHash, randomBytes } from 'node:crypto'

import { expect, it } from 'vitest'

import { memoryLogs } from '../../../../test/support/logs.ts'
import { temporaryDatabase } from '../../../../test/support/temporary-database.ts'
import type { Database } from '../../../database/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { originOf } from '../../../kernel/names.ts'
import { isoTime } from '../../../kernel/time.ts'
import { extendLog } from '../../../log/commands/extend.ts'
import { makeGenesis, makeKeys, publicKeyOf } from '../../../log/identity/genesis.ts'
import { parseRecoveryKey } from '../../../log/identity/recovery-key.ts'
import { openLog } from '../../../log/index.ts'
import { findLog } from '../../../log/queries/entries.ts'
import { formatCheckpoint, type SigningKey, signingKey, signNote } from '../../../log/tlog/index.ts'
import { LogFork, MemberKeys, NoteText, writeLeaf } from '../../../records/index.ts'
import { heedForks, project, refoldMember } from './projection.ts'

const random = (length: number) => Uint8Array.from(randomBytes(length))
const ACCUSED = makeGenesis({ random, now: 0 })
const ORIGIN = originOf(ACCUSED.memberId, 0)
const ACCUSER = makeGenesis({ random, now: 0 })
const FIRST_KEY = signingKey(ORIGIN, 1, ACCUSED.keys.log)
const NEW_KEYS = makeKeys(random)

/** Two trees of one size, both signed. */
function evidence(key: SigningKey, size = 7): Uint8Array {
  const note = (what: string) => {
    const root = Uint8Array.from(createHash('sha256').update(what).digest())
    return NoteText.parse(signNote(formatCheckpoint({ origin: ORIGIN, size, root }), [key]))
  }
  const body = { first: note('one'), second: note('other'), proof: [] }
  return writeLeaf(LogFork.parse({ type: 'log-fork/1', time: isoTime(5000), body }))
}

function rotation(): Uint8Array {
  const signers = ACCUSED.recoveryKeys.slice(0, 2).map((text) => {
    const key = parseRecoveryKey(text)
    if (!key) throw new Error('a recovery key that cannot be read')
    return signingKey(`recovery-${key.number}`, 1, key.seed)
  })
  const body = { log: publicKeyOf('log', NEW_KEYS.log), witness: publicKeyOf('witness', NEW_KEYS.witness) }
  const record = MemberKeys.parse({ type: 'member-keys/1', time: isoTime(1000), body })
  const line = `${JSON.stringify({ body: record.body, time: record.time, type: record.type })}\n`
  return utf8(signNote(line, signers))
}

/** A member that is followed, and says something before the accused is known. */
async function openAccuser(leaf: Uint8Array, trust: 'full' | 'witness') {
  const database = await temporaryDatabase()
  const logs = memoryLogs({ database, clock: () => 0, random })
  const origin = originOf(ACCUSER.memberId, 0)
  await database.write(async (tx) => {
    await addMember(tx, ACCUSER.memberId)
    const log = await openLog(tx, { memberId: ACCUSER.memberId, leaf: ACCUSER.leaf, role: 'held' })
    await extendLog(tx, log, [leaf])
    const take = trust === 'full' ? project : heedForks
    await take(tx, ACCUSER.memberId, [{ origin, position: 1, leaf }])
  })
  return { database, logs, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

type Tx = Parameters<Parameters<Database['write']>[0]>[0]

async function addMember(tx: Tx, id: string): Promise<void> {
  const row = { id, handle: id.slice(0, 8), display_name: '', url: null, created_at: 0, hosted: 0 as const }
  await tx.insertInto('member').values(row).execute()
}

async function followAccused(database: Database): Promise<void> {
  await database.write(async (tx) => {
    await addMember(tx, ACCUSED.memberId)
    await openLog(tx, { memberId: ACCUSED.memberId, leaf: ACCUSED.leaf, role: 'held' })
  })
}

async function stateOf(database: Database) {
  const log = await findLog(database.read, ORIGIN)
  return {
    frozen: log?.frozen,
    evidence: await database.read.selectFrom('fork_evidence').selectAll().execute(),
  }
}

it.each(['full', 'witness'] as const)(
  'evidence that a member stated earlier counts as soon as the accused log is held, the member’s trust being %s',
  async (trust) => {
    await using accuser = await openAccuser(evidence(FIRST_KEY), trust)
    await followAccused(accuser.database)
    const live = await stateOf(accuser.database)
    expect(live).toMatchObject({ frozen: 'fork', evidence: [{ origin: ORIGIN }] })
    await accuser.database.write((tx) => refoldMember(tx, accuser.logs, { member_id: ACCUSER.memberId }))
    expect(await stateOf(accuser.database)).toEqual(live)
  },
)

it('counts as soon as the keys are known that signed it', async () => {
  await using accuser = await openAccuser(evidence(signingKey(ORIGIN, 1, NEW_KEYS.log)), 'full')
  await followAccused(accuser.database)
  expect(await stateOf(accuser.database)).toEqual({ frozen: null, evidence: [] })
  await accuser.database.write(async (tx) => {
    const log = await findLog(tx, ORIGIN)
    if (log) await extendLog(tx, log, [rotation()])
  })
  expect(await stateOf(accuser.database)).toMatchObject({ frozen: 'fork', evidence: [{ origin: ORIGIN }] })
})

it('convicts nobody by what the log did not sign, however often it is looked at', async () => {
  await using accuser = await openAccuser(evidence(signingKey(ORIGIN, 1, makeKeys(random).log)), 'full')
  await followAccused(accuser.database)
  await accuser.database.write((tx) => refoldMember(tx, accuser.logs, { member_id: ACCUSER.memberId }))
  expect(await stateOf(accuser.database)).toEqual({ frozen: null, evidence: [] })
})
