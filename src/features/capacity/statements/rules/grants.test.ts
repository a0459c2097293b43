import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import { isoTime } from '../../../../kernel/time.ts'
import { Agreement, Need, Offer } from '../../../../records/index.ts'
import { assessAgreements, type AgreementStatement } from '../../agreements/index.ts'
import type { StatedNeed, StatedOffer } from '../types.ts'
import { type GrantFacts, grantsOf } from './grants.ts'
import { unfitness } from './matching.ts'

const NOW = Date.UTC(2026, 10, 24)
const memberAt = (index: number) => MemberId.parse(`m${'abcd'[index]}${'a'.repeat(31)}`)
const idOf = (text: string) => Sha256.parse(createHash('sha256').update(text).digest('hex'))
const common = (member: number, name: string) => {
  const id = idOf(name)
  const memberId = memberAt(member)
  const place = { origin: originOf(memberId, 0), index: 0, leaf: id }
  return { id, memberId, place, time: NOW, state: 'open' as const, replacedBy: null }
}
const MEASURE = { kind: 'compute', unit: 'gpu-hour', title: 'T', language: 'en' }
const need = (member: number, name: string, change: object = {}): StatedNeed => ({
  ...common(member, name),
  body: Need.shape.body.parse({
    ...MEASURE,
    purpose: 'P',
    country: 'KE',
    sector: 'health',
    amount: 100,
    ...change,
  }),
})
const offer = (change: object = {}): StatedOffer => ({
  ...common(0, 'offer'),
  body: Offer.shape.body.parse({
    ...MEASURE,
    description: 'D',
    amount: 1000,
    standing: { each: 100, member: 200, month: 500 },
    ...change,
  }),
})
const facts = (needs: readonly StatedNeed[], offers: readonly StatedOffer[], change = {}): GrantFacts => ({
  capacity: { needs, offers, pledges: [], groups: [] },
  agreements: [],
  suppliers: new Set([memberAt(0)]),
  homes: new Map(),
  now: NOW,
  ...change,
})
/** What was granted, said. */
const said = (grants: ReturnType<typeof grantsOf>, time = NOW): readonly AgreementStatement[] =>
  grants.map(({ body, offer: { memberId } }) => {
    const record = Agreement.parse({ type: 'agreement/1', time: isoTime(time), body })
    const id = idOf(JSON.stringify(record))
    const place = { origin: originOf(memberId, 0), index: 9, leaf: id }
    return { id, memberId, place, time, record, retracted: null }
  })
const granted = (given: GrantFacts) => grantsOf(given).map((each) => each.need.id)

describe('a small need', () => {
  it('is granted in full, until its last day, naming need and offer', () => {
    const asked = need(1, 'a', { until: '2026-12-31' })
    const [grant] = grantsOf(facts([asked], [offer()]))
    expect(grant?.body).toMatchObject({
      parties: [memberAt(0), memberAt(1)],
      obligations: [{ by: memberAt(0), amount: 100, due: '2026-12-31', need: asked.place }],
      standing: true,
      from: '2026-11-24',
    })
    expect(grantsOf(facts([need(1, 'b')], [offer()]))[0]?.body.until).toBe('2027-02-22')
  })

  it.each<[string, object, object]>([
    ['is too large', { amount: 101 }, {}],
    ['is of another kind', { kind: 'skills', unit: 'seat', amount: 1 }, {}],
    ['is over', { until: '2026-11-23' }, {}],
    [
      'is for a country that is left out',
      { country: 'AQ' },
      { excluded: [{ countries: ['AQ'], reason: 'No.' }] },
    ],
    ['does not accept a condition', {}, { conditions: [{ id: 'report', text: 'R' }] }],
    ['would have to be paid', {}, { price: { micros: 1, currency: 'EUR' } }],
    ['is above what one member may have', {}, { standing: { each: 100, member: 99, month: 500 } }],
    ['finds an offer that is over', {}, { until: '2026-11-23' }],
    ['finds an offer that is used up', {}, { amount: 99 }],
  ])('is left to rounds when it %s', (_, asked, given) => {
    expect(granted(facts([need(1, 'a', asked)], [offer(given)]))).toEqual([])
  })

  it('is not granted where a list that the offer names is not here, nor by a member that is not hosted here', () => {
    const group = { origin: originOf(memberAt(3), 0), index: 1, leaf: idOf('group') }
    const kept = offer({ excluded: [{ groups: [group], reason: 'No.' }] })
    expect(granted(facts([need(1, 'a')], [kept]))).toEqual([])
    expect(unfitness(need(1, 'a'), kept, [])).toEqual({ reason: 'groupUnknown' })
    expect(granted(facts([need(1, 'a')], [offer()], { suppliers: new Set([memberAt(1)]) }))).toEqual([])
    expect(granted(facts([need(0, 'own')], [offer()]))).toEqual([])
  })

  it('is granted once: what was proposed, signed, or declined is not proposed again', () => {
    const asked = need(1, 'a')
    const statements = said(grantsOf(facts([asked], [offer()])))
    const agreements = assessAgreements(statements, new Map())
    expect(granted(facts([asked], [offer()], { agreements }))).toEqual([])
    const declined = agreements.map((each) => ({ ...each, state: 'declined' as const }))
    expect(granted(facts([asked], [offer()], { agreements: declined }))).toEqual([])
    const again = need(1, 'b', { replaces: asked.place })
    const replaced = { ...asked, state: 'replaced' as const, replacedBy: again.id }
    expect(granted(facts([replaced, again], [offer()], { agreements }))).toEqual([])
  })

  it('is not kept from being granted by what a stranger proposes', () => {
    const asked = need(1, 'a')
    const [grant] = grantsOf(facts([asked], [offer()]))
    const foreign = said(grant ? [{ ...grant, offer: { ...grant.offer, memberId: memberAt(2) } }] : []).map(
      (each) => ({
        ...each,
        record: {
          ...each.record,
          body: { ...each.record.body, parties: [memberAt(2), memberAt(1)] },
        } as AgreementStatement['record'],
      }),
    )
    const agreements = assessAgreements(foreign, new Map())
    expect(agreements.length).toBe(1)
    expect(granted(facts([asked], [offer()], { agreements }))).toEqual([asked.id])
  })
})

describe('the limits of a standing rule', () => {
  it('hold in each month for one member, and in all', () => {
    const needs = [1, 1, 1, 2, 2, 3, 3].map((member, at) => need(member, `n${at}`))
    const first = grantsOf(facts(needs, [offer()]))
    expect(first.map((each) => each.need.memberId)).toEqual([1, 1, 2, 2, 3].map(memberAt))
    const agreements = assessAgreements(said(first), new Map())
    const next = Date.UTC(2026, 11, 1)
    expect(granted(facts(needs, [offer()], { agreements }))).toEqual([])
    const later = grantsOf(facts(needs, [offer()], { agreements, now: next }))
    expect(later.map((each) => each.need.id)).toEqual([idOf('n2'), idOf('n6')])
  })

  it('are never passed, however needs come and however often it is looked', () => {
    const step = fc.record({
      member: fc.integer({ min: 1, max: 3 }),
      amount: fc.integer({ min: 1, max: 120 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(20), (steps, cut) => {
        const needs = steps.map(({ member, amount }, at) => need(member, `n${at}`, { amount }))
        const before = said(grantsOf(facts(needs.slice(0, cut), [offer()])))
        const then = grantsOf(facts(needs, [offer()], { agreements: assessAgreements(before, new Map()) }))
        const all = assessAgreements([...before, ...said(then)], new Map())
        const of = (member: number | null) =>
          all
            .filter(({ parties }) => member === null || parties[1] === memberAt(member))
            .reduce((total, { body }) => total + (body.obligations[0]?.amount ?? 0), 0)
        expect(of(null)).toBeLessThanOrEqual(500)
        for (const member of [1, 2, 3]) expect(of(member)).toBeLessThanOrEqual(200)
        const named = all.map(({ body }) => body.obligations[0]?.need?.leaf)
        expect(new Set(named).size).toBe(named.length)
        expect(grantsOf(facts(needs, [offer()], { agreements: all }))).toEqual([])
      }),
    )
  })
})
