import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bundlePath, parseTilePath, TILE_WIDTH, tilePath, tilesOf, widthOf } from './tile.ts'

const index = fc.oneof(fc.nat({ max: 2000 }), fc.maxSafeNat())
const width = fc.integer({ min: 1, max: TILE_WIDTH })
const level = fc.nat({ max: 63 })

describe('the path of a tile', () => {
  it.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 63, index: 0, width: 1 }, 'tile/63/000.p/1'],
    [{ level: 1, index: 1000, width: 255 }, 'tile/1/x001/000.p/255'],
    [{ level: 2, index: 999, width: 256 }, 'tile/2/999'],
  ])('of %o is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path)
  })

  it('is read back as what it names', () => {
    fc.assert(
      fc.property(level, index, width, (level, index, width) => {
        const tile = { level, index, width }
        expect(parseTilePath(tilePath(tile))).toEqual({ kind: 'tile', tile })
        expect(parseTilePath(bundlePath(index, width))).toEqual({ kind: 'entries', index, width })
      }),
    )
  })

  it.each([
    '',
    'tile/0',
    'tile/0/',
    '/tile/0/000',
    'tile/0/000/',
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001', // 001 is enough
    'tile/0/001/002',
    'tile/0/x001',
    'tile/0/x01/002',
    'tile/0/X001/002',
    'tile/0/000.p/0',
    'tile/0/000.p/256', // a full tile
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p/1/',
    'tile/0/000.p/1\n',
    'tile/0/٠٠٠',
    'tile/entries/x000/000',
    'tile/entries/000.p/0',
    'tile/entry/000',
    'tile/0/x009/x007/x199/x254/x740/992', // 2^53
    'tile/0/x999/x999/x999/x999/x999/x999/999',
  ])('is not %j', (path) => {
    expect(parseTilePath(path)).toBeNull()
  })
})

describe('the tiles of a tree', () => {
  it('of 70,000 leaves are those of the specification', () => {
    const tiles = [...tilesOf(70_000)]
    expect(tiles).toHaveLength(274 + 2 + 1)
    expect(tiles.filter(({ level, width }) => level === 0 && width === 256)).toHaveLength(273)
    expect(tiles.filter(({ width }) => width < 256)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ])
  })

  it('of 256 leaves are one full and one of a single hash, of none are none', () => {
    expect([...tilesOf(256)]).toEqual([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
    expect([...tilesOf(0)]).toEqual([])
  })

  it('hold floor(size / 256^level) hashes a level', () => {
    fc.assert(
      fc.property(fc.nat({ max: 200_000 }), (size) => {
        const widths = [0, 0, 0, 0]
        for (const { level, width } of tilesOf(size)) widths[level] = (widths[level] ?? 0) + width
        expect(widths).toEqual([0, 1, 2, 3].map((level) => Math.floor(size / 256 ** level)))
      }),
    )
  })

  it('are counted exactly up to 2^53', () => {
    const size = Number.MAX_SAFE_INTEGER
    expect(widthOf(0, Math.floor(size / 256), size)).toBe(255)
    expect(widthOf(6, 0, size)).toBe(31)
    expect(widthOf(7, 0, size)).toBe(0)
  })
})
