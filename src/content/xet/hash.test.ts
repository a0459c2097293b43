import fc from 'fast-check'
import { expect, it } from 'vitest'

import { XetHash } from '../../kernel/names.ts'
import { sha256InShard, xetHashBytes, xetHashOf } from './hash.ts'

it('writes a hash as four little-endian words', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index)
  expect(xetHashOf(bytes)).toBe('07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918')
})

it('reads back what it wrote', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      expect(xetHashBytes(xetHashOf(bytes))).toEqual(bytes)
    }),
  )
})

it('finds the hex of a SHA-256 in the swapped bytes of a shard', () => {
  const hex = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  expect(sha256InShard(xetHashBytes(XetHash.parse(hex)))).toBe(hex)
})

it('refuses other lengths', () => {
  expect(() => xetHashOf(new Uint8Array(31))).toThrow(RangeError)
})
