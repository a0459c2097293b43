import fc from 'fast-check'
import { expect, it } from 'vitest'

import { xetHashOf } from './hash.ts'
import { decodeTerms, encodeTerms, rawLengthOf, type Term } from './terms.ts'

const term: fc.Arbitrary<Term> = fc.record({
  xorb: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(xetHashOf),
  chunks: fc.record({ start: fc.nat(8191), end: fc.nat(8192) }),
  rawLength: fc.integer({ min: 1, max: 2 ** 30 }),
})

it('gives back the terms it was given', () => {
  fc.assert(
    fc.property(fc.array(term), (terms) => {
      expect(decodeTerms(encodeTerms(terms))).toEqual(terms)
    }),
  )
})

it('holds each term in 48 bytes, little-endian', () => {
  const xorb = xetHashOf(new Uint8Array(32).fill(0xab))
  const bytes = encodeTerms([{ xorb, chunks: { start: 1, end: 0x0203 }, rawLength: 0x04050607 }])
  expect(bytes.toHex()).toBe('ab'.repeat(32) + '01000000030200000706050400000000')
})

it('adds up to the size of the file', () => {
  const xorb = xetHashOf(new Uint8Array(32))
  const part = (rawLength: number): Term => ({ xorb, chunks: { start: 0, end: 1 }, rawLength })
  expect(rawLengthOf([part(5), part(7)])).toBe(12)
})

it('refuses what is no whole number of terms', () => {
  expect(() => decodeTerms(new Uint8Array(47))).toThrow(RangeError)
})
