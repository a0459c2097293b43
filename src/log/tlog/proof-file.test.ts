import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../../kernel/bytes.ts'
import { formatCheckpoint } from './checkpoint.ts'
import { type Note, parseNote, signNote } from './note.ts'
import { formatProofFile, parseProofFile, type ProofFile, verifyProofFile } from './proof-file.ts'
import { plainPath, plainRoot } from './rfc6962.contract.ts'
import { signingKey } from './signing-key.ts'
import { leafHash, type TreeHash } from './tree-hash.ts'
import { formatWitnessRequest, parseWitnessRequest } from './witness-request.ts'

const origin = 'example.org/log'
const log = signingKey(origin, 1, new Uint8Array(32).fill(1))
const other = signingKey('example.org/other', 1, new Uint8Array(32).fill(2))
const witness = signingKey('example.org/witness', 4, new Uint8Array(32).fill(3))
const keys = [log, other, witness].map(({ verifier }) => verifier)

const entries = Array.from({ length: 23 }, (_, index) => utf8(`entry ${index}`))
const leaves = entries.map(leafHash)
const root = plainRoot(leaves).slice()
const copies = (hashes: readonly Uint8Array[]): TreeHash[] => hashes.map((hash) => hash.slice())
const noteOf = (text: string, by = [log, witness]): Note => {
  const note = parseNote(utf8(signNote(text, by, 5)))
  if (!note) throw new Error('no note')
  return note
}
const note = noteOf(formatCheckpoint({ origin, size: 23, root }))
const fileOf = (index: number): ProofFile => ({
  extra: entries[index] ?? null,
  index,
  proof: copies(plainPath(index, leaves)),
  note,
})

describe('a proof file', () => {
  it('comes back from its text and proves its entry', () => {
    for (const index of entries.keys()) {
      const file = parseProofFile(utf8(formatProofFile(fileOf(index))))
      expect(file).toEqual(fileOf(index))
      expect(file && verifyProofFile(file, keys)).toMatchObject({ ok: true, entry: entries[index] })
    }
  })

  it('has the form of the specification', () => {
    const lines = formatProofFile({ ...fileOf(5), extra: null }).split('\n')
    expect(lines.slice(0, 2)).toEqual(['c2sp.org/tlog-proof@v1', 'index 5'])
    expect(lines.indexOf('')).toBe(2 + plainPath(5, leaves).length)
    expect(lines[lines.indexOf('') + 1]).toBe(origin)
    expect(formatProofFile(fileOf(5)).split('\n')[1]).toBe('extra ZW50cnkgNQ==')
  })

  it('proves nothing else', () => {
    const file = fileOf(5)
    const reasonOf = (changed: Partial<ProofFile>) => {
      const verified = verifyProofFile({ ...file, ...changed }, keys)
      return verified.ok || verified.reason
    }
    const text = formatCheckpoint({ origin, size: 23, root })
    expect(reasonOf({ extra: utf8('entry 6') })).toBe('notIncluded')
    expect(reasonOf({ index: 6 })).toBe('notIncluded')
    expect(reasonOf({ proof: file.proof.slice(1) })).toBe('notIncluded')
    expect(reasonOf({ extra: null })).toBe('noEntry')
    expect(reasonOf({ note: noteOf('text\n') })).toBe('notCheckpoint')
    expect(reasonOf({ note: noteOf(text, [other, witness]) })).toBe('wrongOrigin')
    expect(reasonOf({ note: noteOf(text, [signingKey('stranger', 1, new Uint8Array(32))]) })).toBe(
      'unverified',
    )
    expect(reasonOf({ note: { ...note, text: text.replace('23', '24') } })).toBe('badSignature')
  })

  it.each([
    ['another version', (text: string) => text.replace('@v1', '@v2')],
    ['a byte order mark', (text: string) => `\ufeff${text}`],
    ['no index', (text: string) => text.replace(/index .*\n/, '')],
    ['an index with a zero before it', (text: string) => text.replace('index 5', 'index 05')],
    ['broken extra', (text: string) => text.replace('NQ==', 'NQ')],
    ['a hash of 31 bytes', (text: string) => text.replace('\n\n', `\n${'A'.repeat(40)}AA==\n\n`)],
    ['64 hashes', (text: string) => text.replace('\n\n', `${`\n${'A'.repeat(43)}=`.repeat(60)}\n\n`)],
    ['no checkpoint', (text: string) => text.slice(0, text.indexOf('\n\n') + 2)],
    ['no empty line', (text: string) => text.replace('\n\n', '\n')],
    ['too much', (text: string) => text.replace('ZW50', 'ZW50'.repeat(100_000))],
  ])('is refused with %s', (_, change) => {
    expect(parseProofFile(utf8(change(formatProofFile(fileOf(5)))))).toBeNull()
  })
})

describe('a witness request', () => {
  const request = { oldSize: 7, proof: copies(plainPath(5, leaves)), note }

  it('comes back from its text', () => {
    for (const asked of [request, { ...request, oldSize: 0, proof: [] }])
      expect(parseWitnessRequest(utf8(formatWitnessRequest(asked)))).toEqual(asked)
    expect(formatWitnessRequest(request)).toMatch(/^old 7\n[\w+/]{43}=\n/)
  })

  it.each([
    ['nothing', () => ''],
    ['no old size', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['an old size with a zero before it', (text: string) => text.replace('old 7', 'old 07')],
    ['64 hashes', (text: string) => text.replace('\n\n', `${`\n${'A'.repeat(43)}=`.repeat(60)}\n\n`)],
    ['a line that is no hash', (text: string) => text.replace('\n\n', '\nAAAA\n\n')],
    ['no signature', (text: string) => text.slice(0, text.indexOf('—'))],
    ['too much', (text: string) => `${text}${'x'.repeat(128 * 1024)}`],
  ])('is refused with %s', (_, change) => {
    expect(parseWitnessRequest(utf8(change(formatWitnessRequest(request))))).toBeNull()
  })

  it('never makes its reader throw', () => {
    const bytes = utf8(formatWitnessRequest(request))
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const changed = bytes.with(at, byte)
        const read = parseWitnessRequest(changed)
        if (read) expect(utf8(formatWitnessRequest(read))).toEqual(changed)
        else expect(read).toBeNull()
      }),
    )
  })
})
