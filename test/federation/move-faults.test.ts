import { randomBytes } from 'node:crypto'
import { appendFile, cp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openDataFolder } from '../../src/adapters/disk/data-folder.ts'
import { seal, unseal } from '../../src/features/follow/carry/commands/seal.ts'
import { utf8 } from '../../src/kernel/bytes.ts'
import { Handle, Name, RepositoryId } from '../../src/kernel/names.ts'
import { parseNote } from '../../src/log/tlog/index.ts'
import { openNode, type Node } from '../../src/node/index.ts'
import { until } from '../support/federation.ts'
import { randomBytesOf, sha256Of, temporaryFolder } from '../support/index.ts'
import { testNode, type TestNode } from '../support/test-node.ts'

const SIGNAL = new AbortController().signal
const WORDS = 'correct horse battery staple'
const KEY = Buffer.alloc(32).toString('base64')
const FILES = { public: randomBytesOf('public', 200_000), private: randomBytesOf('private', 200_000) }

async function openCusco() {
  await using owned = new AsyncDisposableStack()
  const place = owned.use(await temporaryFolder())
  const folder = await openDataFolder(join(place.path, 'data'))
  if (!folder.ok) throw new Error(folder.failure.reason)
  owned.use(folder.value)
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const random = (length: number) => randomBytes(length)
  const node = owned.use(await openNode({ folder: folder.value, clock: () => Date.now(), random, log }))
  const url = 'https://cusco.example'
  const member = { handle: Handle.parse('cusco'), displayName: 'Cusco', url, fullName: 'Amaru' }
  await node.accounts.initialise({ ...member, admin: Name.parse('admin') })
  const rest = owned.move()
  return { node, place: place.path, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

function moveIn(node: Node, folder: string, passphrase = WORDS) {
  return node.carry.moveIn({ folder, passphrase, owner: 'admin', url: null, allowPrivate: false }, SIGNAL)
}

async function reasonOf(node: Node, folder: string, passphrase = WORDS): Promise<string | null> {
  const done = await moveIn(node, folder, passphrase)
  return done.ok ? null : done.failure.reason
}

/** What stands at a node of the member that moves. */
async function stateAt({ database }: Node, memberId: string) {
  const { read } = database
  const log = await read
    .selectFrom('log')
    .select(['role', 'frozen', 'signed_size'])
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  const member = await read
    .selectFrom('member')
    .select('hosted')
    .where('id', '=', memberId)
    .executeTakeFirst()
  const repositories = await read
    .selectFrom('repository')
    .innerJoin('repository_file', 'repository_file.repository_id', 'repository.id')
    .select(['name', 'visibility', 'sha256'])
    .where('member_id', '=', memberId)
    .orderBy('name')
    .execute()
  const queued = await read
    .selectFrom('outgoing_record')
    .select('type')
    .where('member_id', '=', memberId)
    .execute()
  return { ...log, hosted: member?.hosted, repositories, queued: queued.map(({ type }) => type) }
}

const WHOLE = {
  role: 'own',
  frozen: null,
  hosted: 1,
  repositories: [
    { name: 'private', visibility: 'private', sha256: sha256Of(FILES.private) },
    { name: 'public', visibility: 'public', sha256: sha256Of(FILES.public) },
  ],
  queued: ['member-endpoints/1'],
}

type Part = Readonly<Record<string, unknown>>

describe('a move that is interrupted or tampered with', () => {
  const owned = new AsyncDisposableStack()
  let home: TestNode
  let place = ''
  let carry = ''
  let memberId = ''
  let outcomes: object = {}

  beforeAll(async () => {
    home = owned.use(await testNode())
    place = owned.use(await temporaryFolder()).path
    carry = join(place, 'carry')
    const { accounts, content, database } = home.node
    const founded = await accounts.addMember(
      { kind: 'console' },
      { handle: Handle.parse('kisumu'), displayName: 'Kisumu', url: null, owner: 'admin' },
    )
    if (!founded.ok) throw new Error(founded.failure.reason)
    memberId = founded.value.memberId
    for (const name of ['public', 'private'] as const) {
      const json = { 'content-type': 'application/json' }
      const body = JSON.stringify({ name, organization: 'kisumu', private: name === 'private' })
      await home.fetch('/api/repos/create', { method: 'POST', headers: json, body })
      const { id } = await database.read
        .selectFrom('repository')
        .select('id')
        .where('name', '=', name)
        .executeTakeFirstOrThrow()
      const bytes = FILES[name]
      await content.ingest(
        id,
        (async function* () {
          yield Uint8Array.from(bytes)
        })(),
      )
      const file = { path: 'model.bin', algo: 'sha256', oid: sha256Of(bytes), size: bytes.length }
      const lines = [
        { key: 'header', value: { summary: 'Add' } },
        { key: 'lfsFile', value: file },
      ]
      await home.fetch(`/api/models/${RepositoryId.parse(`kisumu/${name}`)}/commit/main`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson' },
        body: lines.map((line) => JSON.stringify(line)).join('\n'),
      })
    }
    const out = (to: string) => home.node.carry.moveOut({ handle: 'kisumu', to, passphrase: WORDS }, SIGNAL)
    const outOnce = async (to: string) => {
      const done = await out(to)
      return done.ok || done.failure.reason !== 'recordsWait' ? done : null
    }
    // The disk fails once the log is given up: no key has left, and the same command goes on.
    await writeFile(join(place, 'file'), '')
    const diskFailed = await said(() => until(() => outOnce(join(place, 'file'))))
    const state = await stateAt(home.node, memberId)
    // A carry that could not be finished is no carry.
    await home.node.database.write((tx) => sql`alter table ref rename to hidden`.execute(tx))
    const broken = await said(() => out(carry))
    await home.node.database.write((tx) => sql`alter table hidden rename to ref`.execute(tx))
    const note = await stat(join(carry, 'carry.json')).catch(() => null)
    outcomes = { diskFailed, state, broken, note, last: await out(carry) }
  })
  afterAll(() => owned.disposeAsync())

  it('goes on moving out where it was interrupted', () => {
    expect(outcomes).toMatchObject({
      diskFailed: expect.stringContaining('ENOTDIR'),
      state: { role: 'held', frozen: 'moved', hosted: 0 },
      broken: expect.stringContaining('ref'),
      note: null,
      last: { ok: true, value: { sealed: 1, repositories: 1, missing: 0 } },
    })
  })

  it('gives nothing to whoever has not the passphrase, and comes in once', async () => {
    await using cusco = await openCusco()
    expect(await reasonOf(cusco.node, carry, 'another passphrase')).toBe('wrongPassphrase')
    expect(await stateAt(cusco.node, memberId)).toMatchObject({ role: 'held', hosted: 0, queued: [] })
    expect(await reasonOf(cusco.node, carry)).toBeNull()
    expect(await reasonOf(cusco.node, carry)).toBeNull()
    expect(await stateAt(cusco.node, memberId)).toMatchObject(WHOLE)
    expect(await Array.fromAsync(cusco.node.content.doctor(SIGNAL))).toEqual([])
  })

  it('is refused where the handle is taken', async () => {
    await using cusco = await openCusco()
    const name = { name: Name.parse('kisumu'), fullName: 'Another', owner: 'admin' }
    await cusco.node.accounts.addOrganisation({ kind: 'console' }, name)
    expect(await reasonOf(cusco.node, carry)).toBe('nameTaken')
    expect(await stateAt(cusco.node, memberId)).toMatchObject({ repositories: [], hosted: undefined })
  })

  const sealed = (folder: string) => join(folder, 'sealed', memberId)
  const flip = async (path: string, at: number) => {
    const bytes = await readFile(path)
    const index = at < 0 ? bytes.length + at : at
    bytes[index] = (bytes[index] ?? 0) ^ 1
    await writeFile(path, bytes)
  }

  it.each<[string, (folder: string) => Promise<unknown>, string]>([
    ['the sealed part is missing', (folder) => rm(sealed(folder)), 'noMemberMoves'],
    ['its first word is altered', (folder) => flip(sealed(folder), 3), 'carryNotBelieved'],
    ['its salt is altered', (folder) => flip(sealed(folder), 20), 'wrongPassphrase'],
    ['a length is altered', (folder) => flip(sealed(folder), 30), 'carryNotBelieved'],
    ['its first record is altered', (folder) => flip(sealed(folder), 60), 'wrongPassphrase'],
    ['its middle is altered', (folder) => flip(sealed(folder), 100_000), 'carryNotBelieved'],
    ['its last byte is altered', (folder) => flip(sealed(folder), -1), 'carryNotBelieved'],
    ['its end is missing', (folder) => truncate(sealed(folder), 150_000), 'carryNotBelieved'],
    ['bytes stand behind it', (folder) => appendFile(sealed(folder), 'x'), 'carryNotBelieved'],
    ['a public file is missing', (folder) => rm(blobOf(folder, FILES.public)), 'carryIncomplete'],
    [
      'the log is altered',
      (folder) => flip(join(folder, 'logs', memberId, '0', 'checkpoint'), 90),
      'logNotBelieved',
    ],
  ])('%s', async (_, spoil, reason) => {
    await using cusco = await openCusco()
    const folder = join(cusco.place, 'carry')
    await cp(carry, folder, { recursive: true })
    await spoil(folder)
    expect(await reasonOf(cusco.node, folder)).toBe(reason)
    const state = await stateAt(cusco.node, memberId)
    expect(state.hosted).not.toBe(1)
    expect(state.role).not.toBe('own')
    // From the folder as it should be, the same node takes the member.
    expect(await reasonOf(cusco.node, carry)).toBeNull()
    expect(await stateAt(cusco.node, memberId)).toMatchObject(WHOLE)
  })

  /** The sealed part as somebody wrote it who has the passphrase and other intentions. */
  async function reseal(folder: string, edit: (part: Part) => object): Promise<void> {
    const { text } = parseNote(await readFile(join(folder, 'logs', memberId, '0', 'checkpoint'))) ?? {}
    const context = utf8(`${(text ?? '').split('\n').slice(0, 3).join('\n')}\n`)
    const bytes = await readFile(sealed(folder))
    const whole = (async function* () {
      yield Uint8Array.from(bytes)
    })()
    const parts: Uint8Array[] = []
    for await (const part of unseal(whole, { passphrase: WORDS, context }))
      parts.push(Buffer.concat(await Array.fromAsync(part)))
    async function* edited() {
      for (const part of parts) {
        const json =
          part[0] === 123 ? utf8(JSON.stringify(edit(JSON.parse(Buffer.from(part).toString())))) : part
        yield (async function* () {
          yield json
        })()
      }
    }
    const again = seal(edited(), { passphrase: WORDS, context, random: (length) => randomBytes(length) })
    await writeFile(sealed(folder), Buffer.concat(await Array.fromAsync(again)))
  }

  it.each<[string, (part: Part) => object, string | null]>([
    ['as it was', (part) => part, null],
    [
      'a repository under the name of another',
      (part) => (part.repository ? { ...part, repository: 'cusco/private' } : part),
      'carryNotBelieved',
    ],
    [
      'a former name under the name of another',
      (part) =>
        part.formerNames
          ? { ...part, formerNames: [{ kind: 'model', former: 'cusco/x', repository: 'kisumu/public' }] }
          : part,
      'carryNotBelieved',
    ],
    [
      'letters that are none',
      (part) => (part.letters ? { ...part, letters: { requests: [7], messages: [] } } : part),
      'carryNotBelieved',
    ],
    [
      'more repositories than there are',
      (part) => (part.keys ? { ...part, repositories: 9 } : part),
      'carryNotBelieved',
    ],
    [
      'fewer repositories than there are',
      (part) => (part.keys ? { ...part, repositories: 0 } : part),
      'carryNotBelieved',
    ],
    [
      'keys of somebody else',
      (part) => (part.keys ? { ...part, keys: [{ log: KEY, witness: KEY }] } : part),
      'carryNotBelieved',
    ],
  ])('believes the passphrase alone nothing: %s', async (_, edit, reason) => {
    await using cusco = await openCusco()
    const folder = join(cusco.place, 'carry')
    await cp(carry, folder, { recursive: true })
    await reseal(folder, edit)
    expect(await reasonOf(cusco.node, folder)).toBe(reason)
    if (reason === null) return
    expect((await stateAt(cusco.node, memberId)).hosted).not.toBe(1)
    expect(await reasonOf(cusco.node, carry)).toBeNull()
  })

  it.each([
    ['before the log is there', 'insert on follow'],
    ['before public repositories stand', 'insert on repository'],
    ['before it is hosted', 'update on log'],
    ['when its followers are written', 'insert on setting'],
    ['before private repositories stand', "insert on repository when new.visibility = 'private'"],
    ['before a private file counts', 'insert on repository_file'],
    ['before somebody may speak for it', 'insert on account'],
    ['before its log says where it is', 'insert on outgoing_record'],
  ])('goes on when it stopped %s', async (_, where) => {
    await using cusco = await openCusco()
    const { database } = cusco.node
    await database.write((tx) =>
      sql
        .raw(`create trigger power_cut before ${where} begin select raise(abort, 'power cut'); end`)
        .execute(tx),
    )
    await expect(moveIn(cusco.node, carry)).rejects.toThrow('power cut')
    await database.write((tx) => sql`drop trigger power_cut`.execute(tx))
    expect(await reasonOf(cusco.node, carry)).toBeNull()
    expect(await stateAt(cusco.node, memberId)).toMatchObject(WHOLE)
    expect(await Array.fromAsync(cusco.node.content.doctor(SIGNAL))).toEqual([])
  })
})

function blobOf(folder: string, bytes: Uint8Array): string {
  const sha256 = sha256Of(bytes)
  return join(folder, 'blobs/sha256', sha256.slice(0, 2), sha256)
}

async function said(work: () => Promise<unknown>): Promise<string | null> {
  return work().then(
    () => null,
    (cause: unknown) => String(cause),
  )
}
