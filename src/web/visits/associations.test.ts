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
