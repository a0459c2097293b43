import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalJson, type Json } from '../../../kernel/canonical-json.ts'
import { bestWhole, sharesOf } from './brute-force.contract.ts'
import { check, match, type MatchResult, readRound } from './index.ts'
import { linearProgram, loadSolver } from './linear-program.contract.ts'
import { anyRound, BY_HAND, read, type WrittenRound } from './rounds.contract.ts'

const holds = <Value>(arbitrary: fc.Arbitrary<Value>, property: (value: Value) => void, numRuns = 300) =>
  fc.assert(fc.property(arbitrary, property), { numRuns })

const ALL = ['leximin', 'proportional', 'priority'] as const

describe('what comes out of a round', () => {
  it('is found right by the checker, by any rule, in parts and in whole units, with and without minimums', () => {
    const rounds = fc.oneof(
      anyRound({ rules: ALL }),
      anyRound({ rules: ALL, whole: true }),
      anyRound({ rules: ALL, minimums: true }),
      anyRound({ rules: ALL, whole: true, minimums: true }),
    )
    holds(
      rounds,
      (written) => {
        const round = read(written)
        expect(check(round, match(round))).toMatchObject({ ok: true })
      },
      2000,
    )
  })

  it('does not depend on the order in which anything is listed', () => {
    const shuffled = (written: WrittenRound) =>
      fc
        .tuple(
          fc.shuffledSubarray([...written.institutions], { minLength: written.institutions.length }),
          fc.shuffledSubarray([...written.needs], { minLength: written.needs.length }),
          fc.shuffledSubarray([...written.offers], { minLength: written.offers.length }),
        )
        .map(
          ([institutions, needs, offers]) => [written, { ...written, institutions, needs, offers }] as const,
        )
    holds(anyRound({ rules: ALL, minimums: true }).chain(shuffled), ([written, other]) => {
      expect(canonicalJson(match(read(other)))).toBe(canonicalJson(match(read(written))))
    })
  })

  it('is the best of all ways to give whole units, pass by pass', () => {
    const rounds = anyRound({
      whole: true,
      institutions: 3,
      needs: 3,
      offers: 2,
      amount: 4,
      weights: [1, 2, 5],
    })
    holds(
      rounds,
      (written) => {
        const round = read(written)
        const result = match(round)
        let base: ReadonlyMap<string, number> = new Map()
        for (const [at, { allocations = result.allocations }] of result.certificate.entries()) {
          const best = bestWhole(round, base, at === 1)
          expect(sharesOf(round, allocations).shares).toEqual(best)
          base = sharesOf(round, allocations).has
        }
      },
      500,
    )
  })
})

/** What each need received, as text. */
const receivedBy = ({ explanations }: MatchResult) =>
  Object.fromEntries(explanations.map((each) => [each.need, 'received' in each ? each.received : '0']))

describe('a round that can be worked out by hand', () => {
  const result = match(read(BY_HAND))

  it('comes to what one works out', () => {
    expect(Object.values(receivedBy(result)).join(' ')).toBe('45 45 30 30 30 40 40 20 10 8 0 20')
    expect(result.leftOut).toEqual([{ need: 'n11', minimum: '15', wouldHave: '25/4' }])
    expect(result.levels[0]?.map(({ level, institutions }) => [level, ...institutions].join(' '))).toEqual([
      '10 ar',
      '25 eg ma',
      '30 bo pe',
      '45 ke mw',
    ])
    expect(result.levels[1]?.map(({ level, institutions }) => [level, ...institutions].join(' '))).toEqual([
      '10 ar',
      '30 bo pe',
      '40 eg ma',
      '45 ke mw',
    ])
  })

  it('says of each need why', () => {
    expect(result.explanations.map(({ kind }) => kind)).toEqual([
      'shared',
      'shared',
      'complete',
      'shared',
      'shared',
      'shared',
      'shared',
      'complete',
      'capped',
      'complete',
      'leftOut',
      'complete',
    ])
    expect(result.explanations[8]).toMatchObject({ limits: [{ offer: 'o4', by: 'institutionCap' }] })
    expect(result.fairness).toMatchObject({ least: '0', groups: [{ group: 'least', share: '95/318' }] })
  })
})

describe('whoever asks', () => {
  /** A round, and an institution that says something else of what it needs. */
  const liars = anyRound({ institutions: 3, needs: 3, offers: 3 }).chain((written) =>
    fc.record({
      written: fc.constant(written),
      liar: fc.constantFrom(...written.institutions.map(({ id }) => id)),
      more: fc.integer({ min: 1, max: 20 }),
    }),
  )
  const total = (written: unknown, institution: unknown) => {
    const { received } = match(read(written))
    const text = received.find((each) => each.institution === institution)?.amount ?? '0'
    const [n = '0', d = '1'] = text.split('/')
    return { n: BigInt(n), d: BigInt(d) }
  }

  it('gains nothing by splitting a need into several', () => {
    holds(
      liars.filter(({ written }) => written.needs.every(({ amount }) => Number(amount) > 1)),
      ({ written, liar }) => {
        const needs = written.needs.flatMap((need) =>
          need['institution'] === liar
            ? [
                { ...need, amount: 1 },
                { ...need, id: `${String(need['id'])}b`, amount: Number(need['amount']) - 1 },
              ]
            : [need],
        )
        expect(total({ ...written, needs }, liar)).toEqual(total(written, liar))
      },
    )
  })

  it('gains no more of what it has a use for by asking for more: short of it, it has the same, and else all of it', () => {
    holds(liars, ({ written, liar, more }) => {
      const asked = written.needs.reduce(
        (sum, need) => sum + (need['institution'] === liar ? Number(need['amount']) : 0),
        0,
      )
      const [first, ...others] = written.needs.filter((need) => need['institution'] === liar)
      if (!first || others.length > 0) return
      const needs = written.needs.map((need) => (need === first ? { ...need, amount: asked + more } : need))
      const [honest, inflated] = [total(written, liar), total({ ...written, needs }, liar)]
      if (honest.n < BigInt(asked) * honest.d) expect(inflated).toEqual(honest)
      else expect(inflated.n >= BigInt(asked) * inflated.d).toBe(true)
    })
  })
})

describe('HiGHS', () => {
  it('finds the same least share, and the same amount given in all', async () => {
    const best = await loadSolver()
    holds(
      anyRound({ institutions: 6, needs: 8, offers: 5, amount: 30 }),
      (written) => {
        const round = read(written)
        const result = match(round)
        const softIsOpen = result.certificate.length === 2
        const first = sharesOf(round, result.certificate[0]?.allocations ?? result.allocations)
        const asking = new Set(
          result.explanations.flatMap((each) => (each.kind === 'notEligible' ? [] : each.need)),
        )
        const named = new Set(
          round.needs.filter(({ id }) => asking.has(id)).map(({ institution }) => institution),
        )
        const shares = round.institutions
          .filter(({ id }) => named.has(id))
          .map(({ id, weight = 1 }) => (first.has.get(id) ?? 0) / weight)
        if (shares.length === 0) return
        expect(Math.min(...shares)).toBeCloseTo(best(linearProgram(round, 'least', false)), 6)
        const given = [...sharesOf(round, result.allocations).has.values()].reduce(
          (sum, each) => sum + each,
          0,
        )
        expect(given).toBeCloseTo(best(linearProgram(round, 'total', softIsOpen)), 6)
      },
      100,
    )
  })
})

/** Every value that differs from a JSON value in one place: changed, left out, doubled or in another order. */
function* mutations(value: Json): Iterable<Json> {
  if (typeof value === 'string') {
    yield `${value}x`
    if (/^\d+$/.test(value)) yield String(BigInt(value) + 1n)
    if (/^\d+\//.test(value)) yield value.replace(/^\d+/, (n) => String(BigInt(n) + 1n))
    if (value !== '1') yield '1'
  } else if (typeof value === 'number') {
    yield value + 1
  } else if (Array.isArray(value)) {
    const list: readonly Json[] = value
    for (const [at, each] of list.entries()) {
      yield list.toSpliced(at, 1)
      yield list.toSpliced(at, 0, each)
      if (at > 0) yield list.with(at, list[at - 1] ?? null).with(at - 1, each)
      for (const other of mutations(each)) yield list.with(at, other)
    }
  } else if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value as { readonly [key: string]: Json }) // not null, not a list
    for (const [key, each] of members) {
      yield Object.fromEntries(members.filter(([other]) => other !== key))
      for (const other of mutations(each)) yield Object.fromEntries([...members, [key, other]])
    }
  }
}

describe('the checker', () => {
  const rounds = {
    'in parts': BY_HAND,
    'in whole units': { ...BY_HAND, kind: 'skills', unit: 'seat' },
    'in proportion': { ...BY_HAND, rule: { name: 'proportional', version: 1 } },
    'by priority': { ...BY_HAND, rule: { name: 'priority', version: 1, order: ['least'] } },
  }
  it.each(Object.entries(rounds))('finds every single thing that is changed in a result %s', (_, written) => {
    const round = read(written)
    const { resultHash, ...rest } = match(round)
    const json: Json = JSON.parse(JSON.stringify(rest))
    const found = new Map<string, number>()
    let passed = 0
    for (const changed of mutations(json)) {
      const hash = createHash('sha256').update(canonicalJson(changed)).digest('hex')
      const checked = check(round, { ...(changed as object), resultHash: hash }) // an object with one thing changed
      if (checked.ok) passed++
      else found.set(checked.failure.reason, (found.get(checked.failure.reason) ?? 0) + 1)
    }
    expect({ passed }).toEqual({ passed: 0 })
    expect(found.size).toBeGreaterThan(8)
    expect(check(round, { ...rest, resultHash: '0'.repeat(64) })).toMatchObject({
      failure: { reason: 'resultHash' },
    })
    expect(check(round, { ...rest, resultHash })).toMatchObject({ ok: true })
  })

  it('takes a result that is as fair as ours and another one', () => {
    const written: WrittenRound = {
      ...BY_HAND,
      institutions: [
        { id: 'a', country: 'AA' },
        { id: 'b', country: 'BB' },
      ],
      needs: [
        { id: 'n1', institution: 'a', amount: 10 },
        { id: 'n2', institution: 'b', amount: 10 },
      ],
      offers: [
        { id: 'o1', supplier: 's', amount: 6 },
        { id: 'o2', supplier: 's', amount: 6 },
      ],
    }
    const round = read(written)
    const { resultHash: _, ...rest } = match(round)
    const other = {
      ...rest,
      allocations: ['n1', 'n2'].flatMap((need) =>
        ['o1', 'o2'].map((offer) => ({ need, offer, amount: '3' })),
      ),
    }
    expect(other.allocations).not.toEqual(rest.allocations)
    const resultHash = createHash('sha256').update(canonicalJson(other)).digest('hex')
    expect(check(round, { ...other, resultHash })).toMatchObject({ ok: true })
  })
})

describe('whole units of unequal weights', () => {
  const written: WrittenRound = {
    ...BY_HAND,
    kind: 'skills',
    unit: 'seat',
    institutions: [
      { id: 'a', country: 'AA' },
      { id: 'b', country: 'BB' },
      { id: 'c', country: 'CC', weight: 10 },
    ],
    needs: ['a', 'b', 'c'].map((institution) => ({ id: `n${institution}`, institution, amount: 9 })),
    offers: [{ id: 'o', supplier: 's', amount: 6 }],
  }
  it('are not the exact totals rounded: ½, ½ and 5 are 1, 1 and 4', () => {
    const round = read(written)
    expect(match(round).received.map(({ amount }) => amount)).toEqual(['1', '1', '4'])
  })

  it('are found unfair when the heavy one has one too many', () => {
    const round = read(written)
    const { resultHash: _, ...rest } = match(round)
    const forged = {
      ...rest,
      allocations: [
        { need: 'nb', offer: 'o', amount: '1' },
        { need: 'nc', offer: 'o', amount: '5' },
      ],
      received: [
        { institution: 'a', amount: '0' },
        { institution: 'b', amount: '1' },
        { institution: 'c', amount: '5' },
      ],
      levels: [
        ['a', '0'],
        ['c', '1/2'],
        ['b', '1'],
      ].map(([id = '', level = '']) => ({ level, institutions: [id] })),
    }
    const [all] = rest.certificate[0]?.sets ?? []
    const certified = { ...forged, levels: [forged.levels], certificate: [{ sets: [all ?? {}, {}, {}] }] }
    const resultHash = createHash('sha256').update(canonicalJson(certified)).digest('hex')
    expect(check(round, { ...certified, resultHash })).toMatchObject({ failure: { reason: 'betterOff' } })
  })
})

describe('a round that is wrong', () => {
  const institution = { id: 'a', country: 'KE' }
  const need = { id: 'n', institution: 'a', amount: 5 }
  const offer = { id: 'o', supplier: 's', amount: 5 }
  const good = { ...BY_HAND, groups: {}, institutions: [institution], needs: [need], offers: [offer] }
  const refused = (written: unknown) => {
    const round = readRound(written)
    return round.ok ? null : { reason: round.failure.reason, field: round.failure.field }
  }
  it.each<[string, object, string, string]>([
    ['a negative amount', { needs: [{ ...need, amount: -5 }] }, 'matchAmount', 'needs[0].amount'],
    ['an offer of nothing', { offers: [{ ...offer, amount: 0 }] }, 'matchAmount', 'offers[0].amount'],
    ['a part of a number', { needs: [{ ...need, amount: 1.5 }] }, 'matchAmount', 'needs[0].amount'],
    [
      'a number beyond all',
      { needs: [{ ...need, amount: '9'.repeat(16) }] },
      'matchAmount',
      'needs[0].amount',
    ],
    ['a division by zero', { needs: [{ ...need, amount: '1/0' }] }, 'matchAmount', 'needs[0].amount'],
    ['an infinite number', { needs: [{ ...need, amount: Infinity }] }, 'matchMalformed', 'needs[0].amount'],
    ['a unit that nobody knows', { unit: 'bushel' }, 'matchMalformed', 'unit'],
    ['a unit of another kind', { unit: 'seat' }, 'matchUnit', 'unit'],
    [
      'a part of a seat',
      { kind: 'skills', unit: 'seat', needs: [{ ...need, amount: '1/2' }] },
      'matchPart',
      'needs.n.amount',
    ],
    ['an id twice', { needs: [need, need] }, 'matchDuplicate', 'needs'],
    ['an institution twice', { institutions: [institution, institution] }, 'matchDuplicate', 'institutions'],
    [
      'a need of nobody',
      { needs: [{ ...need, institution: 'b' }] },
      'matchInstitution',
      'needs.n.institution',
    ],
    [
      'a group that is not there',
      { offers: [{ ...offer, eligible: { groups: ['g'] } }] },
      'matchGroup',
      'offers.o.eligible',
    ],
    [
      'groups in a circle',
      { groups: { a: { includes: ['b'] }, b: { includes: ['c'] }, c: { includes: ['a'] } } },
      'matchGroupCycle',
      'groups.a.includes',
    ],
    ['a group in itself', { groups: { a: { includes: ['a'] } } }, 'matchGroupCycle', 'groups.a.includes'],
    ['a minimum above the amount', { needs: [{ ...need, minimum: 6 }] }, 'matchMinimum', 'needs.n.minimum'],
    [
      'reserves above the offer',
      {
        groups: { g: { countries: ['KE'] } },
        offers: [{ ...offer, reserves: [{ group: 'g', amount: 6, mode: 'hard' }] }],
      },
      'matchReserves',
      'offers.o.reserves',
    ],
    [
      'days that end before they begin',
      { needs: [{ ...need, from: '2026-02-01', until: '2026-01-01' }] },
      'matchWindow',
      'needs[0].until',
    ],
    [
      'a member that nobody knows',
      { needs: [{ ...need, colour: 'red' }] },
      'matchMalformed',
      'needs[0].colour',
    ],
    [
      'an order without priority',
      { rule: { name: 'leximin', version: 1, order: [] } },
      'matchMalformed',
      'rule.order',
    ],
    [
      'more offers than a node computes with',
      { offers: Array.from({ length: 2001 }, (_, at) => ({ ...offer, id: `o${at}` })) },
      'matchTooMany',
      'offers',
    ],
    [
      'a name of a prototype',
      { offers: [{ ...offer, eligible: { groups: ['constructor'] } }] },
      'matchGroup',
      'offers.o.eligible',
    ],
  ])('is refused for %s, with the reason and the place', (_, change, reason, field) => {
    expect(refused(good)).toBeNull()
    expect(refused({ ...good, ...change })).toEqual({ reason, field })
  })

  it('is refused when it is no round at all', () => {
    for (const other of [null, [], 'round', 7, {}, { ...good, format: 'ayni-round/2' }])
      expect(refused(other)?.reason).toBe('matchMalformed')
  })

  it('is never an exception, whatever it is', () => {
    holds(
      fc.oneof(
        fc.jsonValue(),
        fc.jsonValue().map((value) => ({ ...good, needs: value })),
        fc.jsonValue().map((value) => ({ ...good, groups: value })),
      ),
      (value) => {
        expect(typeof readRound(value).ok).toBe('boolean')
      },
    )
  })
})
