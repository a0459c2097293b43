import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { decodeBundle, encodeBundle, MAX_LEAF_BYTES } from './bundle.ts'

const leaves = fc.array(fc.uint8Array({ maxLength: 600 }), { maxLength: 256 })

describe('a bundle', () => {
  it('gives back its entries, and only for their number', () => {
    fc.assert(
      fc.property(leaves, (leaves) => {
        const bundle = encodeBundle(leaves)
        expect(decodeBundle(bundle, leaves.length)).toEqual(leaves)
        expect(decodeBundle(bundle, leaves.length + 1)).toBeNull()
        if (leaves.length > 0) expect(decodeBundle(bundle, leaves.length - 1)).toBeNull()
      }),
    )
  })

  it('is refused when cut or followed by anything', () => {
    fc.assert(
      fc.property(leaves, fc.integer({ min: 1, max: 5 }), (leaves, bytes) => {
        fc.pre(leaves.length > 0)
        const bundle = encodeBundle(leaves)
        expect(decodeBundle(bundle.subarray(0, -bytes), leaves.length)).toBeNull()
        expect(decodeBundle(Uint8Array.of(...bundle, 0), leaves.length)).toBeNull()
      }),
    )
  })

  it('takes an entry of 65,535 bytes and none above', () => {
    const largest = new Uint8Array(MAX_LEAF_BYTES).fill(7)
    expect(decodeBundle(encodeBundle([largest]), 1)).toEqual([largest])
    expect(() => encodeBundle([new Uint8Array(MAX_LEAF_BYTES + 1)])).toThrow(RangeError)
  })
})
