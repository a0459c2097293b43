import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId, originOf, Sha256 } from '../../../../kernel/names.ts'
import { isoTime } from '../../../../kernel/time.ts'
import { PublicRecord, type Reference } from '../../../../records/index.ts'
import type { CapacityStatement } from '../types.ts'
import { assessCapacity, countriesOf } from './index.ts'

const NOW = Date.UTC(2026, 10, 24)
const memberAt = (index: number) => MemberId.parse(`m${'abc'[index]}${'a'.repeat(31)}`)
const NEED = {
  kind: 'compute',
  unit: 'gpu-hour',
  title: 'T',
  purpose: 'P',
  language: 'en',
  country: 'KE',
  amount: 10,
  sector: 'health',
}
const GROUP = { code: 'ldc', name: 'N', source: 'S', asOf: '2026-01-01', countries: ['KE', 'TD'] }

/** Members that say things in their logs; every need is another. */
class World {
  readonly said: CapacityStatement[] = []

  say(member: number, type: string, body: object): CapacityStatement {
    const index = this.said.filter(({ memberId }) => memberId === memberAt(member)).length
    const time = NOW + this.said.length
    const id = Sha256.parse(createHash('sha256').update(`${member} ${index}`).digest('hex'))
    const place = { origin: originOf(memberAt(member), 0), index, leaf: id }
    const record = PublicRecord.parse({ type, time: isoTime(time), body }) as CapacityStatement['record']
    const statement = { id, memberId: memberAt(member), place, time, record, retracted: null }
    this.said.push(statement)
    return statement
  }

  need(member: number, replaces?: Reference): CapacityStatement {
    return this.say(member, 'need/1', { ...NEED, ...(replaces && { replaces }) })
  }

  states(): readonly string[] {
    const { needs } = assessCapacity(this.said)
    return this.said.map((each) => needs.find(({ place }) => place === each.place)?.state ?? '?')
  }
}

describe('what was stated', () => {
  it('is open until its member takes it back', () => {
    const world = new World()
    const need = world.need(0)
    expect(world.states()).toEqual(['open'])
    world.said[0] = { ...need, retracted: { origin: need.place.origin, index: 1 } }
    expect(world.states()).toEqual(['withdrawn'])
  })

  it('is replaced by what takes its place, along a chain, and does not come back when that is withdrawn', () => {
    const world = new World()
    const first = world.need(0)
    const second = world.need(0, first.place)
    const third = world.need(0, second.place)
    expect(world.states()).toEqual(['replaced', 'replaced', 'open'])
    world.said[2] = { ...third, retracted: { origin: third.place.origin, index: 3 } }
    expect(world.states()).toEqual(['replaced', 'replaced', 'withdrawn'])
  })

  it('is replaced once: what comes second for the same place counts for nothing', () => {
    const world = new World()
    const first = world.need(0)
    const second = world.need(0, first.place)
    world.need(0, first.place)
    expect(world.states()).toEqual(['replaced', 'open', 'replaced'])
    expect(assessCapacity(world.said).needs[2]?.replacedBy).toBe(second.id)
  })

  it('is not replaced by a stranger, nor by something earlier, nor by a need that names it wrongly', () => {
    const world = new World()
    const need = world.need(0)
    world.need(1, need.place)
    world.need(0, { ...need.place, index: 7 })
    world.need(0, { ...need.place, origin: originOf(memberAt(0), 0), leaf: Sha256.parse('0'.repeat(64)) })
    expect(world.states()).toEqual(['open', 'open', 'open', 'open'])
  })

  it('is its own beside the same words in another log', () => {
    const world = new World()
    const need = world.need(0)
    const place = { ...need.place, origin: originOf(memberAt(1), 0) }
    world.said.push({ ...need, memberId: memberAt(1), place })
    const withdrawn = { ...need, retracted: { origin: need.place.origin, index: 1 } }
    const { needs } = assessCapacity([withdrawn, ...world.said.slice(1)])
    expect(needs.map(({ memberId, state }) => [memberId, state])).toEqual([
      [memberAt(0), 'withdrawn'],
      [memberAt(1), 'open'],
    ])
  })

  it('comes to the same in whichever order it is read, and a need more takes away at most one other', () => {
    const step = fc.record({ member: fc.nat(2), replaces: fc.option(fc.nat(12)), retracted: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const world = new World()
        for (const { member, replaces, retracted } of steps) {
          const before = assessCapacity(world.said).needs.filter(({ state }) => state === 'open').length
          const earlier = replaces === null ? undefined : world.said[replaces % (world.said.length || 1)]
          const said = world.need(member, earlier?.place)
          const after = assessCapacity(world.said).needs.filter(({ state }) => state === 'open').length
          expect(after - before).toBeLessThanOrEqual(1)
          expect(after - before).toBeGreaterThanOrEqual(0)
          if (retracted)
            world.said[world.said.length - 1] = {
              ...said,
              retracted: { origin: said.place.origin, index: 99 },
            }
        }
        const shuffled = world.said
          .map((each) => [each, order.next().value ?? 0] as const)
          .toSorted(([, one], [, other]) => one - other)
          .map(([each]) => each)
        expect(assessCapacity(shuffled)).toEqual(assessCapacity(world.said))
      }),
    )
  })
})

describe('a group of countries', () => {
  it('is the one that its record lists, by whom it was said', () => {
    const world = new World()
    const group = world.say(0, 'country-group/1', GROUP)
    const { groups } = assessCapacity(world.said)
    expect(countriesOf(groups, group.place)).toEqual(['KE', 'TD'])
    expect(countriesOf(groups, { ...group.place, origin: originOf(memberAt(1), 0) })).toBeNull()
  })
})
