import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { MemberId } from '../kernel/names.ts'
import { MARK_SIDE, markPath } from './mark.ts'

const SIDE = MARK_SIDE - 2
const anyMember = fc.stringMatching(/^m[a-z2-7]{32}$/).map((text) => MemberId.parse(text))

/** The fields that a path strokes: row by row, as text. */
function fieldsOf(path: string): readonly string[] {
  const rows = Array.from({ length: SIDE }, () => Array.from({ length: SIDE }, () => '.'))
  let [x, y] = [0, 0]
  for (const [, command, first = 0, second = 0] of path.matchAll(/([Mmh])([0-9.]+)(?: ([0-9.]+))?/g)) {
    if (command === 'M') [x, y] = [Number(first), Number(second)]
    else if (command === 'm') x += Number(first)
    else {
      for (let at = x; at < x + Number(first); at++) rows[y - 1.5]?.splice(at - 1, 1, '#')
      x += Number(first)
    }
  }
  return rows.map((row) => row.join(''))
}

describe('the mark of a member', () => {
  it('is always the same', () => {
    const member = MemberId.parse('mkwbzzmpzbfzj3njf3e7mx2rhfaydxaq2')
    expect(fieldsOf(markPath(member))).toEqual(MARK)
  })

  it('reads the same from either side and upside down, so it never turns with a page', () => {
    fc.assert(
      fc.property(anyMember, (member) => {
        const rows = fieldsOf(markPath(member))
        expect(rows.toReversed()).toEqual(rows)
        expect(rows.map((row) => row.split('').toReversed().join(''))).toEqual(rows)
      }),
    )
  })

  it('has a pattern to see, and stays small', () => {
    fc.assert(
      fc.property(anyMember, (member) => {
        const path = markPath(member)
        const woven = fieldsOf(path)
          .join('')
          .split('')
          .filter((field) => field === '#').length
        expect(woven).toBeGreaterThanOrEqual(9)
        expect(woven).toBeLessThanOrEqual(40)
        expect(path.length).toBeLessThan(190) // seven rows of four stretches, at worst
      }),
    )
  })

  it('tells members apart', () => {
    const members = fc.sample(anyMember, { numRuns: 200, seed: 3 })
    const marks = new Set(members.map((member) => markPath(member)))
    expect(marks.size).toBeGreaterThan(0.97 * new Set(members).size)
  })
})

const MARK = ['.#.#.#.', '.#.#.#.', '#.....#', '..###..', '#.....#', '.#.#.#.', '.#.#.#.']
