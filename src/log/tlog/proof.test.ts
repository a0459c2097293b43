import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { describeWith } from '../../../test/support/describe-with.ts'
import { testData } from '../../../test/support/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import {
  edgeFromTiles,
  proveConsistency,
  proveFork,
  proveInclusion,
  readForkProof,
  type TileReader,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'
import { plainPath, plainProof, plainRoot, plainTile } from './rfc6962.contract.ts'
import { leafHash } from './tree-hash.ts'
import { appendLeaves, emptyEdge } from './tree.ts'

const hashes = (count: number, word = 'entry') =>
  Array.from({ length: count }, (_, index) => leafHash(utf8(`${word} ${index}`)))
const all = hashes(70_000)

/** Tiles made from all leaves, each when it is asked for. */
const tilesOver = (leaves: readonly Uint8Array[]): TileReader => ({
  read: async (tile) => {
    const hashes = plainTile(tile, leaves)
    expect(hashes.length).toBe(tile.width * 32)
    return hashes
  },
})

const flipped = (hash: Uint8Array, bit: number) =>
  hash.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
/** Every proof that differs a little: a bit, one hash less at either end, one more at either end, two exchanged. */
const altered = (proof: readonly Uint8Array[], bit: number) => [
  ...proof.map((hash, at) => proof.with(at, flipped(hash, bit))),
  ...(proof.length > 0 ? [proof.slice(1), proof.slice(0, -1)] : []),
  ...(proof.length > 1 ? [proof.toReversed()] : []),
  [...proof, all[0] ?? new Uint8Array()],
  [all[0] ?? new Uint8Array(), ...proof],
  [...proof, new Uint8Array()],
  proof.concat(Array.from({ length: 64 }, () => new Uint8Array(32))),
]
const bit = fc.nat({ max: 255 })

describe('an inclusion proof', () => {
  it('is the one of RFC 6962, holds, and no altered one does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 600 }), fc.nat(), bit, async (size, at, bit) => {
        const [leaves, index] = [all.slice(0, size), at % size]
        const proof = await proveInclusion(tilesOver(leaves), index, size)
        expect(proof).toEqual(plainPath(index, leaves))
        const claim = { index, size, leaf: all[index] ?? new Uint8Array(), root: plainRoot(leaves), proof }
        expect(verifyInclusion(claim)).toBe(true)
        const wrong = [
          ...altered(proof, bit).map((proof) => ({ ...claim, proof })),
          { ...claim, leaf: flipped(claim.leaf, bit) },
          { ...claim, root: flipped(claim.root, bit) },
          { ...claim, index: size },
          { ...claim, index: -1 },
          { ...claim, index: index + 0.5 },
          { ...claim, size: 2 ** 53 },
          { ...claim, size: NaN },
        ]
        expect(wrong.map(verifyInclusion).filter(Boolean)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('spans tiles of several levels', async () => {
    const root = plainRoot(all)
    for (const index of [0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999]) {
      const proof = await proveInclusion(tilesOver(all), index, all.length)
      const leaf = all[index] ?? new Uint8Array()
      expect(verifyInclusion({ index, size: all.length, leaf, root, proof })).toBe(true)
    }
  })

  it('of another place or size does not hold', () => {
    const leaves = all.slice(0, 40)
    const holding = []
    for (let size = 1; size <= 40; size++) {
      const claim = { leaf: leaves[5] ?? new Uint8Array(), root: plainRoot(leaves.slice(0, 23)) }
      const proof = plainPath(5, leaves.slice(0, 23))
      for (let index = 0; index < size; index++)
        if (verifyInclusion({ ...claim, index, size, proof }) && index !== 5) holding.push({ index, size })
    }
    expect(holding).toEqual([])
  })
})

describe('a consistency proof', () => {
  it('is the one of RFC 6962, holds, and no altered one does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 600 }), fc.nat(), bit, async (to, part, bit) => {
        const from = 1 + (part % to)
        const leaves = all.slice(0, to)
        const proof = await proveConsistency(tilesOver(leaves), from, to)
        expect(proof).toEqual(plainProof(from, leaves))
        const claim = { from, to, fromRoot: plainRoot(all.slice(0, from)), toRoot: plainRoot(leaves), proof }
        expect(verifyConsistency(claim)).toBe(true)
        const wrong = [
          ...altered(proof, bit).map((proof) => ({ ...claim, proof })),
          { ...claim, fromRoot: flipped(claim.fromRoot, bit) },
          { ...claim, toRoot: flipped(claim.toRoot, bit) },
          { ...claim, from: to + 1 },
          { ...claim, from: 0 },
          { ...claim, from: NaN },
        ]
        expect(wrong.map(verifyConsistency).filter(Boolean)).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it('starts at any size of a small tree', async () => {
    const wrong = []
    for (let to = 1; to <= 70; to++) {
      const leaves = all.slice(0, to)
      for (let from = 1; from <= to; from++) {
        const proof = await proveConsistency(tilesOver(leaves), from, to)
        const [fromRoot, toRoot] = [plainRoot(all.slice(0, from)), plainRoot(leaves)]
        if (!verifyConsistency({ from, to, fromRoot, toRoot, proof })) wrong.push({ from, to })
      }
    }
    expect(wrong).toEqual([])
  })

  it('cannot be asked for from nothing, or backwards', async () => {
    await expect(proveConsistency(tilesOver(all), 0, 5)).rejects.toThrow(RangeError)
    await expect(proveConsistency(tilesOver(all), 6, 5)).rejects.toThrow(RangeError)
    await expect(proveInclusion(tilesOver(all), 5, 5)).rejects.toThrow(RangeError)
  })
})

describe('a fork', () => {
  it('shows by a seeded proof, whatever the sizes', async () => {
    const hidden = []
    for (let to = 2; to <= 70; to++) {
      const second = all.slice(0, to)
      for (let from = 1; from < to; from++) {
        const first = all.slice(0, from).with(from >> 1, leafHash(utf8('another')))
        const roots = readForkProof({ from, to, proof: await proveFork(tilesOver(second), from, to) })
        const exposes =
          roots &&
          Buffer.compare(roots.toRoot, plainRoot(second)) === 0 &&
          Buffer.compare(roots.fromRoot, plainRoot(second.slice(0, from))) === 0 &&
          Buffer.compare(roots.fromRoot, plainRoot(first)) !== 0
        if (!exposes) hidden.push({ from, to })
      }
    }
    expect(hidden).toEqual([])
  })

  it('is not read from a proof of another shape', async () => {
    const proof = await proveFork(tilesOver(all.slice(0, 50)), 16, 50)
    expect(readForkProof({ from: 16, to: 50, proof })).not.toBeNull()
    const wrong = [proof.slice(1), proof.slice(0, -1), [], [...proof, all[0] ?? new Uint8Array()]]
    expect(wrong.map((proof) => readForkProof({ from: 16, to: 50, proof }))).toEqual([null, null, null, null])
    for (const [from, to] of [
      [0, 50],
      [50, 50],
      [51, 50],
      [16, 2 ** 53],
    ] as const)
      expect(readForkProof({ from, to, proof })).toBeNull()
  })
})

it('reads a tree’s edge from its partial tiles', async () => {
  for (const size of [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000]) {
    const edge = await edgeFromTiles(tilesOver(all.slice(0, size)), size)
    expect(edge).toEqual(appendLeaves(emptyEdge(), all.slice(0, size)).edge)
  }
})

it('rejects a tile of the wrong length', async () => {
  const short: TileReader = { read: async ({ width }) => new Uint8Array(width * 32 - 1) }
  await expect(proveInclusion(short, 0, 5)).rejects.toThrow(RangeError)
  await expect(edgeFromTiles(short, 5)).rejects.toThrow(RangeError)
})

const base64 = z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
const proof = z
  .array(base64)
  .nullish()
  .transform((hashes) => hashes ?? [])
const Inclusion = z.object({
  leafIdx: z.number(),
  treeSize: z.number(),
  root: base64,
  leafHash: base64,
  proof,
  wantErr: z.boolean(),
})
const Consistency = z.object({
  size1: z.number(),
  size2: z.number(),
  root1: base64,
  root2: base64,
  proof,
  wantErr: z.boolean(),
})
/** Asks whether two equal roots of 14 bytes are equal; roots that are no hashes are refused here. */
const DUMMY_ROOT = 'additional/sizes-are-equal-one-and-proof-is-empty.json'

describeWith(await testData('tlog/merkle'), 'the probes of transparency-dev/merkle', (folder) => {
  const probes = (kind: string) =>
    readdirSync(join(folder, kind), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    )
  const probe = (kind: string, name: string): unknown =>
    JSON.parse(readFileSync(join(folder, kind, name), 'utf8'))

  it.each(probes('inclusion'))('inclusion %s', (name) => {
    const { leafIdx, treeSize, root, leafHash, proof, wantErr } = Inclusion.parse(probe('inclusion', name))
    const holds = verifyInclusion({ index: leafIdx, size: treeSize, leaf: leafHash, root, proof })
    expect(holds).toBe(!wantErr)
  })

  it.each(probes('consistency').filter((name) => name !== DUMMY_ROOT))('consistency %s', (name) => {
    const { size1, size2, root1, root2, proof, wantErr } = Consistency.parse(probe('consistency', name))
    const claim = { from: size1, to: size2, fromRoot: root1, toRoot: root2, proof }
    expect(verifyConsistency(claim)).toBe(!wantErr)
  })

  it('are 98 of each kind', () => {
    expect([probes('inclusion').length, probes('consistency').length]).toEqual([98, 98])
  })
})
