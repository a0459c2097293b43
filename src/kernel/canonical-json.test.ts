import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { canonicalJson, countValues, parseCanonicalJson } from './canonical-json.ts'

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

describe('reading canonical JSON', () => {
  const read = (text: string) => parseCanonicalJson(text, { maxDepth: 3 })
  const integers = fc.jsonValue({ maxDepth: 2, noUnicodeString: false }).map((value) => {
    const whole = (_: string, member: unknown) =>
      typeof member === 'number' ? Math.trunc(member / 1e300) || 0 : member
    return JSON.parse(JSON.stringify(value, whole))
  })

  it('reads what was written, and nothing that would be written otherwise', () => {
    fc.assert(
      fc.property(integers, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__') && JSON.stringify(value).isWellFormed())
        fc.pre(!/\\ud[89a-f]/i.test(JSON.stringify(value)))
        expect(read(canonicalJson(value))).toEqual({ ok: true, value })
        expect(read(`${canonicalJson(value)} `).ok).toBe(false)
      }),
    )
  })

  it.each([
    ['[[[]]]', 'ok'],
    ['[[[[]]]]', 'tooDeep'],
    [String.raw`["\"[[[[",1]`, 'ok'],
    ['9007199254740991', 'ok'],
    ['9007199254740992', 'notCanonical'],
    ['0.5', 'notCanonical'],
    ['{"b":1,"a":2}', 'notCanonical'],
    ['{"a":1,"a":1}', 'notCanonical'],
    ['{"__proto__":1}', 'notCanonical'],
    [String.raw`"\ud800"`, 'notCanonical'],
    ['[1,]', 'notJson'],
    ['', 'notJson'],
  ])('%s is %s', (text, verdict) => {
    const result = read(text)
    expect(result.ok ? 'ok' : result.failure).toBe(verdict)
  })

  it('counts values before they cost anything', () => {
    expect(countValues('[1,{"a,b":"[","c":[]},3]')).toBe(7) // six, and one for the list without members
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        let values = 0
        JSON.parse(text, (_, member: unknown) => {
          values++
          return member
        })
        expect(countValues(text)).toBeGreaterThanOrEqual(values)
      }),
    )
  })
})
