import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../test/support/test-node.ts'
import { ReadCache } from '../../database/index.ts'
import type { Actor } from '../../features/accounts/index.ts'
import { Handle } from '../../kernel/names.ts'
import { visit } from './index.ts'

const CONSOLE = { kind: 'console' } as const
const FOUNDING = {
  name: 'Lake',
  purpose: 'Speech models.',
  members: ['kisumu'],
  rule: { kind: 'two-thirds' },
  deletionDays: null,
  witnesses: null,
} as const

describe('speaking for a member in an association', () => {
  let test: TestNode
  let outsider: string

  beforeAll(async () => {
    test = await testNode()
    outsider = await test.addUser('outsider')
    const kisumu = { handle: Handle.parse('kisumu'), displayName: 'Kisumu', url: null, owner: 'admin' }
    await test.node.accounts.addMember(CONSOLE, kisumu)
  })
  afterAll(() => test[Symbol.asyncDispose]())

  async function associationsOf(token: string | null, scope?: 'read') {
    const actor: Actor = token === null ? { kind: 'anonymous' } : await actorOf(token)
    const as = actor.kind === 'user' && scope ? ({ ...actor, scope } as Actor) : actor
    return (await visit({ ...test.node, lookups: new ReadCache(test.node.database, 10) }, as)).associations
  }
  async function actorOf(token: string): Promise<Actor> {
    const found = await test.node.accounts.authenticate({ authorization: `Bearer ${token}` })
    if (!found.ok) throw new Error(found.failure.reason)
    return found.value
  }
  const sign = { as: 'kisumu', say: 'sign', add: [], remove: [] } as const

  it('is for administrators of its namespace alone', async () => {
    const founded = await test.node.associations.found('nairobi', FOUNDING)
    if (!founded.ok) throw new Error(founded.failure.reason)
    while ((await test.node.associations.list()).length === 0)
      await new Promise((next) => setTimeout(next, 20))
    const id = founded.value
    const refusals = await Promise.all([
      (await associationsOf(null)).say(id, sign),
      (await associationsOf(outsider)).say(id, sign),
      (await associationsOf(test.token, 'read')).say(id, sign),
    ])
    expect(refusals.map((refused) => !refused.ok && refused.failure.reason)).toEqual([
      'signInRequired',
      'forbidden',
      'forbidden',
    ])
    expect((await (await associationsOf(test.token)).say(id, sign)).ok).toBe(true)
    const again = await (await associationsOf(test.token)).say(id, sign)
    expect(again).toMatchObject({ ok: false, failure: { reason: 'alreadySaid' } })
  })

  it('shows the charter before it is said, and says nothing by it', async () => {
    const visitor = await associationsOf(test.token)
    const view = await visitor.founding()
    expect(view.ok && view.value.founders.map(({ handle }) => handle)).toEqual(['nairobi', 'kisumu'])
    const count = async () =>
      (await test.node.database.read.selectFrom('outgoing_record').selectAll().execute()).length
    const before = await count()
    const draft = await visitor.draft('nairobi', { ...FOUNDING, name: 'Delta' })
    expect(draft.ok && draft.value.charter).toMatchObject({ name: 'Delta', witnesses: 1 })
    expect(await count()).toBe(before)
    expect(await (await associationsOf(null)).founding()).toMatchObject({
      failure: { reason: 'signInRequired' },
    })
    const stranger = await associationsOf(outsider)
    expect(await stranger.founding()).toMatchObject({ failure: { reason: 'forbidden' } })
    expect(await stranger.draft('nairobi', FOUNDING)).toMatchObject({ failure: { reason: 'forbidden' } })
    expect(await stranger.found('nairobi', FOUNDING)).toMatchObject({ failure: { reason: 'forbidden' } })
  })

  it.each([
    ['witnesses', { witnesses: 2 }],
    ['rule', { rule: { kind: 'k-of-n', k: 3 } }],
    ['members', { members: [] }],
    ['name', { name: '' }],
  ] as const)('is told that %s does not go with the rest', async (field, wrong) => {
    const draft = await (await associationsOf(test.token)).draft('nairobi', { ...FOUNDING, ...wrong })
    expect(draft).toMatchObject({ ok: false, failure: { reason: 'invalidField', field } })
  })

  it('is refused for two members of one handle', async () => {
    const twins = ['x', 'y'].map((letter) => `m${letter.repeat(32)}`)
    await test.node.database.write(async (tx) => {
      for (const id of twins) {
        const row = {
          id,
          handle: 'cusco',
          display_name: 'Cusco',
          url: null,
          created_at: 0,
          hosted: 0 as const,
        }
        await tx.insertInto('member').values(row).execute()
      }
    })
    const founding = { ...FOUNDING, members: twins }
    expect(await test.node.associations.found('nairobi', founding)).toMatchObject({
      failure: { reason: 'handleTaken', detail: { handle: 'cusco' } },
    })
  })

  it('is told what it cannot say', async () => {
    const { associations } = test.node
    const reasonOf = (outcome: { ok: boolean; failure?: { reason: string } }) => outcome.failure?.reason
    expect(reasonOf(await associations.found('nairobi', { ...FOUNDING, members: ['lima'] }))).toBe(
      'memberUnknown',
    )
    expect(reasonOf(await associations.found('lima', FOUNDING))).toBe('memberNotFound')
    expect(reasonOf(await associations.found('nairobi', { ...FOUNDING, members: [] }))).toBe('invalidField')
    const mail = { ...FOUNDING, purpose: 'Write to amina@nairobi.example' }
    expect(reasonOf(await associations.found('nairobi', mail))).toBe('personalData')
    const long = { ...FOUNDING, purpose: 'a'.repeat(2001) }
    expect(reasonOf(await associations.found('nairobi', long))).toBe('invalidField')
    expect(reasonOf(await associations.endorse('nairobi', 'Nowhere'))).toBe('associationNotFound')
  })
})
