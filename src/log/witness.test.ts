import { createHash, randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { memoryKeyStore, memoryLogFiles, memoryMessageKeyStore } from '../../test/support/logs.ts'
import { temporaryDatabase } from '../../test/support/temporary-database.ts'
import { fromUtf8, utf8 } from '../kernel/bytes.ts'
import { originOf } from '../kernel/names.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../kernel/time.ts'
import { readLeaf } from '../records/index.ts'
import { makeGenesis, readGenesis } from './identity/genesis.ts'
import { createLogs, openLog } from './index.ts'
import { readLeafAt } from './queries/entries.ts'
import { enough, timeToVouch, witnessName } from './rules.ts'
import {
  convicts,
  cosign,
  formatCheckpoint,
  formatNote,
  formatSignature,
  formatWitnessRequest,
  type LogFiles,
  openNote,
  parseForkFile,
  parseNote,
  proveConsistency,
  type SigningKey,
  signingKey,
  signNote,
  type TileReader,
  tilePath,
  verifierKey,
} from './tlog/index.ts'
import { writtenLog } from './tlog/written-log.contract.ts'

const GENESIS = makeGenesis({ random: (length) => randomBytes(length), now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const KEY = signingKey(ORIGIN, 1, GENESIS.keys.log)
const HASH = createHash('sha256').update(ORIGIN).digest('hex')
const NOW = Date.UTC(2026, 10, 24)

function leaves(count: number, what = 'entry'): readonly Uint8Array[] {
  return [GENESIS.leaf, ...Array.from({ length: count - 1 }, (_, index) => utf8(`{"${what}":${index}}\n`))]
}

function written(count: number, what?: string, key: SigningKey = KEY) {
  const { files, root } = writtenLog(leaves(count, what), key)
  const tiles: TileReader = { read: async (tile) => files.get(tilePath(tile)) ?? new Uint8Array() }
  const source: LogFiles = { read: async (path) => files.get(path) ?? null }
  return { tiles, source, root, note: files.get('checkpoint') ?? new Uint8Array() }
}

/** Asks for a cosignature as the log would, its history being that of `what`. */
async function asking(oldSize: number, size: number, what?: string): Promise<Uint8Array> {
  const { tiles, note } = written(size, what)
  const proof = oldSize === 0 || oldSize > size ? [] : await proveConsistency(tiles, oldSize, size)
  return body(oldSize, proof, note)
}

function body(oldSize: number, proof: readonly Uint8Array[], note: Uint8Array): Uint8Array {
  const parsed = parseNote(note)
  if (!parsed) throw new Error('no note')
  return utf8(
    formatWitnessRequest({ oldSize, proof: proof.map((hash) => Uint8Array.from(hash)), note: parsed }),
  )
}

/** A member that follows the log, has its genesis, and vouches for it. */
async function openWitness() {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await temporaryDatabase())
  const clock = { now: NOW, ahead: 0 }
  const deps = {
    database,
    files: memoryLogFiles(),
    keys: memoryKeyStore(),
    messageKeys: memoryMessageKeyStore(),
    clock: () => clock.now,
    ahead: () => clock.ahead,
    random: (length: number) => randomBytes(length),
  }
  const logs = createLogs(deps)
  const own = await logs.found()
  const member = { display_name: '', url: null, created_at: 0 }
  await database.write(async (tx) => {
    await tx
      .insertInto('member')
      .values({ ...member, id: own.memberId, handle: 'cusco', hosted: 1 })
      .execute()
    await own.open(tx)
    await tx
      .insertInto('member')
      .values({ ...member, id: GENESIS.memberId, handle: 'accra', hosted: 0 })
      .execute()
    await openLog(tx, { memberId: GENESIS.memberId, leaf: GENESIS.leaf, role: 'held' })
    const follow = { content: 'none', trust: 'full', allow_private: 0, since: 0, applied: 0 } as const
    const rest = { checked_at: null, failure: null, failed_at: null }
    await tx
      .insertInto('follow')
      .values({ member_id: GENESIS.memberId, url: 'http://accra.example', ...follow, ...rest })
      .execute()
  })
  const held = async () => (await logs.find(ORIGIN)) ?? expect.unreachable('the log is gone')
  const ownLog = async () => (await logs.find(originOf(own.memberId, 0))) ?? expect.unreachable('no log')
  const genesis = await readLeafAt(deps, await ownLog(), 0)
  const keys = genesis && readGenesis(genesis)
  if (!keys) throw new Error('no genesis')
  const key = verifierKey(witnessName(own.memberId), 4, Uint8Array.fromBase64(keys.witness))
  const rest = owned.move()
  return {
    logs,
    clock,
    key,
    held,
    database,
    ownLog,
    ask: async (request: Uint8Array) => (await logs.addCheckpoint(request)).answer,
    pull: async (source: LogFiles) => {
      const request = { files: source, apply: async () => {}, signal: new AbortController().signal }
      return logs.sync(await held(), request)
    },
    /** What it vouches for: size and time in seconds. */
    async state(): Promise<readonly [number, number] | null> {
      const note = await logs.vouched(HASH)
      const parsed = note === null ? null : parseNote(utf8(note))
      const opened = parsed && openNote(parsed, [KEY.verifier, key])
      if (!parsed || !opened?.ok) return null
      const time = opened.verified.find((each) => each.key.type === 4)?.time ?? -1
      return [Number(parsed.text.split('\n')[1]), time]
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

describe('a witness', () => {
  it('vouches for what continues the log, and serves what it vouched for', async () => {
    await using witness = await openWitness()
    expect(await witness.state()).toBe(null)
    for (const [from, to] of [
      [0, 1],
      [1, 3],
      [3, 256],
      [256, 257],
      [257, 700],
    ] as const) {
      const answer = await witness.ask(await asking(from, to))
      if (answer.kind !== 'cosigned') throw new Error(`${from} to ${to}: ${answer.kind}`)
      const note = parseNote(utf8(fromUtf8(written(to).note) + answer.lines))
      expect(note && openNote(note, [KEY.verifier, witness.key])).toMatchObject({
        ok: true,
        verified: [{ time: null }, { time: NOW / SECOND }],
      })
      expect(await witness.state()).toEqual([to, NOW / SECOND])
    }
    expect((await witness.held()).signed_size).toBe(0)
  })

  it.each([
    ['nothing', async () => utf8(''), { kind: 'malformed' }],
    ['a page', async () => utf8('<html>\n\n'), { kind: 'malformed' }],
    [
      'another log',
      async () => body(0, [], writtenLog(leaves(5)).files.get('checkpoint') ?? utf8('')),
      { kind: 'unknown' },
    ],
    [
      'another key under the right name',
      async () => body(0, [], written(5, 'entry', signingKey(ORIGIN, 1, new Uint8Array(32).fill(9))).note),
      { kind: 'unsigned' },
    ],
    ['an old size above the new one', async () => asking(12, 11), { kind: 'backwards' }],
    ['an old size that is not ours', async () => asking(9, 20), { kind: 'conflict', size: 10 }],
    ['an older checkpoint', async () => asking(0, 5), { kind: 'conflict', size: 10 }],
    ['no proof', async () => body(10, [], written(20).note), { kind: 'unproven' }],
    ['a proof of another history', async () => asking(10, 20, 'forged'), { kind: 'unproven' }],
    [
      'a proof for what is already ours',
      async () => body(10, [new Uint8Array(32)], written(10).note),
      { kind: 'unproven' },
    ],
    ['another root of our size', async () => asking(10, 10, 'forged'), { kind: 'unproven' }],
    [
      'sixty-four hashes',
      async () =>
        utf8(`old 10\n${`${new Uint8Array(32).toBase64()}\n`.repeat(64)}\n${fromUtf8(written(20).note)}`),
      { kind: 'malformed' },
    ],
    [
      'a hash of 31 bytes',
      async () => utf8(`old 10\n${new Uint8Array(31).toBase64()}\n\n${fromUtf8(written(20).note)}`),
      { kind: 'malformed' },
    ],
  ])('answers %s as it should, and its state stays', async (_what, request, answer) => {
    await using witness = await openWitness()
    await witness.ask(await asking(0, 10))
    expect(await witness.ask(await request())).toEqual(answer)
    expect(await witness.state()).toEqual([10, NOW / SECOND])
  })

  it('wants no proof from nothing, and the empty tree’s own root', async () => {
    await using witness = await openWitness()
    expect(await witness.ask(body(0, [new Uint8Array(32)], written(5).note))).toEqual({ kind: 'unproven' })
    const empty = (root: Uint8Array) =>
      body(
        0,
        [],
        utf8(signNote(formatCheckpoint({ origin: ORIGIN, size: 0, root: Uint8Array.from(root) }), [KEY])),
      )
    expect(await witness.ask(empty(new Uint8Array(32)))).toEqual({ kind: 'unproven' })
    expect(await witness.ask(empty(createHash('sha256').digest()))).toMatchObject({ kind: 'cosigned' })
    expect(await witness.ask(await asking(0, 5))).toMatchObject({ kind: 'cosigned' })
  })

  it('answers nobody who is not followed any more', async () => {
    await using witness = await openWitness()
    await witness.ask(await asking(0, 5))
    await witness.database.write((tx) => tx.deleteFrom('follow').execute())
    expect(await witness.ask(await asking(5, 6))).toEqual({ kind: 'unknown' })
    expect(await witness.state()).toEqual([5, NOW / SECOND])
  })

  it('keeps no line that it did not check: neither one forged in its own name nor hundreds of others', async () => {
    await using witness = await openWitness()
    const { text, signatures } = parseNote(written(5).note) ?? expect.unreachable('no note')
    const stranger = signingKey('nobody.example', 4, new Uint8Array(32).fill(7))
    const forged = { name: witness.key.name, id: witness.key.id, signature: new Uint8Array(72).fill(1) }
    const note = utf8(formatNote(text, [...signatures, forged, cosign(text, stranger, 1)]))
    expect(await witness.ask(body(0, [], note))).toMatchObject({ kind: 'cosigned' })
    const served = await witness.logs.vouched(HASH)
    expect(served?.match(/^— /gm)).toHaveLength(2)
    expect(served).not.toContain(formatSignature(forged).trimEnd())
    expect(await witness.state()).toEqual([5, NOW / SECOND])
    // The same by way of a copy.
    const { files } = writtenLog(leaves(6), KEY)
    const six = parseNote(files.get('checkpoint') ?? utf8('')) ?? expect.unreachable('no note')
    files.set('checkpoint', utf8(formatNote(six.text, [...six.signatures, forged])))
    await witness.pull({ read: async (path) => files.get(path) ?? null })
    await witness.logs.cosign(ORIGIN)
    const copy = fromUtf8((await witness.logs.checkpoint(await witness.held())) ?? utf8(''))
    expect(copy.match(/^— /gm)).toHaveLength(2)
    expect(await witness.state()).toEqual([6, NOW / SECOND])
    const many =
      fromUtf8(written(7).note) +
      formatSignature(cosign('a\n1\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n', stranger, 1)).repeat(
        10_000,
      )
    const started = performance.now()
    expect(await witness.ask(utf8(`old 6\n\n${many}`))).toEqual({ kind: 'malformed' })
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('never goes back, however requests race', async () => {
    await using witness = await openWitness()
    await witness.ask(await asking(0, 10))
    const requests = await Promise.all(
      Array.from({ length: 40 }, (_, index) => asking(10, 11 + ((index * 7) % 40))),
    )
    const answers = await Promise.all(requests.map((request) => witness.ask(request)))
    expect(answers.filter(({ kind }) => kind === 'cosigned')).toHaveLength(1)
    expect(answers.filter(({ kind }) => kind === 'conflict')).toHaveLength(39)
    const winner = 11 + ((answers.findIndex(({ kind }) => kind === 'cosigned') * 7) % 40)
    expect(await witness.state()).toEqual([winner, NOW / SECOND])
  })

  it('dates anew what has not changed, once an hour', async () => {
    await using witness = await openWitness()
    const first = await witness.ask(await asking(0, 10))
    witness.clock.now += MINUTE
    expect(await witness.ask(await asking(10, 10))).toEqual(first)
    witness.clock.now += HOUR
    expect(await witness.ask(await asking(10, 10))).toMatchObject({ kind: 'cosigned' })
    expect(await witness.state()).toEqual([10, (NOW + HOUR + MINUTE) / SECOND])
  })
})

describe('one state for what is pushed and what is held', () => {
  it('is ahead of the copy after a push, and the copy comes after', async () => {
    await using witness = await openWitness()
    await witness.pull(written(10).source)
    expect(await witness.logs.cosign(ORIGIN)).toEqual({ kind: 'done' })
    expect(await witness.ask(await asking(10, 20))).toMatchObject({ kind: 'cosigned' })
    expect((await witness.held()).signed_size).toBe(10)
    // A source between the two says nothing new: it may be of another history.
    expect(await witness.pull(written(15).source)).toMatchObject({ value: { kind: 'stale', size: 15 } })
    expect(await witness.logs.cosign(ORIGIN)).toEqual({ kind: 'done' })
    expect(await witness.logs.clockDoubt()).toBeNull()
    expect(await witness.state()).toEqual([20, NOW / SECOND])
    expect(await witness.pull(written(30).source)).toMatchObject({ ok: true })
    expect(await witness.logs.cosign(ORIGIN)).toEqual({ kind: 'done' })
    expect(await witness.state()).toEqual([30, NOW / SECOND])
  })

  it('counts what the copy holds as seen, though nothing was pushed', async () => {
    await using witness = await openWitness()
    await witness.pull(written(10).source)
    expect(await witness.ask(await asking(0, 20, 'forged'))).toEqual({ kind: 'conflict', size: 10 })
    expect(await witness.ask(await asking(10, 20))).toMatchObject({ kind: 'cosigned' })
  })

  it.each([
    ['pushed and then served, of one size', 20],
    ['pushed and then served longer', 30],
  ])('catches a fork between what was %s', async (_what, size) => {
    await using witness = await openWitness()
    await witness.pull(written(10).source)
    await witness.ask(await asking(10, 20))
    const other = [...leaves(10), ...leaves(size + 1, 'forged').slice(10, size)]
    const { files } = writtenLog(other, KEY)
    const caught = await witness.pull({ read: async (path) => files.get(path) ?? null })
    if (caught.ok || caught.failure.kind !== 'fork') throw new Error('the fork was not caught')
    expect(convicts(caught.failure.fork, () => KEY.verifier)).toBe(true)
    expect((await witness.held()).size).toBe(10)
  })

  it.each([
    ['shorter than the copy', 7],
    ['of its size', 10],
  ])('catches a fork in a push that is %s, keeps the evidence and says it once', async (_what, size) => {
    await using witness = await openWitness()
    await witness.pull(written(10).source)
    const { answer, fork, origin } = await witness.logs.addCheckpoint(await asking(0, size, 'forged'))
    expect([answer, origin]).toEqual([{ kind: 'conflict', size: 10 }, ORIGIN])
    if (!fork) throw new Error('the fork was not caught')
    expect(convicts(fork, () => KEY.verifier)).toBe(true)
    expect(await witness.logs.convict(ORIGIN, fork)).toBe(true)
    expect(await witness.logs.convict(ORIGIN, fork)).toBe(false)
    const evidence = parseForkFile(utf8((await witness.logs.evidence(ORIGIN)) ?? ''))
    expect(evidence && convicts(evidence, () => KEY.verifier)).toBe(true)
    expect((await witness.held()).frozen).toBe('fork')
    expect(await witness.ask(await asking(10, 20))).toEqual({ kind: 'unwilling' })
    const said = await witness.database.read.selectFrom('outgoing_record').select('json').execute()
    expect(said).toHaveLength(1)
    expect(readLeaf(utf8(`${said[0]?.json}\n`))).toMatchObject({ record: { type: 'log-fork/1' } })
  })
})

describe('a clock that is wrong', () => {
  it.each([
    ['began in 1970', { now: 1000, ahead: 0 }],
    ['is ten years ahead of everybody’s', { now: NOW + 3650 * DAY, ahead: 3650 * DAY }],
    ['is an hour behind everybody’s', { now: NOW + HOUR, ahead: -HOUR }],
    ['went back an hour', { now: NOW - HOUR, ahead: 0 }],
  ] as const)('that %s stops vouching until it is right again', async (_what, wrong) => {
    await using witness = await openWitness()
    await witness.ask(await asking(0, 10))
    const right = { ...witness.clock }
    Object.assign(witness.clock, wrong)
    expect(await witness.ask(await asking(10, 20))).toEqual({ kind: 'unwilling' })
    await witness.pull(written(20).source)
    expect(await witness.logs.cosign(ORIGIN)).toEqual({ kind: 'suspended' })
    expect(await witness.logs.clockDoubt()).not.toBeNull()
    expect((await witness.held()).signed_size).toBe(20) // it is followed all the same
    expect(await witness.state()).toEqual([10, NOW / SECOND])
    Object.assign(witness.clock, right)
    expect(await witness.logs.cosign(ORIGIN)).toEqual({ kind: 'done' })
    expect(await witness.state()).toEqual([20, NOW / SECOND])
  })

  it('that went back a little dates nothing earlier than before', async () => {
    await using witness = await openWitness()
    await witness.ask(await asking(0, 10))
    witness.clock.now -= MINUTE
    expect(await witness.ask(await asking(10, 20))).toMatchObject({ kind: 'cosigned' })
    expect(await witness.state()).toEqual([20, NOW / SECOND])
  })

  it('is told by a rule', () => {
    const at = (now: number, last: number | null, ahead = 0) => timeToVouch({ now, last, ahead })
    expect(at(NOW + 999, null)).toBe(NOW)
    expect(at(0, null)).toBe(null)
    expect(at(NOW, NOW + 5 * MINUTE)).toBe(NOW + 5 * MINUTE)
    expect(at(NOW, NOW + 5 * MINUTE + 1)).toBe(null)
    expect(at(NOW, null, 5 * MINUTE)).toBe(NOW)
    expect(at(NOW, null, 5 * MINUTE + 1)).toBe(null)
    expect(at(NOW, null, -5 * MINUTE - 1)).toBe(null)
  })
})

it.each([
  [1, 1],
  [2, 2],
  [3, 3],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 5],
  [8, 6],
  [9, 7],
  [10, 7],
])('of %i followers %i are enough', (followers, expected) => {
  expect(enough(followers)).toBe(expected)
  // Two sets so large have more members in common than may lie.
  for (let liars = 0; liars <= followers - expected; liars++)
    expect(2 * expected - followers).toBeGreaterThan(liars)
})
