import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import { DAY, isoTime, momentOf } from '../../../../kernel/time.ts'
import { PublicRecord, type Reference } from '../../../../records/index.ts'
import type { Statement } from '../../../follow/index.ts'
import { match } from '../../matching/index.ts'
import type { AssessedRound, Cut } from '../types.ts'
import { assessRounds, membersConcerned, roundInputOf, stateOf, statementsIn } from './index.ts'

const NOW = Date.UTC(2026, 10, 24)
const DEADLINE = NOW + DAY
const memberAt = (index: number) => MemberId.parse(`m${'abcdefgh'[index]}${'a'.repeat(31)}`)
const root = 'A'.repeat(43) + '='

const COMMON = { kind: 'compute', unit: 'gpu-hour', title: 'T', language: 'en' }
const NEED = { ...COMMON, purpose: 'P', country: 'KE', amount: 100, sector: 'health' }
const OFFER = { ...COMMON, description: 'D', amount: 60 }
const GROUP = { code: 'ldc', name: 'N', source: 'S', asOf: '2026-01-01', countries: ['TD'] }
const ROUND = {
  ...COMMON,
  description: 'D',
  rule: { name: 'leximin', version: 1 },
  deadline: isoTime(DEADLINE),
}

/** What members have said, each in its own log. Member 0 convenes. */
class World {
  readonly said: Statement[] = []
  time = NOW

  say(member: number, type: string, body: object, time = (this.time += 1000)): Statement {
    const record = PublicRecord.parse({ type, time: isoTime(time), body }) as Statement['record']
    const id = Sha256.parse(createHash('sha256').update(JSON.stringify(record)).digest('hex'))
    return this.keep({ id, member, record })
  }

  /** Says again what another member said, to the byte. */
  repeat(member: number, { id, record }: Statement): Statement {
    return this.keep({ id, member, record })
  }

  takeBack({ place }: Statement): void {
    const at = this.said.findIndex((each) => each.place === place)
    const said = this.said[at]
    if (said)
      this.said[at] = { ...said, retracted: { origin: place.origin, index: this.sizeOf(said.memberId) } }
  }

  sizeOf(memberId: MemberId): number {
    return this.said.filter((each) => each.memberId === memberId).length
  }

  cut(members: number): Cut {
    return Array.from({ length: members }, (_, at) => ({
      origin: originOf(memberAt(at), 0),
      size: this.sizeOf(memberAt(at)) + 10,
      root: root as Cut[number]['root'],
    }))
  }

  private keep({ id, member, record }: Pick<Statement, 'id' | 'record'> & { member: number }): Statement {
    const memberId = memberAt(member)
    const place: Reference = { origin: originOf(memberId, 0), index: this.sizeOf(memberId), leaf: id }
    const said: Statement = { id, memberId, place, time: momentOf(record.time), record, retracted: null }
    this.said.push(said)
    return said
  }
}

function roundIn(world: World, id: string): AssessedRound {
  const round = assessRounds(world.said).find((each) => each.id === id)
  if (!round) throw new Error('no round')
  return round
}

function inputIn(world: World, round: Statement, countries = new Map<MemberId, string>()) {
  return roundInputOf({ round: roundIn(world, round.id), statements: world.said, countries })
}

function fileOf(world: World, round: Statement, countries?: Map<MemberId, string>) {
  const input = inputIn(world, round, countries)
  if (!input.ok) throw new Error(JSON.stringify(input.failure))
  return input.value.round
}

const idsIn = (stated: readonly { readonly id: string }[]) => stated.map(({ id }) => id)

describe('what a round is computed from', () => {
  it('is what is needed and offered of its kind, said before its deadline by those who take part', () => {
    const world = new World()
    const round = world.say(0, 'matching-round/1', { ...ROUND, members: [memberAt(1), memberAt(2)] })
    const need = world.say(1, 'need/1', NEED)
    const offer = world.say(2, 'offer/1', OFFER)
    world.say(3, 'need/1', NEED)
    world.say(1, 'need/1', { ...NEED, unit: 'terabyte-month' })
    world.say(1, 'need/1', { ...NEED, title: 'Late' }, DEADLINE)
    world.say(1, 'need/1', { ...NEED, title: 'Over', until: '2026-11-24' })
    const file = fileOf(world, round)
    expect(file.institutions).toEqual([{ id: memberAt(1), country: 'KE' }])
    expect([idsIn(file.needs), idsIn(file.offers)]).toEqual([[need.id], [offer.id]])
    expect(match(file)).toMatchObject({ received: [{ institution: memberAt(1), amount: '60' }] })
  })

  it('is what was not taken back within the cut, nor replaced', () => {
    const world = new World()
    const round = world.say(0, 'matching-round/1', ROUND)
    const [first, second] = [world.say(1, 'need/1', NEED), world.say(2, 'need/1', NEED)]
    const better = world.say(2, 'need/1', { ...NEED, replaces: second.place })
    world.takeBack(first)
    const within = (size: number) =>
      roundInputOf({
        round: roundIn(world, round.id),
        statements: statementsIn(
          world.cut(3).map((each, at) => (at === 1 ? { ...each, size } : each)),
          world.said,
        ),
        countries: new Map(),
      })
    expect(within(2)).toMatchObject({ value: { round: { needs: [{ id: better.id }] } } })
    const before = within(1)
    expect(before.ok && idsIn(before.value.round.needs)).toEqual([better.id, first.id].toSorted())
    const none = within(0)
    expect(none.ok && idsIn(none.value.round.needs)).toEqual([better.id])
  })

  it('is less what agreements have taken, of reserves last, and of a minimum too', () => {
    const world = new World()
    const group = world.say(0, 'country-group/1', GROUP).place
    const round = world.say(0, 'matching-round/1', ROUND)
    const need = world.say(1, 'need/1', { ...NEED, minimum: 60 })
    const reserves = [{ group, amount: 30, mode: 'soft' }]
    const offer = world.say(2, 'offer/1', { ...OFFER, reserves })
    const agreement = world.say(2, 'agreement/1', {
      title: 'T',
      description: 'D',
      language: 'en',
      parties: [memberAt(2), memberAt(1)],
      obligations: [
        {
          by: memberAt(2),
          kind: 'compute',
          unit: 'gpu-hour',
          amount: 40,
          text: 'T',
          due: '2027-01-01',
          need: need.place,
          offer: offer.place,
        },
      ],
      from: '2026-11-24',
      until: '2027-01-01',
      country: 'KE',
      sector: 'health',
    })
    world.say(1, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
    const taken = fileOf(world, round)
    expect(taken.needs).toMatchObject([{ amount: '60', minimum: '20' }])
    expect(taken.offers).toMatchObject([{ amount: '20', reserves: [{ amount: '20' }] }])
    const days = { from: '2026-11-24', until: '2026-11-24' }
    const delivery = world.say(2, 'delivery/1', {
      agreement: agreement.place,
      obligation: 0,
      amount: 40,
      ...days,
    })
    world.say(1, 'delivery-verdict/1', { delivery: delivery.place, verdict: 'accepted' })
    world.say(1, 'agreement-end/1', { agreement: agreement.place, end: 'closed' })
    const ended = fileOf(world, round)
    expect(ended.needs).toMatchObject([{ amount: '60' }])
    expect(ended.institutions).toMatchObject([{ received: '40' }])
    expect(membersConcerned(roundIn(world, round.id), world.said)).toEqual(
      new Set([memberAt(0), memberAt(1), memberAt(2)]),
    )
  })

  it('counts a member by the heaviest group that its country is in, as its profile says', () => {
    const world = new World()
    const [one, two] = [GROUP, { ...GROUP, code: 'x', countries: ['TD', 'KE'] }].map(
      (each) => world.say(3, 'country-group/1', each).place,
    )
    const weights = [
      { group: one, weight: 3 },
      { group: two, weight: 2 },
    ]
    const round = world.say(0, 'matching-round/1', { ...ROUND, weights })
    world.say(1, 'need/1', NEED)
    world.say(2, 'need/1', NEED)
    expect(fileOf(world, round, new Map([[memberAt(1), 'TD']])).institutions).toEqual([
      { id: memberAt(1), country: 'TD', weight: 3 },
      { id: memberAt(2), country: 'KE', weight: 2 },
    ])
    expect(membersConcerned(roundIn(world, round.id), world.said).has(memberAt(3))).toBe(true)
  })

  it('lacks something when a list that the round names is not in the cut; an offer that names one is passed over', () => {
    const world = new World()
    const elsewhere = new World().say(5, 'country-group/1', GROUP).place
    const round = world.say(0, 'matching-round/1', { ...ROUND, shown: [elsewhere] })
    expect(inputIn(world, round)).toEqual({
      ok: false,
      failure: { kind: 'groupsLacking', groups: [elsewhere] },
    })
    const other = world.say(0, 'matching-round/1', ROUND)
    const offer = world.say(2, 'offer/1', { ...OFFER, eligible: { groups: [elsewhere] } })
    world.say(1, 'need/1', NEED)
    expect(inputIn(world, other)).toMatchObject({
      value: { round: { offers: [] }, passedOver: [{ offer: { id: offer.id }, group: elsewhere }] },
    })
  })

  it('has two needs where a member repeats the words of another', () => {
    const world = new World()
    const round = world.say(0, 'matching-round/1', ROUND)
    const need = world.say(2, 'need/1', NEED)
    world.repeat(1, need)
    expect(idsIn(fileOf(world, round).needs)).toEqual([
      `${need.id}:${memberAt(1)}`,
      `${need.id}:${memberAt(2)}`,
    ])
  })

  it('is the same bytes in whichever order statements came', () => {
    const step = fc.record({
      member: fc.integer({ min: 1, max: 5 }),
      what: fc.constantFrom('need', 'offer', 'group', 'repeat', 'replace', 'takeBack'),
      amount: fc.integer({ min: 1, max: 50 }),
      at: fc.nat(20),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.infiniteStream(fc.nat()), (steps, keys) => {
        const world = new World()
        const round = world.say(0, 'matching-round/1', ROUND)
        for (const { member, what, amount, at } of steps) {
          const earlier = world.said[at % world.said.length]
          if (what === 'need') world.say(member, 'need/1', { ...NEED, amount })
          else if (what === 'offer') world.say(member, 'offer/1', { ...OFFER, amount })
          else if (what === 'group') {
            const group = world.say(member, 'country-group/1', GROUP).place
            world.say(member, 'offer/1', { ...OFFER, amount, reserves: [{ group, amount: 1, mode: 'hard' }] })
          } else if (what === 'repeat' && earlier) world.repeat(member, earlier)
          else if (what === 'replace' && earlier)
            world.say(member, 'need/1', { ...NEED, amount, replaces: earlier.place })
          else if (earlier && earlier.id !== round.id) world.takeBack(earlier)
        }
        const shuffled = world.said
          .map((each) => ({ each, key: keys.next().value ?? 0 }))
          .toSorted((left, right) => left.key - right.key)
          .map(({ each }) => each)
        const compute = (statements: readonly Statement[]) => {
          const facts = { round: roundIn(world, round.id), statements, countries: new Map() }
          const input = roundInputOf(facts)
          return input.ok ? JSON.stringify([input.value.round, match(input.value.round)]) : input.failure
        }
        expect(compute(shuffled)).toBe(compute(world.said))
      }),
      { numRuns: 50 },
    )
  })
})

describe('a round', () => {
  const hash = (letter: string) => letter.repeat(64)

  function scene() {
    const world = new World()
    const round = world.say(0, 'matching-round/1', ROUND)
    const cut = [{ origin: originOf(memberAt(0), 0), size: 1, root }]
    const state = (member: number, result: string, time = DEADLINE + 1, size = 1) =>
      world.say(
        member,
        'matching-result/1',
        { round: round.place, cut: cut.map((each) => ({ ...each, size })), input: hash('a'), result },
        time,
      )
    return { world, round, state, now: () => roundIn(world, round.id) }
  }

  it('is open until its deadline, due after it, and decided by its own member’s first result after that', () => {
    const { state, now } = scene()
    expect([DEADLINE - 1, DEADLINE].map((at) => stateOf(now(), at))).toEqual(['open', 'due'])
    state(0, hash('b'), DEADLINE - 1)
    state(1, hash('b'))
    expect(now().decision).toBeNull()
    const first = state(0, hash('c'))
    const second = state(0, hash('d'))
    state(0, hash('c'), DEADLINE + 2)
    expect(now()).toMatchObject({ decision: { id: first.id }, contradictions: [{ id: second.id }] })
    expect(stateOf(now(), DEADLINE)).toBe('decided')
  })

  it('is confirmed by whoever says the same of the same cut, and disputed by whoever says something else of it', () => {
    const { state, now } = scene()
    state(0, hash('c'))
    const same = state(1, hash('c'))
    state(1, hash('d'))
    const other = state(2, hash('d'))
    state(3, hash('d'), DEADLINE + 1, 2)
    expect(now().confirmations.map(({ id }) => id)).toEqual([same.id])
    expect(now().disagreements.map(({ id }) => id)).toEqual([other.id])
  })

  it('is withdrawn when it is taken back before it is decided, and stays decided when that comes later', () => {
    const early = scene()
    early.world.takeBack(early.round)
    early.state(0, hash('c'))
    expect(stateOf(early.now(), DEADLINE)).toBe('withdrawn')
    const late = scene()
    late.state(0, hash('c'))
    late.world.takeBack(late.round)
    expect(stateOf(late.now(), DEADLINE)).toBe('decided')
  })
})
