import * as oracle from '@huggingface/xetchunk-wasm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { loadCodec } from '../codec/index.ts'
import { HashTree, fileHash, hmacHash, verificationHash, xorbHash, type HashedChunk } from './merkle.ts'

const { keyedHash } = loadCodec()

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 })
const chunk: fc.Arbitrary<HashedChunk> = fc.record({ hash, length: fc.integer({ min: 1, max: 131_072 }) })
const chunks = fc.array(chunk, { minLength: 1, maxLength: 600, size: 'max' })

describe('the tree over chunks', () => {
  it('gives a xorb the hash that the reference gives it', () => {
    fc.assert(
      fc.property(chunks, (chunks) => {
        expect(xorbHash(chunks, keyedHash)).toEqual(oracle.xorbHash([...chunks]))
      }),
    )
  })

  it('gives a file the hash that the reference gives it', () => {
    fc.assert(
      fc.property(chunks, (chunks) => {
        expect(fileHash(chunks, keyedHash)).toEqual(oracle.fileHash([...chunks]))
      }),
    )
  })

  it('ends groups where the reference ends them, when every or no hash would end one', () => {
    for (const last of [0, 1]) {
      for (let count = 1; count <= 100; count++) {
        const chunks = Array.from({ length: count }, (_, index) => ({
          hash: new Uint8Array(32).fill(index).with(24, last),
          length: 2 ** 40 + index,
        }))
        expect(xorbHash(chunks, keyedHash)).toEqual(oracle.xorbHash(chunks))
      }
    }
  })

  it('is all zero over nothing, and a chunk’s own hash over one', () => {
    const one = { hash: new Uint8Array(32).fill(7), length: 5 }
    expect(xorbHash([], keyedHash)).toEqual(new Uint8Array(32))
    expect(fileHash([], keyedHash)).toEqual(new Uint8Array(32))
    expect(xorbHash([one], keyedHash)).toEqual(one.hash)
  })

  it('keeps its own copy of the hashes it is given', () => {
    const reused = new Uint8Array(32).fill(7)
    const tree = new HashTree(keyedHash)
    tree.add(reused, 5)
    reused.fill(8)
    expect(tree.root()).toEqual(new Uint8Array(32).fill(7))
  })
})

it('verifies a term as the reference does', () => {
  fc.assert(
    fc.property(fc.array(hash, { minLength: 1, maxLength: 100 }), (hashes) => {
      expect(verificationHash(hashes, keyedHash)).toEqual(oracle.verificationHash(hashes))
    }),
  )
})

it('hides a hash as the reference does', () => {
  fc.assert(
    fc.property(hash, hash, (hash, key) => {
      expect(hmacHash(hash, key, keyedHash)).toEqual(oracle.hmac(hash, key))
    }),
  )
})
