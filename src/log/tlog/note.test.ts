import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { concatBytes, utf8 } from '../../kernel/bytes.ts'
import {
  formatNote,
  formatSignature,
  MAX_NOTE_BYTES,
  MAX_SIGNATURES,
  openNote,
  parseNote,
  parseSignatures,
  signNote,
} from './note.ts'
import { signingKey } from './signing-key.ts'
import { formatVerifierKey, parseVerifierKey, verifierKey } from './verifier-key.ts'

// C2SP signed-note, section "Example".
const KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`
const seed = (byte: number) => new Uint8Array(32).fill(byte)
const log = signingKey('example.org/log', 1, seed(1))
const witness = signingKey('example.org/witness', 4, seed(2))
const stranger = signingKey('example.org/stranger', 1, seed(3))
const keys = [log.verifier, witness.verifier]
const read = (note: string) => {
  const parsed = parseNote(utf8(note))
  if (!parsed) throw new Error('no note')
  return parsed
}
const open = (note: string, with_ = keys) => openNote(read(note), with_)

describe('a verifier key', () => {
  it('is read and written as in the specification', () => {
    const key = parseVerifierKey(KEY)
    expect(key).toMatchObject({ name: 'example.com/foo', type: 1 })
    expect(key && formatVerifierKey(key)).toBe(KEY)
  })

  it('comes back from its text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => /^[^\s+\p{White_Space}\p{Cc}]+$/u.test(name)),
        fc.constantFrom(1 as const, 4 as const),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (name, type, bytes) => {
          const key = verifierKey(name, type, bytes)
          expect(parseVerifierKey(formatVerifierKey(key))).toEqual(key)
        },
      ),
    )
  })

  it.each([
    '',
    'example.com/foo',
    KEY.replace('530d903a', '530D903A'),
    KEY.replace('530d903a', '530d903b'),
    KEY.replace('example.com/foo', 'example.com/bar'),
    KEY.replace('example.com/foo', 'example.com foo'),
    KEY.replace('+AekyeR', '+BekyeR'),
    KEY.slice(0, -1),
    `${KEY}=`,
    `${KEY}\n`,
    `+${KEY}`,
  ])('is not %j', (text) => {
    expect(parseVerifierKey(text)).toBeNull()
  })

  it('has a name without spaces and plus signs', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb', 'a\u0085b', '\ud800'])
      expect(() => verifierKey(name, 1, seed(1))).toThrow(RangeError)
    expect(() => verifierKey('a', 1, new Uint8Array(31))).toThrow(RangeError)
    expect(() => signingKey('a', 1, new Uint8Array(64))).toThrow(RangeError)
  })
})

describe('a note', () => {
  it('of the specification opens with its key', () => {
    const key = parseVerifierKey(KEY)
    if (!key) throw new Error('no key')
    expect(open(NOTE, [key])).toEqual({
      ok: true,
      text: 'This is an example message.\n',
      verified: [{ key, time: null }],
    })
    expect(open(NOTE.replace('an example', 'no example'), [key])).toEqual({
      ok: false,
      reason: 'badSignature',
    })
    expect(open(NOTE)).toEqual({ ok: false, reason: 'unverified' })
  })

  it('comes back as it was signed, empty lines and all', () => {
    const text = fc
      .array(
        fc.string({ unit: 'grapheme' }).filter((line) => !/\p{Cc}/u.test(line)),
        { minLength: 1 },
      )
      .map((lines) => `${lines.join('\n')}\n`)
    fc.assert(
      fc.property(text, fc.nat(), (text, time) => {
        const note = signNote(text, [log, witness, stranger], time)
        const opened = open(note)
        expect(opened).toEqual({
          ok: true,
          text,
          verified: [
            { key: log.verifier, time: null },
            { key: witness.verifier, time },
          ],
        })
        const { text: same, signatures } = read(note)
        expect(formatNote(same, signatures)).toBe(note)
      }),
    )
  })

  it('is refused whole for one wrong signature under a known name and id', () => {
    const forged = { ...log.sign('another\n'), name: log.verifier.name }
    const right = log.sign('text\n')
    expect(open(formatNote('text\n', [right, forged]))).toEqual({ ok: false, reason: 'badSignature' })
    expect(open(formatNote('text\n', [right, { ...right, signature: right.signature.slice(1) }]))).toEqual({
      ok: false,
      reason: 'badSignature',
    })
    const late = witness.sign('text\n', 7).signature.with(7, 8)
    expect(open(formatNote('text\n', [{ ...witness.sign('text\n', 7), signature: late }]))).toEqual({
      ok: false,
      reason: 'badSignature',
    })
  })

  it('passes over lines that share a name or an id with a known key, but not both', () => {
    const right = log.sign('text\n')
    const lines = [
      { ...right, id: witness.verifier.id },
      { ...right, name: 'elsewhere' },
      { ...right, signature: Uint8Array.of(1) },
    ]
    expect(open(formatNote('text\n', [...lines.slice(0, 2), right])).ok).toBe(true)
    expect(open(formatNote('text\n', lines.slice(0, 2)))).toEqual({ ok: false, reason: 'unverified' })
    expect(open(formatNote('text\n', lines)).ok).toBe(false)
  })

  it('opens though a key’s name and id collide with another’s', () => {
    const twin = { ...stranger.verifier, name: log.verifier.name, id: log.verifier.id }
    expect(open(signNote('text\n', [log]), [twin, log.verifier])).toMatchObject({
      ok: true,
      verified: [{ key: log.verifier }],
    })
  })

  it('counts a key once, at its latest time', () => {
    const signatures = [9, 7].map((time) => witness.sign('text\n', time))
    expect(open(formatNote('text\n', signatures))).toMatchObject({ ok: true, verified: [{ time: 9 }] })
  })

  it.each([
    '',
    '\n',
    'text\n',
    'text\n\n',
    'text\n\n\n',
    NOTE.slice(0, -1),
    `${NOTE}\n`,
    NOTE.replace('—', '-'),
    NOTE.replace('— ', '—  '),
    NOTE.replace('— ', '—\u00a0'),
    NOTE.replace('example.com/foo', 'example.com+foo'),
    NOTE.replace('example.com/foo', ''),
    NOTE.replace('aQM=\n', 'aQM\n'),
    NOTE.replace('aQM=\n', 'aQN=\n'), // bits behind the end
    NOTE.replace('aQM=\n', 'aQM= \n'),
    NOTE.replace('Uw2QOkn8', 'Uw2QOkn8\t'),
    NOTE.replace('\n', '\r\n'),
    NOTE.replace('example', 'exa\u0000mple'),
    'text\n\n— name AAAAAA==\n', // an id and nothing behind it
    'text\n\n— name AAAAAAA=\n— name\n',
  ])('is not %j', (text) => {
    expect(parseNote(utf8(text))).toBeNull()
  })

  it('is not what is no UTF-8, or too long, or has too many lines', () => {
    expect(parseNote(concatBytes([Uint8Array.of(0xff), utf8(NOTE)]))).toBeNull()
    expect(parseNote(concatBytes([Uint8Array.of(0xed, 0xa0, 0x80), utf8(NOTE)]))).toBeNull()
    expect(parseNote(utf8('x'.repeat(MAX_NOTE_BYTES - utf8(NOTE).length) + NOTE))).not.toBeNull()
    expect(parseNote(utf8('x'.repeat(MAX_NOTE_BYTES - utf8(NOTE).length + 1) + NOTE))).toBeNull()
    const line = formatSignature(log.sign('text\n'))
    expect(parseNote(utf8(`text\n\n${line.repeat(MAX_SIGNATURES)}`))?.signatures).toHaveLength(64)
    expect(parseNote(utf8(`text\n\n${line.repeat(MAX_SIGNATURES + 1)}`))).toBeNull()
  })

  it('keeps a byte order mark, which is signed with the rest', () => {
    expect(read(signNote('\ufefftext\n', [log])).text).toBe('\ufefftext\n')
  })

  it('is not made of what could not be read again', () => {
    for (const text of ['', 'text', 'a\tb\n', '\ud800\n', `${'x'.repeat(MAX_NOTE_BYTES)}\n`])
      expect(() => signNote(text, [log])).toThrow(RangeError)
    expect(() => signNote('text\n', [])).toThrow(RangeError)
    for (const time of [undefined, -1, 0.5, 2 ** 53])
      expect(() => witness.sign('text\n', time)).toThrow(RangeError)
  })

  it('never makes its reader throw', () => {
    const near = fc.tuple(fc.nat({ max: utf8(NOTE).length - 1 }), fc.nat({ max: 255 }))
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), near), (input) => {
        const bytes = input instanceof Uint8Array ? input : utf8(NOTE).with(input[0], input[1])
        const note = parseNote(bytes)
        if (note) expect(utf8(formatNote(note.text, note.signatures))).toEqual(bytes)
        else expect(note).toBeNull()
      }),
    )
  })
})

it('reads the lines that a witness answers', () => {
  const lines = [log.sign('text\n'), witness.sign('text\n', 5)].map(formatSignature).join('')
  expect(parseSignatures(lines)?.map(({ name }) => name)).toEqual(['example.org/log', 'example.org/witness'])
  expect([parseSignatures(''), parseSignatures('\n'), parseSignatures(lines.slice(1))]).toEqual([
    null,
    null,
    null,
  ])
})
