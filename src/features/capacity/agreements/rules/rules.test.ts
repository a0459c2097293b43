import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import { DAY, isoTime, momentOf } from '../../../../kernel/time.ts'
import { PublicRecord } from '../../../../records/index.ts'
import type { Statement } from '../../../follow/index.ts'
import type { AgreementStatement, AgreementType, AssessedAgreement, Opened } from '../types.ts'
import { assessAgreements, committedOf, evidenceKey, PROPOSAL_HOLDS } from './index.ts'

const NOW = Date.UTC(2026, 10, 24)
const [a, b, stranger] = ['a', 'b', 'c'].map((letter) => MemberId.parse(`m${letter.repeat(32)}`)) as [
  MemberId,
  MemberId,
  MemberId,
]
const sha = (text: string) => Sha256.parse(createHash('sha256').update(text).digest('hex'))

/** What members have said, each in its own log. */
class World {
  readonly said: Statement[] = []
  now = NOW

  say<Type extends AgreementType | 'need/1' | 'offer/1'>(
    memberId: MemberId,
    type: Type,
    body: object,
  ): Statement<Type> {
    const index = this.said.filter((each) => each.memberId === memberId).length
    const record = PublicRecord.parse({ type, time: isoTime((this.now += 1000)), body })
    const id = sha(`${memberId} ${JSON.stringify(record)}`)
    const place = { origin: originOf(memberId, 0), index, leaf: id }
    const said = {
      id,
      memberId,
      place,
      time: momentOf(record.time),
      record,
      retracted: null,
    } as Statement<Type>
    this.said.push(said)
    return said
  }

  agreements(known: ReadonlyMap<string, Opened> = new Map()): readonly AssessedAgreement[] {
    return assessAgreements(this.said as AgreementStatement[], known)
  }
}

const obligation = { by: a, kind: 'compute', unit: 'gpu-hour', amount: 100, text: 'Hours', due: '2026-12-01' }
const bodyOf = (obligations: readonly object[] = [obligation]) => ({
  title: 'Speech',
  description: 'Training.',
  language: 'en',
  parties: [a, b],
  obligations,
  from: '2026-11-01',
  until: '2026-12-31',
  country: 'KE',
  sector: 'language',
})
const file = (name: string) => ({
  kind: 'file' as const,
  format: 'csv' as const,
  repository: 'a/evidence',
  repositoryKind: 'dataset' as const,
  commit: 'a'.repeat(40),
  path: name,
  sha256: sha(name),
})
const days = { from: '2026-11-01', until: '2026-11-30' }

function opened(name: string, amount: number): readonly [string, Opened] {
  const evidence = file(name) as never
  const key = evidenceKey({ evidence, unit: 'gpu-hour', ...days, parties: [a, b] })
  return [key, { state: 'counted', amount: BigInt(amount), shown: sha(name) }]
}

function signed(world = new World(), body = bodyOf()) {
  const agreement = world.say(a, 'agreement/1', body)
  world.say(b, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
  return { world, agreement }
}

const claim = (agreement: Pick<Statement, 'place'>, amount: number, ...evidence: readonly string[]) => ({
  agreement: agreement.place,
  obligation: 0,
  amount,
  ...days,
  ...(evidence.length > 0 && { evidence: evidence.map(file) }),
})

describe('an agreement', () => {
  it('is proposed by its first party and holds when the second signs', () => {
    const world = new World()
    const agreement = world.say(a, 'agreement/1', bodyOf())
    expect(world.agreements()).toMatchObject([{ state: 'proposed', isSigned: false, id: agreement.id }])
    world.say(a, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
    world.say(stranger, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
    expect(world.agreements()).toMatchObject([{ state: 'proposed', isSigned: false }])
    world.say(b, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
    world.say(b, 'agreement-signature/1', { agreement: agreement.place, answer: 'decline' })
    expect(world.agreements()).toMatchObject([{ state: 'active', isSigned: true }])
  })

  it('is not one when somebody else states it in the name of a party', () => {
    const world = new World()
    world.say(stranger, 'agreement/1', bodyOf())
    world.say(b, 'agreement/1', bodyOf())
    expect(world.agreements()).toEqual([])
  })

  it('ends when a party says so, and is cancelled when one says that', () => {
    const { world, agreement } = signed()
    world.say(stranger, 'agreement-end/1', { agreement: agreement.place, end: 'cancelled' })
    expect(world.agreements()).toMatchObject([{ state: 'active' }])
    world.say(a, 'agreement-end/1', { agreement: agreement.place, end: 'closed' })
    expect(world.agreements()).toMatchObject([{ state: 'closed' }])
    world.say(b, 'agreement-end/1', { agreement: agreement.place, end: 'cancelled', reason: 'No power.' })
    expect(world.agreements()).toMatchObject([{ state: 'cancelled', reason: 'No power.' }])
  })
})

describe('a delivery', () => {
  it('is claimed without evidence and delivered as far as evidence shows it', () => {
    const { world, agreement } = signed()
    world.say(a, 'delivery/1', claim(agreement, 30))
    world.say(a, 'delivery/1', claim(agreement, 50, 'one'))
    const [unopened] = world.agreements()
    expect(unopened?.obligations[0]).toMatchObject({ claimed: 80n, delivered: 0n })
    const [counted] = world.agreements(new Map([opened('one', 40)]))
    expect(counted?.obligations[0]).toMatchObject({ claimed: 40n, delivered: 40n, accepted: 0n })
    const [over] = world.agreements(new Map([opened('one', 4000)]))
    expect(over?.obligations[0]).toMatchObject({ claimed: 30n, delivered: 50n })
  })

  it('shows nothing by a file that another delivery showed', () => {
    const { world, agreement } = signed()
    world.say(a, 'delivery/1', claim(agreement, 40, 'one', 'one'))
    world.say(a, 'delivery/1', claim(agreement, 41, 'one'))
    const [assessed] = world.agreements(new Map([opened('one', 40)]))
    expect(assessed?.obligations[0]).toMatchObject({ claimed: 41n, delivered: 40n })
  })

  it('loses nothing when a stranger shows the same file in an agreement of its own', () => {
    const { world, agreement } = signed()
    world.say(a, 'delivery/1', claim(agreement, 40, 'one'))
    for (const title of ['1', '2', '3', '4', '5', '6']) {
      const body = { ...bodyOf([{ ...obligation, by: stranger }]), title, parties: [stranger, b] }
      const theirs = world.say(stranger, 'agreement/1', body)
      world.say(b, 'agreement-signature/1', { agreement: theirs.place, answer: 'sign' })
      world.say(stranger, 'delivery/1', claim(theirs, 40, 'one'))
    }
    const ours = world.agreements(new Map([opened('one', 40)])).find(({ id }) => id === agreement.id)
    expect(ours?.obligations[0]?.delivered).toBe(40n)
  })

  it('is accepted or disputed by its receiver, whose last word counts', () => {
    const { world, agreement } = signed()
    const delivery = world.say(a, 'delivery/1', claim(agreement, 100, 'one'))
    const say = (by: MemberId, verdict: string) =>
      world.say(by, 'delivery-verdict/1', { delivery: delivery.place, verdict, reason: 'Why.' })
    const known = new Map([opened('one', 100)])
    expect(world.agreements(known)).toMatchObject([{ state: 'delivered' }])
    say(a, 'accepted')
    say(stranger, 'accepted')
    expect(world.agreements(known)).toMatchObject([{ state: 'delivered' }])
    say(b, 'disputed')
    expect(world.agreements(known)).toMatchObject([{ state: 'disputed', obligations: [{ disputed: 100n }] }])
    say(b, 'accepted')
    expect(world.agreements(known)).toMatchObject([
      { state: 'accepted', obligations: [{ accepted: 100n, disputed: 0n }] },
    ])
  })

  it('is of who owes it, in an agreement that both signed', () => {
    const { world, agreement } = signed()
    world.say(b, 'delivery/1', claim(agreement, 10))
    world.say(stranger, 'delivery/1', claim(agreement, 10))
    world.say(a, 'delivery/1', { ...claim(agreement, 10), obligation: 7 })
    const proposed = world.say(a, 'agreement/1', { ...bodyOf(), title: 'Other' })
    world.say(a, 'delivery/1', claim(proposed, 10))
    expect(world.agreements().flatMap(({ obligations }) => obligations[0]?.deliveries)).toEqual([])
  })

  it('is overdue from the day after it was due until it is shown or acknowledged', () => {
    const { world, agreement } = signed()
    const [owed] = world.agreements()[0]?.obligations ?? []
    expect(['2026-12-01', '2026-12-02'].map((day) => owed?.isOverdue(day))).toEqual([false, true])
    const delivery = world.say(a, 'delivery/1', claim(agreement, 100))
    expect(world.agreements()[0]?.obligations[0]?.isOverdue('2026-12-02')).toBe(true)
    world.say(b, 'delivery-verdict/1', { delivery: delivery.place, verdict: 'accepted' })
    expect(world.agreements()[0]?.obligations[0]?.isOverdue('2026-12-02')).toBe(false)
    world.say(b, 'delivery-verdict/1', { delivery: delivery.place, verdict: 'disputed', reason: 'No.' })
    expect(world.agreements()[0]?.obligations[0]?.isOverdue('2026-12-02')).toBe(true)
    world.say(b, 'agreement-end/1', { agreement: agreement.place, end: 'cancelled' })
    expect(world.agreements()[0]?.obligations[0]?.isOverdue('2026-12-02')).toBe(false)
  })
})

describe('what is committed', () => {
  const common = { kind: 'compute', unit: 'gpu-hour', title: 'T', language: 'en', amount: 100 }
  const need = { ...common, purpose: 'P', country: 'KE', sector: 'health' }

  function scene(by: MemberId, needOf: MemberId) {
    const world = new World()
    const said = world.say(needOf, 'need/1', need)
    const body = { ...bodyOf([{ ...obligation, by: a, need: said.place }]), parties: [by, by === a ? b : a] }
    const agreement = world.say(by, 'agreement/1', body)
    return { world, said, agreement }
  }
  const committed = ({ world, said }: ReturnType<typeof scene>, at = NOW) =>
    committedOf(world.agreements(), [said], at).get(said.id)

  it('is what was agreed for a need of the receiver', () => {
    const signedOne = scene(a, b)
    signedOne.world.say(b, 'agreement-signature/1', { agreement: signedOne.agreement.place, answer: 'sign' })
    expect(committed(signedOne)).toBe(100n)
    const foreign = scene(a, stranger)
    foreign.world.say(b, 'agreement-signature/1', { agreement: foreign.agreement.place, answer: 'sign' })
    expect(committed(foreign)).toBeUndefined()
  })

  it('is what the owner of the need proposed, for thirty days, and never what others propose', () => {
    expect(committed(scene(b, b))).toBe(100n)
    expect(committed(scene(b, b), NOW + PROPOSAL_HOLDS + DAY)).toBe(0n)
    expect(committed(scene(a, b))).toBeUndefined()
  })

  it('is what was accepted once the agreement has ended', () => {
    const ended = scene(a, b)
    const { world, agreement } = ended
    world.say(b, 'agreement-signature/1', { agreement: agreement.place, answer: 'sign' })
    const delivery = world.say(a, 'delivery/1', claim(agreement, 60, 'one'))
    world.say(b, 'delivery-verdict/1', { delivery: delivery.place, verdict: 'accepted' })
    world.say(b, 'agreement-end/1', { agreement: agreement.place, end: 'closed' })
    const agreements = world.agreements(new Map([opened('one', 60)]))
    expect(committedOf(agreements, [ended.said], NOW).get(ended.said.id)).toBe(60n)
  })
})

describe('any set of statements', () => {
  const speakers = fc.constantFrom(a, b, stranger)
  const act = fc.record({
    by: speakers,
    what: fc.constantFrom('sign', 'decline', 'deliver', 'accepted', 'disputed', 'closed', 'cancelled'),
    amount: fc.integer({ min: 1, max: 200 }),
    evidence: fc.subarray(['one', 'two', 'three']),
    of: fc.nat({ max: 5 }),
    agreement: fc.nat({ max: 1 }),
  })
  const acts = fc.array(act, { maxLength: 24 })
  const known = new Map([opened('one', 40), opened('two', 500), opened('three', 1)])
  const show = (agreements: readonly AssessedAgreement[]) =>
    JSON.stringify(agreements, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))

  function play(list: readonly (typeof act extends fc.Arbitrary<infer Act> ? Act : never)[]): World {
    const world = new World()
    const agreements = ['X', 'Y'].map((title) => world.say(a, 'agreement/1', { ...bodyOf(), title }))
    const deliveries: Pick<Statement, 'place'>[] = []
    for (const { by, what, amount, evidence, of, agreement } of list) {
      const place = agreements[agreement]?.place
      if (what === 'deliver') {
        const body = claim(agreements[agreement] as Pick<Statement, 'place'>, amount, ...evidence)
        deliveries.push(world.say(by, 'delivery/1', body))
      } else if (what === 'accepted' || what === 'disputed') {
        const delivery = deliveries[of]?.place
        if (delivery) world.say(by, 'delivery-verdict/1', { delivery, verdict: what, reason: 'R' })
      } else if (what === 'closed' || what === 'cancelled')
        world.say(by, 'agreement-end/1', { agreement: place, end: what })
      else world.say(by, 'agreement-signature/1', { agreement: place, answer: what })
    }
    return world
  }

  it('comes to the same in any order', () => {
    fc.assert(
      fc.property(acts, fc.infiniteStream(fc.nat()), (list, keys) => {
        const { said } = play(list)
        const shuffled = said
          .map((each) => ({ each, key: keys.next().value as number }))
          .toSorted((left, right) => left.key - right.key)
          .map(({ each }) => each)
        const assess = (statements: readonly Statement[]) =>
          show(assessAgreements(statements as AgreementStatement[], known))
        expect(assess(shuffled)).toBe(assess(said))
        expect(assess([...said, ...shuffled])).toBe(assess(said))
      }),
    )
  })

  it('comes to the same without what strangers said', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const world = play(list)
        const entitled = world.said.filter(({ memberId }) => memberId !== stranger)
        expect(show(assessAgreements(entitled as AgreementStatement[], known))).toBe(
          show(world.agreements(known)),
        )
      }),
    )
  })

  it('never shows more than was said, nor a file twice', () => {
    fc.assert(
      fc.property(acts, (list) => {
        const world = play(list)
        const obligations = world.agreements(known).flatMap((each) => each.obligations)
        for (const { deliveries, claimed, delivered, accepted, acknowledged, disputed } of obligations) {
          const said = deliveries.reduce((total, each) => total + each.said, 0n)
          expect(claimed + delivered).toBe(said)
          expect(accepted <= delivered && accepted <= acknowledged && acknowledged + disputed <= said).toBe(
            true,
          )
        }
        const shown = obligations.reduce((total, each) => total + each.delivered, 0n)
        expect(shown <= 541n).toBe(true)
      }),
    )
  })
})
