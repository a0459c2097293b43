import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../../test/support/test-node.ts'
import { Handle } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { grantSmallNeeds } from './commands/grant.ts'
import type { Noun } from './types.ts'

const NEED = {
  kind: 'compute',
  unit: 'gpu-hour',
  title: 'Speech for clinics',
  purpose: 'Fine-tune a model.',
  language: 'en',
  country: 'KE',
  amount: 400,
  sector: 'health',
}
const OFFER = {
  kind: 'compute',
  unit: 'gpu-hour',
  title: 'A cluster',
  description: 'From six to six.',
  language: 'en',
  amount: 5000,
}
const GROUP = { code: 'ldc', name: 'Least developed', source: 'UN', asOf: '2025-01-01', countries: ['TD'] }

describe('what members state', () => {
  let test: TestNode
  beforeAll(async () => {
    test = await testNode()
  })
  afterAll(() => test[Symbol.asyncDispose]())

  const needs = () => test.node.capacity.needs
  async function stated(noun: Noun, body: unknown, replaces: string | null = null): Promise<string> {
    const said = await needs().state('nairobi', noun, { body, replaces })
    if (!said.ok) throw new Error(`${said.failure.reason} ${said.failure.field}`)
    await arrived(noun, said.value)
    return said.value
  }
  async function arrived(noun: Noun, id: string) {
    for (;;) {
      const found = await needs().find(noun, id)
      if (found) return found
      await new Promise((next) => setTimeout(next, 20))
    }
  }
  async function stateOf(noun: Noun, id: string, isWanted: (state?: string) => boolean): Promise<void> {
    while (!isWanted((await needs().find(noun, id))?.stated.state))
      await new Promise((next) => setTimeout(next, 20))
  }
  const reason = (result: Result<unknown>): readonly (string | undefined)[] =>
    result.ok ? [] : [result.failure.reason, result.failure.field]

  it('is known by the id that its record has in the log', async () => {
    const id = await stated('need', NEED)
    const found = await arrived('need', id)
    expect(found.stated).toMatchObject({ id, state: 'open', body: NEED, place: { leaf: id } })
  })

  it('takes the place of what it replaces, once', async () => {
    const first = await stated('need', NEED)
    const second = await needs().state('nairobi', 'need', { body: { ...NEED, amount: 300 }, replaces: first })
    const meanwhile = await needs().state('nairobi', 'need', { body: NEED, replaces: first })
    expect(second.ok).toBe(true)
    expect(['alreadySaid', 'notOpen']).toContain(!meanwhile.ok && meanwhile.failure.reason)
    await stateOf('need', first, (state) => state === 'replaced')
  })

  it('is withdrawn once, and not by another noun or id', async () => {
    const id = await stated('offer', OFFER)
    expect(reason(await needs().withdraw('nairobi', 'need', id, 'mistake'))).toEqual([
      'statementNotFound',
      undefined,
    ])
    expect(await needs().withdraw('nairobi', 'offer', id, 'mistake')).toMatchObject({ ok: true })
    await stateOf('offer', id, (state) => state === 'withdrawn')
    expect(reason(await needs().withdraw('nairobi', 'offer', id, 'mistake'))).toEqual(['notOpen', undefined])
  })

  it('takes back the earlier list when a newer one takes its place', async () => {
    const first = await stated('group', GROUP)
    const second = await stated('group', { ...GROUP, asOf: '2026-01-01', countries: ['TD', 'NP'] }, first)
    await stateOf('group', first, (state) => state === 'withdrawn')
    expect((await needs().find('group', second))?.stated.state).toBe('open')
  })

  it('names groups by code, the newest of them, and members by handle', async () => {
    await stated('group', { ...GROUP, code: 'island' })
    const newer = await stated('group', { ...GROUP, code: 'island', asOf: '2026-02-01' })
    const offer = await stated('offer', {
      ...OFFER,
      eligible: { groups: ['nairobi/island'], members: ['nairobi'] },
      reserves: [{ group: 'island', amount: 10, mode: 'soft' }],
    })
    const found = await needs().find('offer', offer)
    if (found?.noun !== 'offer') throw new Error('it is an offer')
    expect(found.stated.body.reserves?.[0]?.group.leaf).toBe(newer)
    expect(found.stated.body.eligible?.groups?.[0]?.leaf).toBe(newer)
    expect(found.stated.body.eligible?.members).toEqual([found.stated.memberId])
  })

  it.each([
    ['need', { ...NEED, unit: 'seat' }, 'invalidField', 'unit'],
    ['need', { ...NEED, minimum: 401 }, 'invalidField', 'minimum'],
    ['need', { ...NEED, urgent: true }, 'invalidField', 'urgent'],
    ['need', { ...NEED, purpose: 'Ask amina@example.org' }, 'personalData', 'body.purpose'],
    ['need', 'a need', 'invalidField', ''],
    ['offer', { ...OFFER, eligible: { contries: ['KE'] } }, 'invalidField', 'eligible.contries'],
    [
      'offer',
      { ...OFFER, reserves: [{ group: 'nowhere', amount: 1, mode: 'hard' }] },
      'groupNotFound',
      undefined,
    ],
    ['offer', { ...OFFER, eligible: { members: ['nobody'] } }, 'memberUnknown', 'member'],
    ['offer', { ...OFFER, pledge: 'f'.repeat(64) }, 'statementNotFound', undefined],
    ['group', { ...GROUP, countries: [] }, 'invalidField', 'countries'],
  ] as const)('refuses a %s that is wrong: %j', async (noun, body, why, field) => {
    const before = await test.node.database.read.selectFrom('outgoing_record').selectAll().execute()
    const refused = await needs().state('nairobi', noun, { body, replaces: null })
    expect(reason(refused)[0]).toBe(why)
    if (field) expect(reason(refused)[1]).toBe(field)
    expect(reason(await needs().preview('nairobi', noun, { body, replaces: null }))).toEqual(reason(refused))
    expect(await test.node.database.read.selectFrom('outgoing_record').selectAll().execute()).toEqual(before)
  })

  it('is in nobody’s name that is not hosted here', async () => {
    expect(reason(await needs().state('cusco', 'need', { body: NEED, replaces: null }))).toEqual([
      'memberNotFound',
      'member',
    ])
  })
})

describe('a form that was begun', () => {
  it('is kept with its mistakes, and gone when what it became is said', async () => {
    await using test = await testNode()
    const { needs } = test.node.capacity
    const kept = await needs.saveDraft('nairobi', 'need', null, { amount: 'many', goals: ['3', '4'] })
    if (!kept.ok) throw new Error(kept.failure.reason)
    expect(await needs.findDraft(kept.value)).toMatchObject({ noun: 'need', fields: { amount: 'many' } })
    const again = await needs.saveDraft('nairobi', 'need', kept.value, { amount: '400' })
    expect(again).toEqual(kept)
    expect(await needs.saveDraft('nairobi', 'offer', kept.value, {})).toMatchObject({ ok: false })
    const refused = await needs.state('nairobi', 'need', { body: {}, replaces: null }, kept.value)
    expect(refused.ok).toBe(false)
    expect(await needs.findDraft(kept.value)).not.toBeNull()
    const said = await needs.state('nairobi', 'need', { body: NEED, replaces: null }, kept.value)
    expect(said.ok).toBe(true)
    expect(await needs.findDraft(kept.value)).toBeNull()
  })

  it('waits among a hundred at most', async () => {
    await using test = await testNode()
    const { needs } = test.node.capacity
    for (let count = 0; count < 100; count++) await needs.saveDraft('nairobi', 'need', null, {})
    const refused = await needs.saveDraft('nairobi', 'need', null, {})
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'tooManyStatementDrafts' } })
  })
})

describe('a small need that fits a standing offer', () => {
  it('is granted once by itself, however many look at the same time', async () => {
    await using test = await testNode()
    const { capacity, accounts, database, logs, clock } = test.node
    const kisumu = { handle: Handle.parse('kisumu'), displayName: 'Kisumu', url: null, owner: 'admin' }
    await accounts.addMember({ kind: 'console' }, kisumu)
    const standing = { each: 400, member: 800, month: 800 }
    await capacity.needs.state('nairobi', 'offer', { body: { ...OFFER, standing }, replaces: null })
    const said = await capacity.needs.state('kisumu', 'need', { body: NEED, replaces: null })
    if (!said.ok) throw new Error(said.failure.reason)
    while (!(await capacity.needs.find('need', said.value))) await new Promise((next) => setTimeout(next, 5))
    const looks = [1, 2, 3].map(() => grantSmallNeeds({ database, logs, clock }))
    const granted = (await Promise.all(looks)).reduce((total, each) => total + each, 0)
    expect(granted).toBeLessThanOrEqual(1) // the node itself may have been first
    while ((await capacity.agreements.list()).length === 0) await new Promise((next) => setTimeout(next, 20))
    expect(await grantSmallNeeds({ database, logs, clock })).toBe(0)
    expect(await capacity.agreements.list()).toMatchObject([
      {
        state: 'proposed',
        body: { standing: true, obligations: [{ amount: 400, need: { leaf: said.value } }] },
      },
    ])
  })
})
