import { describe, expect, it } from 'vitest'

import { MemberId } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE } from '../../../kernel/time.ts'
import { ageOf, inOrder, nearest } from './rules.ts'
import type { Federation, KnownMember } from './types.ts'

const NOW = Date.parse('2026-11-24T09:00:00Z')

const idOf = (letter: string) => MemberId.parse(`m${letter.repeat(32)}`)

function member(letter: string, isHosted = false): KnownMember {
  return {
    memberId: idOf(letter),
    handle: letter,
    name: '',
    colour: 'cochineal',
    url: null,
    isHosted,
    follow: null,
    isFollower: false,
    log: null,
    models: 0,
    datasets: 0,
  }
}

function federation(letters: string, ties: readonly (readonly [string, number | null])[]): Federation {
  return {
    members: letters.split('').map((letter) => member(letter, letter === 'o')),
    ties: ties.map(([pair, at]) => ({ from: idOf(pair.charAt(0)), to: idOf(pair.charAt(1)), at })),
  }
}

const lettersOf = ({ members }: Federation) => members.map(({ handle }) => handle).join('')
const pairsOf = (ties: Federation['ties']) =>
  ties.map(({ from, to }) => from.charAt(1) + to.charAt(1)).join(' ')

describe('the age of a copy', () => {
  it.each([
    [null, 'never'],
    [NOW + MINUTE, 'fresh'],
    [NOW - HOUR - 6 * MINUTE, 'fresh'],
    [NOW - 2 * HOUR, 'hours'],
    [NOW - DAY - HOUR, 'hours'],
    [NOW - 2 * DAY, 'days'],
  ] as const)('made at %s is %s', (at, age) => {
    expect(ageOf(at, NOW)).toBe(age)
  })
})

describe('the nearest members', () => {
  const all = federation('abcdo', [
    ['ab', NOW],
    ['do', NOW - DAY],
    ['oc', NOW - HOUR],
    ['co', null],
    ['ob', NOW],
  ])

  it('are ours, whom we follow, who follows us, then the others', () => {
    expect(lettersOf(nearest(all, 9))).toBe('obcda')
  })

  it('come with the ties between them alone', () => {
    const few = nearest(all, 3)
    expect([lettersOf(few), pairsOf(few.ties)]).toEqual(['obc', 'oc co ob'])
  })

  it('have our ties told first, the newest before the others', () => {
    expect(pairsOf(inOrder(all))).toBe('ob oc do co ab')
  })
})
