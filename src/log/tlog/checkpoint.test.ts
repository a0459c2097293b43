import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { describeWith } from '../../../test/support/describe-with.ts'
import { testData } from '../../../test/support/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { decodeBundle } from './bundle.ts'
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts'
import { cosign, cosignatureTime } from './cosignature.ts'
import { formatNote, openNote, parseNote } from './note.ts'
import {
  type TileReader,
  edgeFromTiles,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from './proof.ts'
import { signingKey } from './signing-key.ts'
import { bundlePath, tilePath, tilesOf } from './tile.ts'
import { EMPTY_ROOT, leafHash } from './tree-hash.ts'
import { appendLeaves, emptyEdge, partialTile, rootOf } from './tree.ts'
import { parseVerifierKey } from './verifier-key.ts'

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='
const TEXT = `example.com/behind-the-sofa\n20852163\n${ROOT}\n`

describe('a checkpoint', () => {
  it('of the specification is read', () => {
    const root = new Uint8Array(Buffer.from(ROOT, 'base64'))
    expect(parseCheckpoint(TEXT)).toEqual({ origin: 'example.com/behind-the-sofa', size: 20_852_163, root })
  })

  it('comes back from its text', () => {
    const origin = fc.string({ minLength: 1 }).filter((text) => !text.includes('\n'))
    const root = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => new Uint8Array(bytes))
    fc.assert(
      fc.property(origin, fc.maxSafeNat(), root, (origin, size, root) => {
        expect(parseCheckpoint(formatCheckpoint({ origin, size, root }))).toEqual({ origin, size, root })
      }),
    )
  })

  it.each([
    '',
    TEXT.slice(0, -1),
    `${TEXT}\n`,
    `${TEXT}extension\n`,
    TEXT.replace('2085', '02085'),
    TEXT.replace('2085', '+2085'),
    TEXT.replace('2085', ' 2085'),
    TEXT.replace('20852163', ''),
    TEXT.replace('20852163', '1e3'),
    TEXT.replace('20852163', '9007199254740992'), // 2^53
    TEXT.replace('example.com/behind-the-sofa', ''),
    TEXT.replace('q2I=', 'q2J='),
    TEXT.replace('q2I=', 'q2I'),
    TEXT.replace('CsUY', ''),
  ])('is not %j', (text) => {
    expect(parseCheckpoint(text)).toBeNull()
  })

  it('is not made of what could not be read again', () => {
    const wrong = [
      { origin: '', size: 0, root: EMPTY_ROOT },
      { origin: 'a\nb', size: 0, root: EMPTY_ROOT },
      { origin: 'a', size: 0.5, root: EMPTY_ROOT },
      { origin: 'a', size: 0, root: new Uint8Array(31) },
    ]
    for (const checkpoint of wrong) expect(() => formatCheckpoint(checkpoint)).toThrow(RangeError)
  })
})

describe('a cosignature', () => {
  const key = signingKey('witness.example', 4, new Uint8Array(32).fill(2))

  it('states its time and is checked with it', () => {
    const cosignature = cosign(TEXT, key, 1_700_000_000)
    expect(cosignatureTime(cosignature)).toBe(1_700_000_000)
    const note = parseNote(utf8(formatNote(TEXT, [cosignature])))
    expect(note && openNote(note, [key.verifier])).toMatchObject({ verified: [{ time: 1_700_000_000 }] })
  })

  it('is of a checkpoint, by a key for it', () => {
    expect(() => cosign('text\n', key, 1)).toThrow(RangeError)
    expect(() => cosign(TEXT, signingKey('log', 1, new Uint8Array(32)), 1)).toThrow(RangeError)
    expect(cosignatureTime(signingKey('log', 1, new Uint8Array(32)).sign(TEXT))).toBeNull()
  })
})

/** The key of tessera's testdata/build_log.sh. */
const TESSERA = parseVerifierKey(
  'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx',
)

describeWith(await testData('tlog/tessera'), 'a log written by Tessera', (folder) => {
  const bytes = (path: string) => new Uint8Array(readFileSync(join(folder, path)))
  const checkpoint = (name: string) => {
    const note = parseNote(bytes(name))
    const opened = note && TESSERA && openNote(note, [TESSERA])
    const read = opened?.ok ? parseCheckpoint(opened.text) : null
    if (!read) throw new Error(`no checkpoint ${name}`)
    return read
  }
  const reader: TileReader = { read: async (tile) => bytes(tilePath(tile)) }
  const sizes = Array.from({ length: 16 }, (_, size) => size)

  it.each(sizes)('has the checkpoint, tiles and bundle of %i entries that we make', async (size) => {
    const { root, size: signed } = checkpoint(`checkpoint.${size}`)
    expect(signed).toBe(size)
    const entries = size === 0 ? [] : decodeBundle(bytes(bundlePath(0, size)), size)
    const leaves = (entries ?? []).map(leafHash)
    const { edge } = appendLeaves(emptyEdge(), leaves)
    expect(rootOf(edge)).toEqual(root)
    for (const tile of tilesOf(size)) expect(partialTile(edge, tile.level)).toEqual(bytes(tilePath(tile)))
    expect(await edgeFromTiles(reader, size)).toEqual(edge)
  })

  it('is proven by its own tiles', async () => {
    const last = checkpoint('checkpoint')
    const entries = decodeBundle(bytes(bundlePath(0, last.size)), last.size) ?? []
    for (const [index, entry] of entries.entries()) {
      const proof = await proveInclusion(reader, index, last.size)
      expect(verifyInclusion({ ...last, index, leaf: leafHash(entry), proof })).toBe(true)
    }
    for (const size of sizes.slice(1)) {
      const { root } = checkpoint(`checkpoint.${size}`)
      const proof = await proveConsistency(reader, size, last.size)
      const claim = { from: size, to: last.size, fromRoot: root, toRoot: last.root, proof }
      expect(verifyConsistency(claim)).toBe(true)
    }
  })
})
