import { randomBytes } from 'node:crypto'

import { describe, expect, it } from 'vitest'

import { testNode } from '../../../test/support/test-node.ts'
import { MemberId, RepositoryId } from '../../kernel/names.ts'
import { type AccessMessage, hear, type Message, MessageId, Pseudonym } from './index.ts'

const newId = () => MessageId.parse(randomBytes(16).toString('hex'))
const clock = () => Date.UTC(2026, 10, 24)
const random = (length: number) => randomBytes(length)

/** A node with one private and two gated repositories, and two members that it hears from. */
async function openHome() {
  const test = await testNode()
  const { node } = test
  const members = [await node.logs.found(), await node.logs.found()].map(({ memberId }) => memberId)
  await node.database.write(async (tx) => {
    for (const [index, id] of members.entries())
      await tx
        .insertInto('member')
        .values({ id, handle: `other${index}`, display_name: 'Other', url: null, created_at: 0, hosted: 0 })
        .execute()
  })
  const post = (path: string, body: object, method = 'POST') =>
    test.fetch(path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  for (const [name, gated] of [
    ['secret', false],
    ['manual', 'manual'],
    ['auto', 'auto'],
  ] as const) {
    await post('/api/repos/create', { name, organization: 'nairobi', private: gated === false })
    if (gated) await post(`/api/models/nairobi/${name}/settings`, { gated }, 'PUT')
  }
  await post('/api/repos/create', { name: 'own', private: true }) // in the account's namespace
  const [cusco, geneva] = members
  if (!cusco || !geneva) throw new Error('two members were made')
  const nairobi = MemberId.parse((await node.accounts.member())?.id)
  const { database } = node
  return {
    ...test,
    cusco,
    geneva,
    nairobi,
    hear: (from: MemberId, message: AccessMessage) =>
      database.write((tx) => hear({ database, clock, random }, tx, { from, to: nairobi }, message)),
    requests: () => database.read.selectFrom('access_request').selectAll().orderBy('asked_at').execute(),
    queued: () => database.read.selectFrom('message_out').select(['receiver_id', 'body']).execute(),
  }
}

const request = (
  repository: string,
  change: Partial<Extract<Message, { kind: 'access-request/1' }>> = {},
) => ({
  kind: 'access-request/1' as const,
  request: newId(),
  repository: RepositoryId.parse(repository),
  repositoryKind: 'model' as const,
  pseudonym: Pseudonym.parse('abcdefghij234567'),
  role: 'person' as const,
  purpose: 'To compare.',
  ...change,
})

describe('a request of another member', () => {
  it.each([
    ['for what is not there', 'nairobi/nothing', {}],
    ['for another kind', 'nairobi/secret', { repositoryKind: 'dataset' as const }],
    ['for a namespace of the node alone', 'admin/own', {}],
  ])('%s leaves nothing and is not answered', async (_, repository, change) => {
    await using home = await openHome()
    await home.hear(home.cusco, request(repository, change))
    expect([await home.requests(), await home.queued()]).toEqual([[], []])
  })

  it('waits for a decision, unless the gate is automatic', async () => {
    await using home = await openHome()
    for (const name of ['secret', 'manual', 'auto']) await home.hear(home.cusco, request(`nairobi/${name}`))
    expect((await home.requests()).map(({ status }) => status).toSorted()).toEqual([
      'accepted',
      'pending',
      'pending',
    ])
    const [answer] = await home.queued()
    expect(JSON.parse(answer?.body ?? '')).toMatchObject({ kind: 'access-answer/1', status: 'accepted' })
  })

  it('tells nothing by its id, which others may have used for what is or is not there', async () => {
    await using home = await openHome()
    const id = newId()
    const names = ['nairobi/secret', 'nairobi/nothing', 'nairobi/manual', 'nairobi/secret']
    for (const name of names) await home.hear(home.cusco, request(name, { request: id }))
    await home.hear(home.geneva, request('nairobi/manual', { request: id }))
    expect((await home.requests()).length).toBe(3)
  })

  it('that is repeated stands once; a grant stays a grant', async () => {
    await using home = await openHome()
    await home.hear(home.cusco, request('nairobi/manual'))
    await home.node.database.write((tx) =>
      tx.updateTable('access_request').set({ status: 'accepted' }).execute(),
    )
    const again = request('nairobi/manual', { purpose: 'Once more.' })
    await home.hear(home.cusco, again)
    expect(await home.requests()).toMatchObject([
      { request_id: again.request, status: 'accepted', purpose: 'Once more.' },
    ])
  })

  it('ends by the withdrawal of its own member alone', async () => {
    await using home = await openHome()
    const asked = request('nairobi/manual')
    await home.hear(home.cusco, asked)
    await home.hear(home.geneva, { kind: 'access-withdrawal/1', request: asked.request })
    expect((await home.requests()).length).toBe(1)
    await home.hear(home.cusco, { kind: 'access-withdrawal/1', request: asked.request })
    expect(await home.requests()).toEqual([])
  })

  it('is refused while a thousand wait, whatever it asks for', async () => {
    await using home = await openHome()
    for (const person of Array.from({ length: 1000 }, pseudonymOf))
      await home.hear(home.cusco, request('nairobi/manual', { pseudonym: person }))
    for (const name of ['nairobi/manual', 'nairobi/nothing', 'nairobi/secret'])
      await expect(home.hear(home.cusco, request(name))).rejects.toThrow('tooManyMessages')
    await home.hear(home.geneva, request('nairobi/manual'))
  })
})

function pseudonymOf(_: unknown, index: number): Pseudonym {
  return Pseudonym.parse(index.toString(2).padStart(16, 'a').replaceAll('0', 'b').replaceAll('1', 'c'))
}

describe('an answer', () => {
  it('counts from the member that was asked, and no other', async () => {
    await using home = await openHome()
    const id = newId()
    const { database } = home.node
    const { id: account_id } = await database.read
      .selectFrom('account')
      .select('id')
      .where('name', '=', 'admin')
      .executeTakeFirstOrThrow()
    const asked = { account_id, member_id: home.cusco, kind: 'model' as const, purpose: '' }
    const place = { id, key: 'other0/siri', repository: 'other0/siri', asked_at: 0, answered_at: null }
    await database.write((tx) =>
      tx
        .insertInto('sent_request')
        .values({ ...asked, ...place, status: 'pending', reason: null })
        .execute(),
    )
    const accepted = { kind: 'access-answer/1' as const, request: id, status: 'accepted' as const }
    const status = async () => (await home.node.requests.sentBy(account_id))[0]?.status
    await home.hear(home.geneva, accepted)
    expect(await status()).toBe('pending')
    await home.hear(home.cusco, accepted)
    expect(await status()).toBe('accepted')
    await home.hear(home.cusco, { ...accepted, status: 'rejected', reason: 'Not any more.' })
    expect(await status()).toBe('rejected')
  })
})
