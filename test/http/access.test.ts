import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Pseudonym } from '../../src/features/letters/index.ts'
import { MemberId, originOf, RepositoryId, type RepositoryKind } from '../../src/kernel/names.ts'
import { appendTo } from '../../src/log/commands/append.ts'
import { writeLeaf } from '../../src/records/index.ts'
import { testNode, type TestNode } from '../support/test-node.ts'

const NAME = 'nairobi/siri'
const REQUESTS = `/api/models/${NAME}/user-access-request`

interface Listed {
  readonly user: { readonly user: string; readonly fullname: string }
  readonly status: string
  readonly fields: Readonly<Record<string, string>>
}

/** A node with a repository of one file. */
async function openHome(settings: { readonly private?: boolean; readonly gated?: string }) {
  const node = await testNode()
  const json = (body: object, method = 'POST') => ({
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const made = { name: 'siri', organization: 'nairobi', private: settings.private === true }
  await node.fetch('/api/repos/create', json(made))
  const lines = [
    { key: 'header', value: { summary: 'Add' } },
    { key: 'file', value: { path: 'README.md', content: 'Not for everybody.\n' } },
  ]
  await node.fetch(`/api/models/${NAME}/commit/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  if (settings.gated) await node.fetch(`/api/models/${NAME}/settings`, json({ gated: settings.gated }, 'PUT'))
  const status = async (path: string, token: string | null) => (await node.fetch(path, { token })).status
  return {
    ...node,
    fileAs: (token: string | null) => status(`/${NAME}/resolve/main/README.md`, token),
    infoAs: (token: string | null) => status(`/api/models/${NAME}`, token),
    ask: async (token: string | null, name = NAME, body = {}) =>
      node.fetch(`/${name}/ask-access`, { ...json(body), token }),
    list: async (which: string) =>
      (await (await node.fetch(`${REQUESTS}/${which}`)).json()) as readonly Listed[],
    handle: async (user: string, decided: string, token?: string) =>
      (
        await node.fetch(`${REQUESTS}/handle`, {
          ...json({ user, status: decided }),
          ...(token && { token }),
        })
      ).status,
    grant: async (user: string) => (await node.fetch(`${REQUESTS}/grant`, json({ user }))).status,
  }
}

describe('files that are gated', () => {
  it('are read by a person of this node from the grant until it ends', async () => {
    await using home = await openHome({ gated: 'manual' })
    const otieno = await home.addUser('otieno')
    const other = await home.addUser('other')
    expect([await home.fileAs(otieno), await home.fileAs(null), await home.infoAs(otieno)]).toEqual([
      403, 401, 200,
    ])
    expect((await home.ask(otieno, NAME, { purpose: 'To teach.', contact: 'room 7' })).status).toBe(200)
    expect(await (await home.ask(otieno)).json()).toMatchObject({ reason: 'alreadyAsked' })
    expect(await home.list('pending')).toMatchObject([
      { user: { user: 'otieno' }, status: 'pending', fields: { purpose: 'To teach.', contact: 'room 7' } },
    ])
    expect(await home.handle('otieno', 'accepted', other)).toBe(403)
    expect(await home.fileAs(otieno)).toBe(403)
    expect(await home.handle('otieno', 'accepted')).toBe(200)
    expect([await home.fileAs(otieno), await home.fileAs(other)]).toEqual([200, 403])
    expect(await home.handle('otieno', 'accepted')).toBe(409)
    expect(await home.handle('otieno', 'pending')).toBe(200)
    expect(await home.fileAs(otieno)).toBe(403)
    expect(await home.handle('otieno', 'rejected')).toBe(200)
    expect((await home.list('rejected')).length).toBe(1)
    expect((await home.ask(otieno)).status).toBe(200) // a refusal may be asked to be looked at again
  })

  it('are given at once where the gate is automatic', async () => {
    await using home = await openHome({ gated: 'auto' })
    const otieno = await home.addUser('otieno')
    expect(await home.fileAs(otieno)).toBe(403)
    expect((await home.ask(otieno)).status).toBe(200)
    expect(await home.fileAs(otieno)).toBe(200)
  })

  it('are given to whom nobody asked for, once', async () => {
    await using home = await openHome({ gated: 'manual' })
    const otieno = await home.addUser('otieno')
    expect([await home.grant('otieno'), await home.fileAs(otieno), await home.grant('otieno')]).toEqual([
      200, 200, 409,
    ])
    expect(await home.grant('nobody')).toBe(404)
    expect(await (await home.ask(otieno)).json()).toMatchObject({ reason: 'accessNotNeeded' })
  })

  it('are not asked for by strangers, nor by tokens that only read', async () => {
    await using home = await openHome({ gated: 'manual' })
    await home.addUser('otieno')
    const console = { kind: 'console' } as const
    const issued = await home.node.accounts.createToken(console, {
      user: 'otieno',
      displayName: 'r',
      scope: 'read',
    })
    const reading = issued.ok ? issued.value.token : ''
    expect((await home.ask(null)).status).toBe(401)
    expect(await (await home.ask(reading)).json()).toMatchObject({ reason: 'readOnlyToken' })
    expect(await (await home.ask(home.token)).json()).toMatchObject({ reason: 'accessNotNeeded' })
  })
})

describe('a private repository', () => {
  it('is like none until somebody is let in, and then only for them', async () => {
    await using home = await openHome({ private: true, gated: 'auto' })
    const otieno = await home.addUser('otieno')
    const nothing = await home.ask(otieno, 'nairobi/nothing')
    const something = await home.ask(otieno)
    expect([nothing.status, await nothing.text()]).toEqual([something.status, await something.text()])
    expect([await home.infoAs(otieno), await home.fileAs(otieno)]).toEqual([404, 404])
    expect(await home.handle('otieno', 'accepted')).toBe(200)
    expect([await home.infoAs(otieno), await home.fileAs(otieno), await home.infoAs(null)]).toEqual([
      200, 200, 401,
    ])
    const write = await home.fetch(`/api/models/${NAME}/branch/other`, { method: 'POST', token: otieno })
    expect(write.status).toBe(404)
  })

  it('of nobody we know is not asked for', async () => {
    await using home = await openHome({})
    const otieno = await home.addUser('otieno')
    const asked = await home.ask(otieno, 'cusco/siri')
    expect(await asked.json()).toMatchObject({ reason: 'homeNotKnown' })
  })
})

describe('a person of another member', () => {
  let home: Awaited<ReturnType<typeof openHome>>
  let cusco: MemberId
  let nairobi: MemberId
  const person = Pseudonym.parse('abcdefghij234567')

  beforeAll(async () => {
    home = await openHome({ private: true })
    cusco = await followedMember(home)
    nairobi = MemberId.parse((await home.node.accounts.member())?.id)
    await home.fetch('/api/repos/create', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'other', organization: 'nairobi', private: true }),
    })
    for (const name of [NAME, 'nairobi/other']) await letIn(home, name, cusco, person)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  /** What a request with an assertion of their home is answered. */
  async function asked(
    path: string,
    change: { person?: Pseudonym; repository?: string; kind?: RepositoryKind; audience?: MemberId } = {},
    method = 'GET',
  ): Promise<number> {
    const assertion = await home.node.assertions.make({
      issuer: cusco,
      audience: change.audience ?? nairobi,
      person: change.person ?? person,
      role: 'person',
      repository: RepositoryId.parse(change.repository ?? NAME),
      kind: change.kind ?? 'model',
    })
    const headers = { authorization: `Ayni ${assertion}` }
    return (await home.fetch(path, { method, headers, token: null })).status
  }

  it.each([
    [`/api/models/${NAME}`],
    [`/api/models/${NAME}/tree/main`],
    [`/${NAME}/resolve/main/README.md`],
    [`/api/models/${NAME}/refs`],
  ])('who was let in reads %s', async (path) => {
    expect(await asked(path)).toBe(200)
  })

  it.each([
    [
      'another person of the same member',
      `/api/models/${NAME}`,
      { person: Pseudonym.parse('bbbbbbbbbbbbbbbb') },
    ],
    ['an assertion for another repository', `/api/models/${NAME}`, { repository: 'nairobi/other' }],
    ['an assertion for this repository at another', '/api/models/nairobi/other', {}],
    ['an assertion for a data set of that name', `/api/models/${NAME}`, { kind: 'dataset' as const }],
    ['what does not exist', '/api/models/nairobi/nothing', { repository: 'nairobi/nothing' }],
  ])('is a stranger with %s', async (_, path, change) => {
    expect(await asked(path, change)).toBe(401)
  })

  it('is refused with an assertion for a member that is not here', async () => {
    expect(await asked(`/api/models/${NAME}`, { audience: cusco })).toBe(401)
  })

  it.each([
    ['a token for blocks', `/api/models/${NAME}/xet-read-token/main`, 'GET', 403],
    ['a token to write', `/api/models/${NAME}/xet-write-token/main`, 'GET', 403],
    ['to write', `/api/models/${NAME}/branch/other`, 'POST', 401],
    ['who else asked', `${REQUESTS}/pending`, 'GET', 401],
    ['who they are here', '/api/whoami-v2', 'GET', 401],
  ])('gets no more than reading: not %s', async (_, path, method, expected) => {
    expect(await asked(path, {}, method)).toBe(expected)
  })

  it('is not found in any list', async () => {
    const list = await home.fetch('/api/models', { token: null })
    expect(await list.json()).toEqual([])
  })

  it('reads no more once the right has ended', async () => {
    await home.node.database.write((tx) =>
      tx.updateTable('access_request').set({ status: 'rejected' }).execute(),
    )
    expect(await asked(`/api/models/${NAME}`)).toBe(401)
  })
})

describe('a request to another member', () => {
  it('says why it is still on its way, and is taken back', async () => {
    await using home = await openHome({})
    await followedMember(home)
    expect((await home.ask(home.token, 'cusco/siri')).status).toBe(200)
    const { database, accounts, requests } = home.node
    const account = await accounts.account('admin')
    const actor = await accounts.authenticate({ authorization: `Bearer ${home.token}` })
    if (!actor.ok || actor.value.kind !== 'user') throw new Error('the token is good')
    await database.write((tx) =>
      tx.updateTable('message_out').set({ failure: 'senderNotFollowed' }).execute(),
    )
    const [sent] = await requests.sentBy(account?.id ?? '')
    expect(sent).toMatchObject({ repository: 'cusco/siri', status: 'pending', delay: 'senderNotFollowed' })
    expect((await requests.withdraw(actor.value, sent?.id ?? '')).ok).toBe(true)
    expect(await requests.sentBy(account?.id ?? '')).toEqual([])
    const queued = await database.read
      .selectFrom('message_out')
      .select('kind')
      .orderBy('created_at')
      .execute()
    expect(queued.map(({ kind }) => kind)).toEqual(['access-request/1', 'access-withdrawal/1'])
  })
})

describe('an envelope', () => {
  it.each([
    ['too long', 'x'.repeat(65_537), 413],
    ['no JSON', 'x', 400],
    ['none', '{}', 400],
  ])('that is %s is refused', async (_, body, expected) => {
    await using home = await testNode()
    const sent = await home.fetch('/api/ayni/v1/messages', { method: 'POST', body, token: null })
    expect(sent.status).toBe(expected)
  })
})

/** A member that the node follows, whose keys lie here as well so that tests can speak for it. */
async function followedMember({ node }: TestNode): Promise<MemberId> {
  const founding = await node.logs.found()
  const id = founding.memberId
  const row = { handle: 'cusco', display_name: 'Cusco', url: null, created_at: 0, hosted: 0 as const }
  const terms = { content: 'none', trust: 'full', allow_private: 0, since: 0, applied: 0 } as const
  await node.database.write(async (tx) => {
    await tx
      .insertInto('member')
      .values({ id, ...row })
      .execute()
    await founding.open(tx)
    const unseen = { checked_at: null, failure: null, failed_at: null }
    const follow = { member_id: id, url: 'http://cusco.invalid', ...terms, ...unseen }
    await tx.insertInto('follow').values(follow).execute()
  })
  const time = '2026-11-24T08:00:00.000Z'
  const leaf = writeLeaf({ type: 'member-message-keys/1', time, body: founding.messageKeys })
  await appendTo(node.database, originOf(id, 0), [leaf], async () => {})
  return id
}

async function letIn({ node }: TestNode, name: string, memberId: string, pseudonym: string): Promise<void> {
  await node.database.write(async (tx) => {
    const { id } = await tx
      .selectFrom('repository')
      .select('id')
      .where('key', '=', name)
      .executeTakeFirstOrThrow()
    const request_id = Buffer.from(name.padEnd(16).slice(0, 16)).toString('hex')
    const request = { id: request_id, request_id, repository_id: id }
    const asked = { account_id: null, member_id: memberId, pseudonym, role: 'person' as const, purpose: '' }
    const answer = { contact: null, status: 'accepted' as const, reason: null, asked_at: 0, decided_at: 0 }
    await tx
      .insertInto('access_request')
      .values({ ...request, ...asked, ...answer })
      .execute()
  })
}
