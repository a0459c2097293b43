import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalJson } from './canonical-json.ts'

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 code unit and writes no space', () => {
    const value = {
      '\u20ac': 1,
      '\r': 2,
      '1': 3,
      '\ud83d\ude00': 4,
      '\ufb33': 5,
      a: { z: null, y: [true, 'ß'] },
    }
    expect(canonicalJson(value)).toBe(
      '{"\\r":2,"1":3,"a":{"y":[true,"ß"],"z":null},"€":1,"\u{1f600}":4,"\ufb33":5}',
    )
  })

  it.each([
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [-0, '0'],
    [4.5, '4.5'],
  ])('writes the number %d as RFC 8785 does', (number, text) => {
    expect(canonicalJson(number)).toBe(text)
  })

  it('refuses what JSON cannot carry', () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(RangeError)
    expect(() => canonicalJson('\ud800')).toThrow(RangeError)
  })

  it('reads back as what was written, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        fc.pre(text.isWellFormed() && !/\\ud[89a-f]/i.test(text))
        const once = canonicalJson(JSON.parse(text))
        expect(canonicalJson(JSON.parse(once))).toBe(once)
        expect(JSON.parse(once)).toEqual(JSON.parse(text))
      }),
    )
  })
})
