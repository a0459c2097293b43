import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../../kernel/bytes.ts'
import { plainLeaf, plainRoot, plainTile } from './rfc6962.contract.ts'
import { widthOf } from './tile.ts'
import { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash, rootOver } from './tree-hash.ts'
import { appendLeaves, decodeEdge, emptyEdge, encodeEdge, partialTile, rootOf } from './tree.ts'

const SIZES = [0, 1, 2, 3, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000]
const leaves = Array.from({ length: 70_000 }, (_, index) => leafHash(utf8(`entry ${index}`)))
const some = fc.nat({ max: 700 }).map((size) => leaves.slice(0, size))
const inBulk = (hashes: Iterable<Uint8Array>) => appendLeaves(emptyEdge(), hashes)

describe('a tree', () => {
  it('hashes leaves and nodes as RFC 6962 does', () => {
    expect(EMPTY_ROOT.toHex()).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(leafHash(utf8('x'))).toEqual(plainLeaf(utf8('x')))
    expect(nodeHash(leafHash(utf8('x')), EMPTY_ROOT)).toEqual(plainRoot([leafHash(utf8('x')), EMPTY_ROOT]))
    expect(() => nodeHash(new Uint8Array(31), EMPTY_ROOT)).toThrow(RangeError)
  })

  it.each(SIZES)('of %i leaves has the root of the plain definition', (size) => {
    const { edge } = inBulk(leaves.slice(0, size))
    expect(rootOf(edge)).toEqual(plainRoot(leaves.slice(0, size)))
    expect(edge.size).toBe(size)
  })

  it('is the same however its leaves came', () => {
    fc.assert(
      fc.property(some, fc.array(fc.nat({ max: 300 }), { maxLength: 5 }), (hashes, cuts) => {
        const whole = inBulk(hashes)
        let [edge, at] = [emptyEdge(), 0]
        const full = []
        for (const cut of [...cuts, hashes.length]) {
          const grown = appendLeaves(edge, hashes.slice(at, at + cut))
          ;[edge, at] = [grown.edge, at + cut]
          full.push(...grown.full)
        }
        expect({ edge, full }).toEqual(whole)
        expect(rootOf(edge)).toEqual(plainRoot(hashes))
      }),
    )
  })

  it('is the same one leaf at a time, and no earlier edge changes', () => {
    const edges = [emptyEdge()]
    for (const leaf of leaves.slice(0, 600))
      edges.push(appendLeaves(edges.at(-1) ?? emptyEdge(), [leaf]).edge)
    edges.forEach((edge, size) => {
      expect(edge).toEqual(inBulk(leaves.slice(0, size)).edge)
    })
  })

  it('gives out the tiles that become full, in order, as tlog-tiles defines them', () => {
    const { full, edge } = inBulk(leaves)
    expect(full).toHaveLength(273 + 1)
    const above = full.findIndex(({ level }) => level === 1)
    expect(full.map(({ level, index }) => `${level}/${index}`).slice(above - 1, above + 2)).toEqual([
      '0/255',
      '1/0',
      '0/256',
    ])
    for (const tile of full) expect(tile.hashes).toEqual(plainTile({ ...tile, width: 256 }, leaves))
    const partial = [0, 1, 2, 3].map((level) => partialTile(edge, level).length / HASH_BYTES)
    expect(partial).toEqual([112, 17, 1, 0]) // the example of the specification
    expect(partialTile(edge, 1)).toEqual(plainTile({ level: 1, index: 1, width: 17 }, leaves))
  })

  it('comes back from the bytes of its edge, and from no others', () => {
    fc.assert(
      fc.property(some, (hashes) => {
        const { edge } = inBulk(hashes)
        const bytes = encodeEdge(edge)
        expect(decodeEdge(bytes, hashes.length)).toEqual(edge)
        expect(decodeEdge(Uint8Array.of(...bytes, 0), hashes.length)).toBeNull()
        expect(decodeEdge(bytes, hashes.length + 1)).toBeNull()
      }),
    )
    expect([-1, 0.5, 2 ** 53, NaN].map((size) => decodeEdge(new Uint8Array(), size))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('knows its edge even where a level is empty', () => {
    const { edge } = inBulk(leaves.slice(0, 65_536))
    expect(edge.levels.map(({ length }) => length)).toEqual([0, 0, HASH_BYTES])
    expect(decodeEdge(encodeEdge(edge), 65_536)).toEqual(edge)
    expect([0, 1, 2].map((level) => widthOf(level, 0, 65_536))).toEqual([256, 256, 1])
  })

  it('refuses what is no hash', () => {
    expect(() => inBulk([new Uint8Array(31)])).toThrow(RangeError)
    expect(() => rootOver(new Uint8Array(33))).toThrow(RangeError)
  })
})
