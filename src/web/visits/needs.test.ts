import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../test/support/test-node.ts'
import { ReadCache } from '../../database/index.ts'
import type { Actor } from '../../features/accounts/index.ts'
import { Handle } from '../../kernel/names.ts'
import type { Result } from '../../kernel/result.ts'
import { visit } from './index.ts'

const BODY = {
  kind: 'skills',
  unit: 'seat',
  title: 'Places',
  purpose: 'A course.',
  language: 'en',
  country: 'KE',
  amount: 20,
  sector: 'education',
}
const WISH = { body: BODY, replaces: null }

describe('stating in a member’s name', () => {
  let test: TestNode
  let outsider: string

  beforeAll(async () => {
    test = await testNode()
    outsider = await test.addUser('outsider')
  })
  afterAll(() => test[Symbol.asyncDispose]())

  async function needsOf(token: string | null, scope?: 'read') {
    const actor: Actor = token === null ? { kind: 'anonymous' } : await actorOf(token)
    const as = actor.kind === 'user' && scope ? ({ ...actor, scope } as Actor) : actor
    return (await visit({ ...test.node, lookups: new ReadCache(test.node.database, 10) }, as)).needs
  }
  async function actorOf(token: string): Promise<Actor> {
    const found = await test.node.accounts.authenticate({ authorization: `Bearer ${token}` })
    if (!found.ok) throw new Error(found.failure.reason)
    return found.value
  }
  const reason = (result: Result<unknown>) => (result.ok ? null : result.failure.reason)

  it('is for administrators of its namespace alone', async () => {
    const visitors = [await needsOf(null), await needsOf(outsider), await needsOf(test.token, 'read')]
    for (const each of visitors) {
      const refusal = each === visitors[0] ? 'signInRequired' : 'forbidden'
      expect(reason(await each.form('need'))).toBe(refusal)
      expect(reason(await each.preview('nairobi', 'need', WISH))).toBe(refusal)
      expect(reason(await each.state('nairobi', 'need', WISH, null))).toBe(refusal)
      expect(reason(await each.keep('nairobi', 'need', null, {}))).toBe(refusal)
    }
  })

  it('is seen by everybody, and withdrawn by its own administrators alone', async () => {
    const own = await needsOf(test.token)
    const said = await own.state('nairobi', 'need', WISH, null)
    if (!said.ok) throw new Error(said.failure.reason)
    const stranger = await needsOf(null)
    while (!(await stranger.show('need', said.value)).ok) await new Promise((next) => setTimeout(next, 20))
    const seen = await stranger.show('need', said.value)
    expect(seen).toMatchObject({ value: { left: 20, isOwn: false, mayAnswer: false } })
    expect(await own.show('need', said.value)).toMatchObject({ value: { isOwn: true } })
    const list = await stranger.list('need', { kind: 'skills', country: 'KE', of: '' }, 1)
    expect(list.ok && list.value.entries.length).toBe(1)
    for (const filter of [
      { kind: 'data', country: '', of: '' },
      { kind: '', country: 'NP', of: '' },
      { kind: '', country: '', of: 'm' },
    ]) {
      const narrowed = await stranger.list('need', filter, 1)
      expect(narrowed.ok && narrowed.value.entries).toEqual([])
    }
    expect(reason(await stranger.list('need', { kind: '', country: '', of: '' }, 2))).toBe('pageNotFound')
    expect(reason(await stranger.withdraw('need', said.value, 'mistake'))).toBe('signInRequired')
    expect(reason(await (await needsOf(outsider)).withdraw('need', said.value, 'mistake'))).toBe('forbidden')
    expect(await own.withdraw('need', said.value, 'mistake')).toMatchObject({ ok: true })
  })

  it('leaves a draft unseen by others, who can neither open, change, say nor delete it', async () => {
    const own = await needsOf(test.token)
    const kept = await own.keep('nairobi', 'need', null, { title: 'Half' })
    if (!kept.ok) throw new Error(kept.failure.reason)
    const stranger = await needsOf(outsider)
    expect(reason(await stranger.draft('need', kept.value))).toBe('statementDraftNotFound')
    expect(reason(await stranger.drop('need', kept.value))).toBe('statementDraftNotFound')
    expect(reason(await own.draft('offer', kept.value))).toBe('statementDraftNotFound')
    expect(await own.draft('need', kept.value)).toMatchObject({ value: { as: 'nairobi' } })
    const lists = [await own.list('need', { kind: '', country: '', of: '' }, 1)]
    lists.push(await stranger.list('need', { kind: '', country: '', of: '' }, 1))
    expect(lists.map((list) => list.ok && list.value.drafts.length)).toEqual([1, 0])
    expect(await own.drop('need', kept.value)).toMatchObject({ ok: true })
    expect(reason(await own.draft('need', kept.value))).toBe('statementDraftNotFound')
  })
})

describe('a need and the offers beside it', () => {
  it('fit, or say why not', async () => {
    await using test = await testNode()
    const kisumu = { handle: Handle.parse('kisumu'), displayName: 'Kisumu', url: null, owner: 'admin' }
    await test.node.accounts.addMember({ kind: 'console' }, kisumu)
    const actor: Actor = await (async () => {
      const found = await test.node.accounts.authenticate({ authorization: `Bearer ${test.token}` })
      if (!found.ok) throw new Error(found.failure.reason)
      return found.value
    })()
    const { needs } = await visit({ ...test.node, lookups: new ReadCache(test.node.database, 10) }, actor)
    const { purpose, country, sector, ...measure } = BODY
    const offer = { ...measure, description: `${purpose} ${country} ${sector}` }
    const state = async (as: string, noun: 'need' | 'offer', body: object) => {
      const said = await needs.state(as, noun, { body, replaces: null }, null)
      if (!said.ok) throw new Error(said.failure.reason)
      while (!(await needs.show(noun, said.value)).ok) await new Promise((next) => setTimeout(next, 20))
      return said.value
    }
    const need = await state('kisumu', 'need', BODY)
    const fitting = await state('nairobi', 'offer', offer)
    await state('nairobi', 'offer', { ...offer, title: 'Other', eligible: { countries: ['NP'] } })
    await state('kisumu', 'offer', { ...offer, title: 'Own' })
    await state('nairobi', 'offer', { ...offer, kind: 'data', unit: 'dataset' })
    const seen = await needs.show('need', need)
    expect(seen.ok && seen.value.counterparts).toMatchObject([
      { unfit: { reason: 'notNamed' }, isOwn: true },
      { unfit: null, thing: { stated: { id: fitting } } },
    ])
    const other = await needs.show('offer', fitting)
    expect(other.ok && other.value.counterparts).toMatchObject([{ unfit: null, thing: { noun: 'need' } }])
  })
})
