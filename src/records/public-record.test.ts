import { describe, expect, it } from 'vitest'

import { utf8 } from '../kernel/bytes.ts'
import { PublicRecord, RECORD_TYPES, isRecordType, memberIdOf, needsRecoveryQuorum } from './index.ts'

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const keys = (count: number) => Array.from({ length: count }, (_, index) => key(index + 10))
const MEMBER = `m${'a'.repeat(32)}`
const origin = (log: number | string) => `ayni/${MEMBER}/${log}`
const HASH = 'ab'.repeat(32)
const OID = 'cd'.repeat(20)
const note = (text = 'a', signer = 'a') => `${text}\n\n— ${signer} AAAA\n`
const succession = (body: object) => ({
  genesis: note(),
  previous: { origin: origin(0), checkpoint: note() },
  reason: 'loss',
  log: key(1),
  witness: key(2),
  ...body,
})

const ASSOCIATION = `a${'b'.repeat(32)}`
const memberId = (index: number) => `m${'abcdefgh'[index >> 3]}${'abcdefgh'[index & 7]}${'a'.repeat(30)}`
const membersOf = (count: number): Record<string, string> =>
  count === 65
    ? { ...membersOf(64), [MEMBER.replace('a', 'z')]: 'extra' }
    : Object.fromEntries(Array.from({ length: count }, (_, index) => [memberId(index), `h${index}`]))
const charter = (changed: object) => ({
  name: 'Lake Region AI',
  purpose: 'One.\nTwo.',
  members: membersOf(2),
  rule: { kind: 'two-thirds' },
  witnesses: 1,
  ...changed,
})
const roster = (changed: object) => ({
  association: ASSOCIATION,
  epoch: 1,
  round: 0,
  members: membersOf(3),
  previous: HASH,
  ...changed,
})

type Case = readonly [name: string, body: object]

/** For each type: bodies that fit, then bodies that do not. */
const CASES: Record<string, { readonly fits: readonly Case[]; readonly unfit: readonly Case[] }> = {
  'member-genesis/1': {
    fits: [
      ['one recovery key', { recovery: { keys: keys(1), threshold: 1 }, log: key(1), witness: key(2) }],
      ['nine of nine', { recovery: { keys: keys(9), threshold: 9 }, log: key(1), witness: key(2) }],
    ],
    unfit: [
      ['no recovery key', { recovery: { keys: [], threshold: 1 }, log: key(1), witness: key(2) }],
      ['ten', { recovery: { keys: keys(10), threshold: 1 }, log: key(1), witness: key(2) }],
      ['a threshold of none', { recovery: { keys: keys(2), threshold: 0 }, log: key(1), witness: key(2) }],
      ['one that cannot be met', { recovery: { keys: keys(2), threshold: 3 }, log: key(1), witness: key(2) }],
      ['a key twice', { recovery: { keys: [key(9), key(9)], threshold: 1 }, log: key(1), witness: key(2) }],
      ['one key in two roles', { recovery: { keys: keys(1), threshold: 1 }, log: key(1), witness: key(1) }],
      [
        'a recovery key on the node',
        { recovery: { keys: [key(1)], threshold: 1 }, log: key(1), witness: key(2) },
      ],
      ['a short key', { recovery: { keys: keys(1), threshold: 1 }, log: 'AAAA', witness: key(2) }],
      [
        'a key written another way',
        { recovery: { keys: keys(1), threshold: 1 }, log: key(0).replace('A=', 'B='), witness: key(2) },
      ],
    ],
  },
  'member-profile/1': {
    fits: [
      ['a name', { handle: 'nairobi', name: 'Nairobi' }],
      [
        'all',
        {
          handle: 'n-1',
          name: 'معهد',
          description: 'One.\nTwo.',
          languages: ['sw', 'zh-Hans', 'gsw'],
          country: 'KE',
          colour: 'marigold',
        },
      ],
    ],
    unfit: [
      ['a dot in the handle', { handle: 'nairobi.ai', name: 'N' }],
      ['no name', { handle: 'nairobi' }],
      ['an empty name', { handle: 'nairobi', name: '' }],
      ['two lines of name', { handle: 'nairobi', name: 'a\nb' }],
      ['a space around the name', { handle: 'nairobi', name: ' a' }],
      ['a control character', { handle: 'nairobi', name: 'a\u0007' }],
      ['a line separator', { handle: 'nairobi', name: 'a\u2028b' }],
      ['turned writing', { handle: 'nairobi', name: 'a\u202Eb' }],
      ['a long name', { handle: 'nairobi', name: 'a'.repeat(201) }],
      ['a long description', { handle: 'nairobi', name: 'a', description: 'a'.repeat(2001) }],
      ['a language twice', { handle: 'nairobi', name: 'a', languages: ['sw', 'sw'] }],
      ['no language', { handle: 'nairobi', name: 'a', languages: [] }],
      ['a language by its name', { handle: 'nairobi', name: 'a', languages: ['Swahili'] }],
      ['an underscore', { handle: 'nairobi', name: 'a', languages: ['sw_KE'] }],
      ['a country in small letters', { handle: 'nairobi', name: 'a', country: 'ke' }],
      ['three letters', { handle: 'nairobi', name: 'a', country: 'KEN' }],
      ['a colour by its numbers', { handle: 'nairobi', name: 'a', colour: '#8e1f4f' }],
    ],
  },
  'member-endpoints/1': {
    fits: [
      ['a host', { urls: ['https://ai.example.org'] }],
      [
        'all of it',
        { urls: ['http://10.0.0.1:65535/a/b-c/~d/', 'http://[2001:db8::1]:80/', 'https://localhost'] },
      ],
      ['eight', { urls: Array.from({ length: 8 }, (_, index) => `https://n${index}.example`) }],
    ],
    unfit: [
      ['none', { urls: [] }],
      ['nine', { urls: Array.from({ length: 9 }, (_, index) => `https://n${index}.example`) }],
      ['one twice', { urls: ['https://a.example', 'https://a.example'] }],
      ...[
        'ftp://a.example',
        'HTTPS://a.example',
        'https://A.example',
        'https://a@b.example',
        'https://a:b@c.example',
        'https://a.example?b',
        'https://a.example/?b',
        'https://a.example#b',
        'https://a.example/#',
        'https://a.example:0',
        'https://a.example:080',
        'https://a.example/../b',
        'https://a.example/%2E%2e/b',
        'https://a.example//b',
        'https://a.example/ b',
        'https://a_b.example',
        'https://-a.example',
        'https://a..example',
        'https://пример.рф',
        'https://',
        'https://[::1',
        String.raw`https://a.example\b`,
        `https://a.example/${'a'.repeat(500)}`,
        'javascript:alert(1)',
      ].map((url): Case => [url.slice(0, 40), { urls: [url] }]),
    ],
  },
  'member-keys/1': {
    fits: [
      ['a log key', { log: key(1) }],
      ['both', { log: key(1), witness: key(2) }],
    ],
    unfit: [
      ['none', {}],
      ['one in two roles', { log: key(1), witness: key(1) }],
    ],
  },
  'member-message-keys/1': {
    fits: [['both', { seal: key(1), sign: key(2) }]],
    unfit: [
      ['one alone', { seal: key(1) }],
      ['one in two roles', { seal: key(1), sign: key(1) }],
    ],
  },
  'log-succession/1': {
    fits: [
      ['a checkpoint', succession({ previous: { origin: origin(0), checkpoint: note() }, reason: 'loss' })],
    ],
    unfit: [
      ['no signature', succession({ previous: { origin: origin(0), checkpoint: 'a\n' }, reason: 'loss' })],
      [
        'no line end',
        succession({ previous: { origin: origin(0), checkpoint: note().trimEnd() }, reason: 'loss' }),
      ],
      [
        'a carriage return',
        succession({ previous: { origin: origin(0), checkpoint: note('a\r') }, reason: 'loss' }),
      ],
      [
        'a long note',
        succession({ previous: { origin: origin(0), checkpoint: note('a'.repeat(8192)) }, reason: 'loss' }),
      ],
      ['another reason', succession({ previous: { origin: origin(0), checkpoint: note() }, reason: 'whim' })],
      [
        'a log number with a zero before',
        succession({ previous: { origin: origin('00'), checkpoint: note() }, reason: 'loss' }),
      ],
      [
        'a name of another system',
        succession({ previous: { origin: 'example.org/log', checkpoint: note() }, reason: 'loss' }),
      ],
      ['one key in two roles', succession({ log: key(2) })],
      ['no genesis', succession({ genesis: '' })],
    ],
  },
  'log-observed/1': {
    fits: [['a head', { heads: [{ origin: origin(0), size: 0, root: key(1) }] }]],
    unfit: [
      ['none', { heads: [] }],
      ['two of one log', { heads: [1, 2].map((size) => ({ origin: origin(0), size, root: key(1) })) }],
      [
        '257',
        { heads: Array.from({ length: 257 }, (_, log) => ({ origin: origin(log), size: 1, root: key(1) })) },
      ],
      ['a size below none', { heads: [{ origin: origin(0), size: -1, root: key(1) }] }],
      ['a root in hexadecimal', { heads: [{ origin: origin(0), size: 1, root: HASH }] }],
    ],
  },
  'log-fork/1': {
    fits: [
      ['equal sizes', { first: note(), second: note('b'), proof: [] }],
      ['63 hashes', { first: note(), second: note('b'), proof: Array.from({ length: 63 }, () => key(1)) }],
    ],
    unfit: [
      ['one note', { first: note(), second: note(), proof: [] }],
      ['64 hashes', { first: note(), second: note('b'), proof: Array.from({ length: 64 }, () => key(1)) }],
      ['no proof', { first: note(), second: note('b') }],
    ],
  },
  'repository-revision/1': {
    fits: [
      ['a commit', { repository: 'a/b', kind: 'model', ref: 'refs/heads/main', commit: OID }],
      [
        'a manifest',
        {
          repository: 'a/b',
          kind: 'dataset',
          ref: 'refs/tags/v1',
          commit: OID,
          manifest: { sha256: HASH, size: 1 },
        },
      ],
      ['a deleted ref', { repository: 'a/b', kind: 'model', ref: 'refs/heads/x/y' }],
    ],
    unfit: [
      [
        'a manifest of a deleted ref',
        { repository: 'a/b', kind: 'model', ref: 'refs/heads/main', manifest: { sha256: HASH, size: 1 } },
      ],
      [
        'a manifest beyond all',
        {
          repository: 'a/b',
          kind: 'model',
          ref: 'refs/heads/main',
          commit: OID,
          manifest: { sha256: HASH, size: 2 ** 26 + 1 },
        },
      ],
      ['a short ref', { repository: 'a/b', kind: 'model', ref: 'main', commit: OID }],
      ['a ref upwards', { repository: 'a/b', kind: 'model', ref: 'refs/heads/../x', commit: OID }],
      ['a name alone', { repository: 'b', kind: 'model', ref: 'refs/heads/main', commit: OID }],
      ['an abbreviation', { repository: 'a/b', kind: 'model', ref: 'refs/heads/main', commit: 'cdcdcd' }],
      ['a course', { repository: 'a/b', kind: 'course', ref: 'refs/heads/main', commit: OID }],
    ],
  },
  'repository-withdrawal/1': {
    fits: [
      ['a deletion', { repository: 'a/b', kind: 'model' }],
      ['a move', { repository: 'a/b', kind: 'model', movedTo: 'a/c' }],
    ],
    unfit: [['a move to null', { repository: 'a/b', kind: 'model', movedTo: null }]],
  },
  'public-good/1': {
    fits: [
      [
        'a promise',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'Apache-2.0',
          maintainer: MEMBER,
          holders: 1,
          until: '2028-02-29',
        },
      ],
      [
        'many',
        {
          repository: 'a/b',
          kind: 'model',
          licence: '(MIT OR Apache-2.0) AND CC0-1.0',
          maintainer: MEMBER,
          holders: 1000,
          until: '2028-12-31',
        },
      ],
    ],
    unfit: [
      [
        'no holder',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: MEMBER,
          holders: 0,
          until: '2028-12-31',
        },
      ],
      [
        '1001',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: MEMBER,
          holders: 1001,
          until: '2028-12-31',
        },
      ],
      [
        'half a holder',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: MEMBER,
          holders: 1.5,
          until: '2028-12-31',
        },
      ],
      [
        'a day that is none',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: MEMBER,
          holders: 1,
          until: '2027-02-29',
        },
      ],
      [
        'a time',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: MEMBER,
          holders: 1,
          until: '2028-12-31T00:00:00.000Z',
        },
      ],
      [
        'a licence in words',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'see «terms»',
          maintainer: MEMBER,
          holders: 1,
          until: '2028-12-31',
        },
      ],
      [
        'a long licence',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'M'.repeat(101),
          maintainer: MEMBER,
          holders: 1,
          until: '2028-12-31',
        },
      ],
      [
        'a handle as maintainer',
        {
          repository: 'a/b',
          kind: 'model',
          licence: 'MIT',
          maintainer: 'nairobi',
          holders: 1,
          until: '2028-12-31',
        },
      ],
    ],
  },
  'record-retraction/1': {
    fits: [['a record', { record: { origin: origin(0), index: 0, leaf: HASH }, reason: 'personalData' }]],
    unfit: [
      ['no index', { record: { origin: origin(0), leaf: HASH }, reason: 'legal' }],
      ['an index beyond all', { record: { origin: origin(0), index: 2 ** 53, leaf: HASH }, reason: 'legal' }],
      [
        'a hash in capitals',
        { record: { origin: origin(0), index: 0, leaf: HASH.toUpperCase() }, reason: 'legal' },
      ],
      ['words as reason', { record: { origin: origin(0), index: 0, leaf: HASH }, reason: 'it was wrong' }],
    ],
  },
  'attachment-tombstone/1': {
    fits: [['bytes', { sha256: HASH, size: 0, reason: 'legal' }]],
    unfit: [['no size', { sha256: HASH, reason: 'legal' }]],
  },
  'association-charter/1': {
    fits: [
      ['two thirds', charter({})],
      ['some of them', charter({ rule: { kind: 'k-of-n', k: 2 } })],
      ['a convener, and a duty', charter({ rule: { kind: 'convener' }, deletionDays: 30 })],
      ['64 members', charter({ members: membersOf(64) })],
    ],
    unfit: [
      ['one member', charter({ members: membersOf(1) })],
      ['65 members', charter({ members: membersOf(65) })],
      ['a handle twice', charter({ members: { [memberId(0)]: 'a', [memberId(1)]: 'a' } })],
      ['a handle as member', charter({ members: { nairobi: 'a', cusco: 'b' } })],
      ['more than there are', charter({ rule: { kind: 'k-of-n', k: 3 } })],
      ['more witnesses than members', charter({ witnesses: 3 })],
      ['another rule', charter({ rule: { kind: 'lot' } })],
      ['no purpose', charter({ purpose: '' })],
    ],
  },
  'association-sign/1': {
    fits: [['a charter', { association: ASSOCIATION, charter: { origin: origin(0), index: 3, leaf: HASH } }]],
    unfit: [
      ['a member', { association: MEMBER, charter: { origin: origin(0), index: 3, leaf: HASH } }],
      ['no charter', { association: ASSOCIATION }],
    ],
  },
  'association-roster/1': {
    fits: [
      ['the first', roster({})],
      ['evidence', roster({ round: 3, evidence: [{ origin: origin(0), index: 3, leaf: HASH }] })],
      ['one member', roster({ members: membersOf(1) })],
    ],
    unfit: [
      ["the charter's own", roster({ epoch: 0 })],
      ['no member', roster({ members: {} })],
      ['empty evidence', roster({ evidence: [] })],
      ['a round before the first', roster({ round: -1 })],
    ],
  },
  'association-endorse/1': {
    fits: [['a roster', { association: ASSOCIATION, epoch: 1, round: 0, roster: HASH }]],
    unfit: [['no roster', { association: ASSOCIATION, epoch: 1, round: 0 }]],
  },
  'association-abandon/1': {
    fits: [
      ['nothing endorsed', { association: ASSOCIATION, epoch: 1, round: 0, endorsed: [] }],
      [
        'something endorsed',
        { association: ASSOCIATION, epoch: 1, round: 1, endorsed: [{ round: 0, roster: HASH }] },
      ],
    ],
    unfit: [['silence', { association: ASSOCIATION, epoch: 1, round: 0 }]],
  },
  'association-leave/1': {
    fits: [['an association', { association: ASSOCIATION }]],
    unfit: [['none', {}]],
  },
}

const TIME = '2026-11-24T08:00:00.000Z'
const isFit = (type: string, body: object) => PublicRecord.safeParse({ type, time: TIME, body }).success

describe.each(Object.entries(CASES))('%s', (type, { fits, unfit }) => {
  it.each(fits)('takes %s', (_, body) => expect(isFit(type, body)).toBe(true))
  it.each(unfit)('refuses %s', (_, body) => expect(isFit(type, body)).toBe(false))

  it('takes what a later minor version may add', () => {
    for (const [, body] of fits) expect(isFit(type, { ...body, added: { since: 2 } })).toBe(true)
  })
})

it('has cases for every type', () => {
  expect(Object.keys(CASES).toSorted()).toEqual([...RECORD_TYPES].toSorted())
})

it('knows its types and which of them the recovery quorum signs', () => {
  expect(isRecordType('member-genesis/1')).toBe(true)
  expect(isRecordType('member-genesis/2')).toBe(false)
  expect(isRecordType('toString')).toBe(false)
  expect(RECORD_TYPES.filter(needsRecoveryQuorum)).toEqual([
    'member-genesis/1',
    'member-keys/1',
    'log-succession/1',
  ])
})

describe('references', () => {
  const withReferences = (count: number) => ({
    type: 'member-keys/1',
    time: TIME,
    body: { log: key(1) },
    refs: Array.from({ length: count }, (_, index) => ({ origin: origin(0), index, leaf: HASH })),
  })

  it.each([
    [0, false],
    [1, true],
    [64, true],
    [65, false],
  ])('may be %d: %s', (count, isAllowed) => {
    expect(PublicRecord.safeParse(withReferences(count)).success).toBe(isAllowed)
  })
})

it('names a member by the hash of its first leaf', () => {
  // printf 'genesis\n' | sha256sum, its first 20 bytes through base32, in small letters
  expect(memberIdOf(utf8('genesis\n'))).toBe('mwb3ljlc57vlqm52tryr3ksayaivdphjo')
})
