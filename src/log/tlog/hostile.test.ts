import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../../kernel/bytes.ts'
import { RedactedLeaf } from '../../kernel/redacted-leaf.ts'
import {
  convicts,
  decodeBundle,
  decodeRedacted,
  encodeBundle,
  encodeRedacted,
  formatCheckpoint,
  formatForkFile,
  formatProofFile,
  formatWitnessRequest,
  leafHash,
  type Note,
  openNote,
  parseCheckpoint,
  parseForkFile,
  parseNote,
  parseProofFile,
  parseTilePath,
  parseWitnessRequest,
  readForkProof,
  signingKey,
  signNote,
  verifyConsistency,
  verifyInclusion,
  verifyProofFile,
} from './index.ts'
import { plainPath, plainRoot } from './rfc6962.contract.ts'

const ORIGIN = 'example.org/log'
const KEY = signingKey(ORIGIN, 1, new Uint8Array(32).fill(1))
const LEAVES = Array.from({ length: 11 }, (_, at) => leafHash(utf8(`entry ${at}`)))
const copies = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Uint8Array.from(hash))
const PROOF = copies(plainPath(4, LEAVES))

function noteOf(size: number, root: Uint8Array): Note {
  const note = parseNote(
    utf8(signNote(formatCheckpoint({ origin: ORIGIN, size, root: Uint8Array.from(root) }), [KEY])),
  )
  if (!note) throw new Error('no note')
  return note
}
const NOTE = noteOf(11, plainRoot(LEAVES))
const FORKED = noteOf(11, leafHash(utf8('another')))

/** What is right, with some bytes changed, cut out, doubled or added; and what is nothing at all. */
function near(right: Uint8Array): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    at: fc.nat({ max: right.length }),
    gone: fc.nat({ max: 40 }),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom(utf8('\n'), utf8('\n\n'), utf8('— '), right),
    ),
  })
  const changed = fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) =>
      changes.reduce(
        (bytes: Uint8Array, { at, gone, put }) =>
          Uint8Array.from(Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + gone)])),
        right,
      ),
    )
  return fc.oneof(changed, fc.uint8Array({ maxLength: 200 }))
}

const SIZES = [0, 1, 2, 10, 11, 12, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 2 ** 60, -1, 0.5, Number.NaN, Infinity]
const size = fc.oneof(fc.constantFrom(...SIZES), fc.nat({ max: 20 }))
const hash = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.uint8Array({ maxLength: 70 }),
  fc.constantFrom(...LEAVES),
)
const proof = fc.oneof(fc.array(hash, { maxLength: 70 }), fc.shuffledSubarray(PROOF))

const textIn = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('latin1')

describe('whatever others send', () => {
  it.each([
    [
      'a witness request',
      utf8(formatWitnessRequest({ oldSize: 4, proof: PROOF, note: NOTE })),
      parseWitnessRequest,
    ],
    ['evidence', utf8(formatForkFile({ first: NOTE, second: FORKED, proof: [] })), parseForkFile],
    [
      'a proof file',
      utf8(formatProofFile({ extra: utf8('entry 4'), index: 4, proof: PROOF, note: NOTE })),
      parseProofFile,
    ],
    [
      'a bundle',
      encodeBundle([utf8('one'), utf8('two'), utf8('three')]),
      (bytes: Uint8Array) => decodeBundle(bytes, 3),
    ],
    [
      'a redacted bundle',
      encodeRedacted([utf8('one'), new RedactedLeaf(leafHash(utf8('two')))]),
      (bytes: Uint8Array) => decodeRedacted(bytes, 2),
    ],
    [
      'a tile’s path',
      utf8('tile/1/x001/234.p/12'),
      (bytes: Uint8Array) => parseTilePath(Buffer.from(bytes).toString('latin1')),
    ],
    [
      'a checkpoint',
      utf8(NOTE.text),
      (bytes: Uint8Array) => parseCheckpoint(Buffer.from(bytes).toString('latin1')),
    ],
  ] as const)('%s is read, or is none: nothing is thrown', (_what, right, read) => {
    expect(read(right)).not.toBeNull()
    fc.assert(
      fc.property(near(right), (bytes) => {
        expect(() => read(bytes)).not.toThrow()
      }),
      { numRuns: 500 },
    )
  })

  it('as evidence convicts a log by its own signatures alone', () => {
    const right = utf8(formatForkFile({ first: NOTE, second: FORKED, proof: [] }))
    const isTrue = (bytes: Uint8Array) => {
      const fork = parseForkFile(bytes)
      return fork !== null && convicts(fork, () => KEY.verifier)
    }
    expect(isTrue(right)).toBe(true)
    fc.assert(
      fc.property(near(right), (bytes) => {
        if (!isTrue(bytes)) return
        const fork = parseForkFile(bytes)
        const roots = [fork?.first, fork?.second].map(
          (note) => note && openNote(note, [KEY.verifier]).ok && note.text,
        )
        expect(new Set(roots)).toEqual(new Set([NOTE.text, FORKED.text]))
      }),
      { numRuns: 500 },
    )
  })

  it('as a proof file proves nothing but what the log signed', () => {
    const right = utf8(formatProofFile({ extra: utf8('entry 4'), index: 4, proof: PROOF, note: NOTE }))
    const proven = (bytes: Uint8Array) => {
      const file = parseProofFile(bytes)
      const verdict = file && verifyProofFile(file, [KEY.verifier])
      return verdict?.ok ? verdict.entry : null
    }
    expect(proven(right)).toEqual(utf8('entry 4'))
    fc.assert(
      fc.property(near(right), (bytes) => {
        expect([null, 'entry 4']).toContain(textIn(proven(bytes)))
      }),
      { numRuns: 500 },
    )
  })

  it('as a proof of impossible sizes, of hashes of any length, in any number, holds for nothing and throws nothing', () => {
    const root = plainRoot(LEAVES)
    fc.assert(
      fc.property(size, size, hash, hash, proof, (one, other, first, second, hashes) => {
        const isThere = verifyInclusion({ index: one, size: other, leaf: first, root, proof: hashes })
        if (isThere) expect([other, Buffer.from(first)]).toEqual([11, Buffer.from(LEAVES[one] ?? [])])
        expect(
          verifyConsistency({ from: one, to: other, fromRoot: first, toRoot: second, proof: hashes }),
        ).toBe(
          one === other &&
            Number.isSafeInteger(one) &&
            one >= 1 &&
            hashes.length === 0 &&
            Buffer.compare(first, second) === 0 &&
            first.length === 32,
        )
        readForkProof({ from: one, to: other, proof: hashes })
      }),
      { numRuns: 2000 },
    )
  })
})
