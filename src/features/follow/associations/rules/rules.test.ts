import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import { isoTime, momentOf } from '../../../../kernel/time.ts'
import {
  associationIdOf,
  type AssociationRule,
  charterHashOf,
  PublicRecord,
  type Reference,
  type Roster,
  rosterHashOf,
} from '../../../../records/index.ts'
import type { Association, AssociationRecord, Said } from '../types.ts'
import {
  abandonQuorumOf,
  assess,
  convenerOf,
  endorsedBy,
  quorumOf,
  ROUND,
  witnessingOf,
  witnessPolicyOf,
} from './index.ts'

const NOW = Date.UTC(2026, 10, 24)
const memberAt = (index: number) => MemberId.parse(`m${'abcdefghijkl'[index]}${'a'.repeat(31)}`)
const rosterOf = (...indexes: readonly number[]): Roster =>
  Object.fromEntries(indexes.map((index) => [memberAt(index), `h${index}`])) as Roster

/** What every member has in its log; somebody may know a part of each. */
class World {
  readonly logs = new Map<MemberId, Said[]>()
  readonly charter
  readonly id
  private now = NOW

  constructor(founders: number, rule: AssociationRule = { kind: 'two-thirds' }) {
    const members = rosterOf(...Array.from({ length: founders }, (_, index) => index))
    this.charter = { name: 'A', purpose: 'P', members, rule, witnesses: 1 }
    this.id = associationIdOf(this.charter)
  }

  say(member: MemberId, type: AssociationRecord['type'], body: object): Said {
    const log = this.logs.get(member) ?? []
    this.logs.set(member, log)
    const record = PublicRecord.parse({ type, time: isoTime((this.now += 1000)), body }) as AssociationRecord
    const index = log.length
    const leaf = Sha256.parse(createHash('sha256').update(`${member} ${index}`).digest('hex'))
    const hash =
      record.type === 'association-charter/1'
        ? charterHashOf(record.body)
        : record.type === 'association-roster/1'
          ? rosterHashOf(record.body)
          : null
    const place: Reference = { origin: originOf(member, 0), index, leaf }
    const said: Said = { memberId: member, place, time: momentOf(record.time), record, hash }
    log.push(said)
    return said
  }

  found(): this {
    const charter = this.say(memberAt(0), 'association-charter/1', this.charter)
    for (let index = 1; index < Object.keys(this.charter.members).length; index++)
      this.sign(memberAt(index), charter.place)
    return this
  }

  sign(member: MemberId, charter: Reference): Said {
    return this.say(member, 'association-sign/1', { association: this.id, charter })
  }

  all(): readonly Said[] {
    return [...this.logs.values()].flat()
  }

  now_(): Association {
    const association = assess(this.id, this.all())
    if (!association) throw new Error('there is no charter')
    return association
  }

  propose(by: MemberId, members: Roster, changed: object = {}): Said {
    const { epoch, hash, open, applicants } = this.now_()
    const evidence = [...applicants.values(), ...(open?.openedBy ?? [])]
    return this.say(by, 'association-roster/1', {
      association: this.id,
      epoch: epoch + 1,
      round: open?.round ?? 0,
      members,
      previous: hash,
      ...(evidence.length > 0 && { evidence }),
      ...changed,
    })
  }

  endorse(by: MemberId, roster: Sha256 | null, { epoch = this.now_().epoch + 1, round = 0 } = {}): Said {
    return this.say(by, 'association-endorse/1', { association: this.id, epoch, round, roster })
  }

  abandon(by: MemberId, round = 0, endorsed = endorsedBy(this.all(), by, this.now_().epoch + 1)): Said {
    const epoch = this.now_().epoch + 1
    return this.say(by, 'association-abandon/1', { association: this.id, epoch, round, endorsed })
  }

  leave(by: MemberId): Said {
    return this.say(by, 'association-leave/1', { association: this.id })
  }
}

const [a, b, c, d] = [memberAt(0), memberAt(1), memberAt(2), memberAt(3)]

describe('the numbers of a rule', () => {
  it.each([
    [1, 1, 1],
    [2, 2, 2],
    [3, 3, 3],
    [4, 3, 3],
    [6, 5, 5],
    [7, 5, 5],
    [10, 7, 7],
    [64, 43, 43],
  ])('of two thirds of %d are %d, and %d to give up a round', (voters, quorum, abandon) => {
    const rule = { kind: 'two-thirds' } as const
    expect([quorumOf(rule, voters), abandonQuorumOf(rule, voters)]).toEqual([quorum, abandon])
  })

  it.each([
    [2, 3, 2, 3],
    [1, 5, 3, 5],
    [4, 5, 4, 4],
    [9, 5, 5, 5],
  ])('of %d of %d are %d, and %d to give up a round', (k, voters, quorum, abandon) => {
    const rule = { kind: 'k-of-n', k } as const
    expect([quorumOf(rule, voters), abandonQuorumOf(rule, voters)]).toEqual([quorum, abandon])
  })

  it('let any two quorums of more than two thirds share more than a third', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (voters) => {
        const quorum = quorumOf({ kind: 'two-thirds' }, voters)
        expect(quorum * 3).toBeGreaterThan(voters * 2)
        expect((2 * quorum - voters) * 3).toBeGreaterThan(voters)
      }),
    )
  })

  it('give each member its turn as convener', () => {
    expect([0, 1, 2, 3].map((round) => convenerOf([a, b, c], 1, round))).toEqual([b, c, a, b])
  })
})

describe('an association', () => {
  it('is none without the charter of a founding member', () => {
    const world = new World(3)
    expect(assess(world.id, [])).toBeNull()
    world.say(d, 'association-charter/1', world.charter)
    expect(assess(world.id, world.all())).toBeNull()
  })

  it('is founded when every founding member has signed', () => {
    const world = new World(3)
    const { place } = world.say(a, 'association-charter/1', world.charter)
    expect(world.now_()).toMatchObject({ unsigned: [b, c], since: null, open: null })
    world.sign(b, place)
    expect(world.now_().unsigned).toEqual([c])
    world.sign(c, place)
    expect(world.now_()).toMatchObject({
      unsigned: [],
      epoch: 0,
      since: NOW + 3000,
      open: { epoch: 1, round: 0, convener: b, quorum: 3, until: NOW + 3000 + ROUND, proposal: null },
    })
  })

  it('takes in who has signed, when the quorum agrees', () => {
    const world = new World(3).found()
    world.sign(d, world.now_().charterPlace)
    const { hash } = world.propose(b, rosterOf(0, 1, 2, 3))
    world.endorse(b, hash)
    world.endorse(c, hash)
    expect(world.now_()).toMatchObject({ epoch: 0, open: { proposal: { endorsed: [b, c], by: b } } })
    world.endorse(a, hash)
    expect(world.now_()).toMatchObject({
      epoch: 1,
      hash,
      members: rosterOf(0, 1, 2, 3),
      open: { epoch: 2, convener: c, quorum: 3 },
    })
  })

  it.each<[string, (world: World) => Said]>([
    ['by another than the convener', (world) => world.propose(c, rosterOf(0, 1))],
    ['with a member that has not signed', (world) => world.propose(b, rosterOf(0, 1, 2, 3))],
    [
      'without showing where a member signed',
      (world) => {
        world.sign(d, world.now_().charterPlace)
        const evidence = [world.now_().charterPlace]
        return world.propose(b, rosterOf(0, 1, 2, 3), { evidence })
      },
    ],
    ['after another list', (world) => world.propose(b, rosterOf(0, 1), { previous: 'ab'.repeat(32) })],
    ['of an epoch to come', (world) => world.propose(b, rosterOf(0, 1), { epoch: 2 })],
    ['in a round that is not open', (world) => world.propose(c, rosterOf(0, 1), { round: 1 })],
  ])('takes no list that was proposed %s', (_, propose) => {
    const world = new World(3).found()
    const { hash, record } = propose(world)
    const place = record.type === 'association-roster/1' ? record.body : {}
    for (const member of [a, b, c]) world.endorse(member, hash, place)
    expect(world.now_()).toMatchObject({ epoch: 0, open: { proposal: null } })
  })

  it('is left by whoever wants to, who then has no voice', () => {
    const world = new World(4).found()
    world.leave(d)
    const { hash } = world.propose(b, rosterOf(0, 1, 2))
    for (const member of [b, c, d]) world.endorse(member, hash)
    expect(world.now_()).toMatchObject({ epoch: 0, left: [d], open: { proposal: { endorsed: [b, c] } } })
    world.endorse(a, hash)
    expect(world.now_()).toMatchObject({ epoch: 1, left: [], members: rosterOf(0, 1, 2) })
  })

  it('shows who agrees to two lists in one round, and counts the first', () => {
    const world = new World(3).found()
    const { hash } = world.propose(b, rosterOf(0, 1))
    const first = world.endorse(a, hash)
    const second = world.endorse(a, Sha256.parse('ab'.repeat(32)))
    world.endorse(a, hash)
    const places = [first.place, second.place]
    expect(world.now_()).toMatchObject({
      misconduct: [{ memberId: a, kind: 'twoEndorsements', epoch: 1, round: 0, places }],
      open: { proposal: { endorsed: [a] } },
    })
  })

  it('shows who proposes two lists, agrees after giving up, or hides what it agreed to', () => {
    const world = new World(3).found()
    const { hash } = world.propose(b, rosterOf(0, 1))
    world.propose(b, rosterOf(1, 2))
    world.abandon(a)
    world.endorse(a, hash)
    world.endorse(c, hash)
    world.abandon(c, 0, [])
    const { misconduct, open } = world.now_()
    expect(misconduct.map(({ memberId, kind }) => [memberId, kind])).toEqual([
      [a, 'endorsedAfterAbandoning'],
      [b, 'twoRosters'],
      [c, 'falseAbandonment'],
    ])
    expect(open).toMatchObject({ abandoned: [a], proposal: { hash, endorsed: [c] } })
  })

  it('goes on to the next convener when a round was given up', () => {
    const world = new World(4).found()
    for (const member of [a, c]) world.abandon(member)
    expect(world.now_().open).toMatchObject({ round: 0, convener: b, abandoned: [a, c], abandonQuorum: 3 })
    world.abandon(d)
    expect(world.now_().open).toMatchObject({ round: 1, convener: c, abandoned: [], forced: null })
    const { hash } = world.propose(c, rosterOf(0, 1, 2))
    for (const member of [a, b, c]) world.endorse(member, hash, { round: 1 })
    expect(world.now_()).toMatchObject({ epoch: 1, members: rosterOf(0, 1, 2) })
  })

  it('must propose again what may have been adopted', () => {
    const world = new World(4).found()
    const { hash } = world.propose(b, rosterOf(0, 1, 2))
    for (const member of [b, c]) world.endorse(member, hash)
    for (const member of [b, c, d]) world.abandon(member)
    // a has not been heard: with it the list would be adopted
    expect(world.now_().open).toMatchObject({ round: 1, forced: { hash, members: rosterOf(0, 1, 2) } })
    world.propose(c, rosterOf(0, 1))
    expect(world.now_().open?.proposal).toBeNull()
  })

  it('is free again when what was agreed to can not have been adopted', () => {
    const world = new World(4).found()
    const { hash } = world.propose(b, rosterOf(0, 1, 2))
    for (const member of [b, c]) world.endorse(member, hash)
    for (const member of [a, b, c, d]) world.abandon(member)
    expect(world.now_().open).toMatchObject({ round: 1, forced: null })
  })

  it('may be led by its convener alone, who passes the chair on by giving up', () => {
    const world = new World(3, { kind: 'convener' }).found()
    expect(world.now_().open).toMatchObject({ voters: [b], quorum: 1 })
    for (const member of [a, c]) world.abandon(member)
    expect(world.now_().open?.round).toBe(0)
    world.abandon(b)
    expect(world.now_().open).toMatchObject({ round: 1, voters: [c] })
    const { hash } = world.propose(c, rosterOf(0, 2))
    world.endorse(c, hash, { round: 1 })
    expect(world.now_()).toMatchObject({ epoch: 1, members: rosterOf(0, 2) })
  })
})

describe('a policy of witnesses', () => {
  const logs = ['ayni/ma/0+1+A', 'ayni/mb/0+2+B']
  const witnesses = [
    { name: 'nairobi', key: 'ayni/ma/witness+3+C' },
    { name: 'cusco', key: 'ayni/mb/witness+4+D' },
  ]

  it('names the logs, the witnesses and how many it takes', () => {
    expect(witnessPolicyOf({ logs, witnesses, quorum: 2 })).toBe(`log ayni/ma/0+1+A
log ayni/mb/0+2+B
witness nairobi ayni/ma/witness+3+C
witness cusco ayni/mb/witness+4+D
group members 2 nairobi cusco
quorum members
`)
  })

  it('is none where too few keys are known', () => {
    expect(witnessPolicyOf({ logs, witnesses, quorum: 3 })).not.toMatch(/^quorum /m)
  })
})

/** One step of somebody: who, what, and what is chosen where there is a choice; then who hears how much of whom. */
const any = fc.noBias(fc.nat(0xffff))
const step = fc.record({ who: any, what: fc.noBias(fc.nat(9)), choice: any, hears: any, of: any, upTo: any })

/** A node for each member; each knows its own log and a part of the others'. Fewer than a third may do anything. */
class Play {
  readonly adopted = new Map<number, Sha256>()
  private readonly known: Map<MemberId, number>[]
  readonly members: readonly MemberId[]
  readonly world: World
  readonly liars: number
  /** Whose log nobody else hears. */
  private readonly unheard: number
  constructor(world: World, liars: number, unheard: number) {
    this.world = world
    this.liars = liars
    this.unheard = unheard
    this.members = [...world.logs.keys()]
    this.known = this.members.map(() => new Map(this.members.map((each) => [each, 1])))
  }

  viewOf(node: number): readonly Said[] {
    return this.members.flatMap((member, index) => {
      const log = this.world.logs.get(member) ?? []
      return index === node ? log : log.slice(0, this.known[node]?.get(member))
    })
  }

  /** No node, whatever it knows, may hold another list adopted than any other node ever did. */
  check(statements: readonly Said[]): Association {
    const association = assess(this.world.id, statements)
    if (!association) throw new Error('there is no charter')
    if (association.isContradictory) throw new Error('two lists of one epoch were adopted')
    const before = this.adopted.get(association.epoch)
    if (before !== undefined && before !== association.hash)
      throw new Error('another list was adopted before')
    this.adopted.set(association.epoch, association.hash)
    return association
  }

  take({
    who,
    what,
    choice,
    hears,
    of,
    upTo,
  }: typeof step extends fc.Arbitrary<infer Step> ? Step : never): void {
    const index = who % this.members.length
    const member = this.members[index] ?? a
    const view = this.viewOf(index)
    const seen = this.check(view)
    // Those who convene the second round of the first epoch, and the next: where it hurts most.
    if (index >= 2 && index < 2 + this.liars) this.lie(member, what, choice)
    else this.act(member, view, seen, what, choice)
    const [node, other] = [hears % this.members.length, this.members[of % this.members.length] ?? a]
    if (this.members[this.unheard] === other) return
    const heard = this.known[node]?.get(other) ?? 1
    const length = this.world.logs.get(other)?.length ?? 1
    this.known[node]?.set(other, upTo % 3 > 0 ? length : heard + (upTo % (length - heard + 1)))
    this.check(this.viewOf(node))
  }

  private wish(choice: number): Roster {
    const all = this.members.map((_, index) => index)
    return rosterOf(...all.filter((index) => index !== choice % (all.length + 1)))
  }

  private act(
    member: MemberId,
    view: readonly Said[],
    seen: Association,
    what: number,
    choice: number,
  ): void {
    const { open, epoch, hash: previous } = seen
    if (!open || !open.voters.includes(member)) return
    const own = view.filter(({ memberId }) => memberId === member)
    const isIn = ({ record }: Said, type: string) =>
      record.type === type &&
      'round' in record.body &&
      record.body.epoch === open.epoch &&
      record.body.round === open.round
    const place = { association: this.world.id, epoch: epoch + 1, round: open.round }
    const hasEndorsed = own.some((said) => isIn(said, 'association-endorse/1'))
    const hasProposed = own.some((said) => isIn(said, 'association-roster/1'))
    if (open.abandoned.includes(member)) return
    if (what < (hasEndorsed ? 5 : 1)) {
      const endorsed = endorsedBy(view, member, open.epoch)
      this.world.say(member, 'association-abandon/1', { ...place, endorsed })
    } else if (open.proposal && !hasEndorsed)
      this.world.say(member, 'association-endorse/1', { ...place, roster: open.proposal.hash })
    else if (open.convener === member && !hasProposed) {
      // One in two tries what it would rather have: that it is void is the rule's work.
      const members = open.forced && choice % 2 ? open.forced.members : this.wish(choice >> 1)
      const evidence = open.openedBy
      if (members)
        this.world.say(member, 'association-roster/1', {
          ...place,
          members,
          previous,
          ...(evidence.length > 0 && { evidence }),
        })
    }
  }

  /** Knows everything, and says anything, of any round, with any evidence; but it has one log like everybody. */
  private lie(member: MemberId, what: number, choice: number): void {
    const everything = this.world.all()
    const { epoch, hash: previous, open } = this.check(everything)
    const place = {
      association: this.world.id,
      epoch: epoch + 1,
      round: (open?.round ?? 0) + (choice % 5 > 3 ? 1 : 0),
    }
    if (what < 5) {
      const hashes = everything.flatMap(({ hash, record }) =>
        record.type === 'association-roster/1' && hash ? [hash] : [],
      )
      const newest = open?.proposal?.hash
      const roster =
        (choice % 3 ? newest : hashes[choice % Math.max(1, hashes.length)]) ?? Sha256.parse('ab'.repeat(32))
      this.world.say(member, 'association-endorse/1', { ...place, roster })
    } else if (what < 7) {
      const endorsed = choice % 3 ? endorsedBy(everything, member, epoch + 1) : []
      this.world.say(member, 'association-abandon/1', { ...place, endorsed })
    } else {
      const givenUp = everything.flatMap(({ record, place: at }) =>
        record.type === 'association-abandon/1' ? [at] : [],
      )
      const evidence = choice % 4 ? (open?.openedBy ?? []) : givenUp.slice(-9)
      const round = open?.convener === member ? open.round : place.round
      this.world.say(member, 'association-roster/1', {
        ...place,
        round,
        members: this.wish(choice),
        previous,
        ...(evidence.length > 0 && { evidence }),
      })
    }
  }
}

describe('whatever arrives where and in whichever order', () => {
  const rules: readonly AssociationRule[] = [
    { kind: 'two-thirds' },
    { kind: 'two-thirds' },
    { kind: 'k-of-n', k: 2 },
    { kind: 'convener' },
  ]
  const schedule = fc.record({
    founders: fc.constantFrom(3, 4, 4, 4, 5, 7),
    rule: fc.constantFrom(...rules),
    unheard: fc.constantFrom(0, 0, 1, 3, 10),
    steps: fc.array(step, { minLength: 40, maxLength: 120, size: 'max' }),
  })
  function start({
    founders,
    rule,
    unheard,
  }: {
    founders: number
    rule: AssociationRule
    unheard: number
  }): Play {
    return new Play(new World(founders, rule).found(), Math.ceil(founders / 3) - 1, unheard)
  }

  it('no two lists of one epoch are adopted, with fewer than a third breaking the rule', () => {
    let epochs = 0
    let rounds = 0
    fc.assert(
      fc.property(schedule, ({ steps, ...setting }) => {
        const play = start(setting)
        for (const each of steps) play.take(each)
        const { epoch, open } = play.check(play.world.all())
        epochs = Math.max(epochs, epoch)
        rounds = Math.max(rounds, open?.round ?? 0)
      }),
      { numRuns: 150, endOnFailure: true },
    )
    expect(epochs).toBeGreaterThan(1) // else nothing was played
    expect(rounds).toBeGreaterThan(0)
  })

  it('the same statements come to the same', () => {
    fc.assert(
      fc.property(schedule, fc.infiniteStream(fc.nat()), ({ steps, ...setting }, order) => {
        const play = start(setting)
        for (const each of steps) play.take(each)
        const all = play.world.all()
        const keyed = all.map((said) => ({ said, at: order.next().value ?? 0 }))
        const shuffled = keyed.toSorted((left, right) => left.at - right.at).map(({ said }) => said)
        const [one, other] = [assess(play.world.id, all), assess(play.world.id, shuffled)]
        expect(other).toEqual(one)
        expect(other && [...other.applicants]).toEqual(one && [...one.applicants])
      }),
      { numRuns: 50 },
    )
  })
})

describe('the log of a member counts as witnessed', () => {
  const [one, two, three, four] = [memberAt(0), memberAt(1), memberAt(2), memberAt(3)]
  const members = [one, two, three, four]

  it('as far as so many others have seen it as the charter asks for, its own word not counted', () => {
    const cosigned = new Map<string, number>([
      [one, 100],
      [two, 9],
      [three, 7],
    ])
    expect(witnessingOf(one, members, 2, cosigned)).toEqual({ count: 2, of: 3, needed: 2, size: 7 })
    expect(witnessingOf(one, members, 3, cosigned)).toEqual({ count: 2, of: 3, needed: 3, size: 0 })
    expect(witnessingOf(two, members, 1, cosigned)).toEqual({ count: 2, of: 3, needed: 1, size: 100 })
    expect(witnessingOf(one, [one], 1, cosigned)).toEqual({ count: 0, of: 0, needed: 1, size: 0 })
  })
})
