import { describe, expect, it } from 'vitest'

import { utf8 } from '../kernel/bytes.ts'
import {
  MAX_WRITTEN_LEAF_BYTES,
  PublicRecord,
  RECORD_TYPES,
  isRecordType,
  memberIdOf,
  needsRecoveryQuorum,
  writeLeaf,
} from './index.ts'

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const keys = (count: number) => Array.from({ length: count }, (_, index) => key(index + 10))
const MEMBER = `m${'a'.repeat(32)}`
const origin = (log: number | string) => `ayni/${MEMBER}/${log}`
const HASH = 'ab'.repeat(32)
const OID = 'cd'.repeat(20)
const TIME = '2026-11-24T08:00:00.000Z'
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

const reference = (leaf = HASH, index = 3) => ({ origin: origin(0), index, leaf })
const OTHER_HASH = 'cd'.repeat(32)
const OTHER = `m${'z'.repeat(32)}`
const manyMembers = (count: number) =>
  Array.from(
    { length: count },
    (_, index) => `m${'abcdefghij'[index % 10]}${'abcdefghijk'[Math.floor(index / 10)]}${'a'.repeat(30)}`,
  )
const need = (changed: object) => ({
  kind: 'compute',
  unit: 'gpu-hour',
  title: 'Train a speech model',
  purpose: 'For clinics.\nAll of it will be open.',
  language: 'en',
  country: 'UG',
  amount: 1200,
  sector: 'health',
  ...changed,
})
const offer = (changed: object) => ({
  kind: 'skills',
  unit: 'seat',
  title: 'A course',
  description: 'Ten weeks.',
  language: 'es-419',
  amount: 30,
  ...changed,
})
const pledge = (changed: object) => ({
  kind: 'connectivity',
  unit: 'megabit-month',
  title: 'Links',
  description: 'For campuses.',
  language: 'fr',
  amount: 5000,
  until: '2031-12-31',
  ...changed,
})
const group = (changed: object) => ({
  code: 'ldc',
  name: 'Least developed countries',
  source: 'Committee for Development Policy',
  asOf: '2026-11-24',
  countries: ['TD', 'NP'],
  ...changed,
})
const matching = (changed: object) => ({
  kind: 'compute',
  unit: 'gpu-hour',
  title: 'First half of 2027',
  description: 'For all.',
  language: 'en',
  rule: { name: 'leximin', version: 1 },
  deadline: TIME,
  ...changed,
})
const cut = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ origin: origin(index), size: 1 + index, root: key(index) }))
const result = (changed: object) => ({
  round: reference(),
  cut: cut(2),
  input: HASH,
  result: OTHER_HASH,
  ...changed,
})
const obligation = (changed: object) => ({
  by: MEMBER,
  kind: 'expertise',
  unit: 'expert-day',
  amount: 10,
  text: 'Reviews.',
  due: '2027-06-30',
  ...changed,
})
const agreement = (changed: object) => ({
  title: 'Reviews',
  description: 'Of two models.',
  language: 'zh-Hant',
  parties: [MEMBER, OTHER],
  obligations: [obligation({})],
  from: '2027-01-01',
  until: '2027-12-31',
  country: 'NP',
  sector: 'other',
  ...changed,
})
const evidence = (changed: object) => ({
  kind: 'file',
  format: 'csv',
  repository: 'cusco/usage',
  repositoryKind: 'dataset',
  commit: OID,
  path: '2027/02.csv',
  sha256: HASH,
  ...changed,
})
const delivery = (changed: object) => ({
  agreement: reference(),
  obligation: 0,
  amount: 10,
  from: '2027-02-01',
  until: '2027-02-01',
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
  'need/1': {
    fits: [
      ['the least that is said', need({})],
      ['all or nothing, from a day on', need({ minimum: 1200, from: '2027-01-01' })],
      ['one day', need({ from: '2027-01-01', until: '2027-01-01' })],
      ['storage', need({ unit: 'terabyte-month' })],
      [
        'goals, languages, places',
        need({ goals: [1, 17], languages: ['sw', 'es-419'], residency: ['KE', 'UG'] }),
      ],
      ['a condition accepted', need({ accepts: ['open-weights', 'a'] })],
      ['another one replaced', need({ replaces: reference(), readiness: [reference()] })],
    ],
    unfit: [
      ['a unit of another kind', need({ unit: 'seat' })],
      ['a kind of nobody', need({ kind: 'money', unit: 'eur' })],
      ['nothing', need({ amount: 0 })],
      ['less than nothing', need({ amount: -1 })],
      ['half an hour', need({ amount: 0.5 })],
      ['an amount as text', need({ amount: '1200' })],
      ['an amount beyond all', need({ amount: 1_000_000_000_001 })],
      ['a minimum above the amount', need({ minimum: 1201 })],
      ['a minimum of nothing', need({ minimum: 0 })],
      ['a window backwards', need({ from: '2027-01-02', until: '2027-01-01' })],
      ['a day that is none', need({ from: '2027-02-29' })],
      ['a country in small letters', need({ country: 'ug' })],
      ['no country', need({ country: undefined })],
      ['a country twice', need({ residency: ['KE', 'KE'] })],
      ['nowhere', need({ residency: [] })],
      ['goal 18', need({ goals: [18] })],
      ['a goal twice', need({ goals: [3, 3] })],
      ['a language by its name', need({ language: 'English' })],
      ['a processor of nobody', need({ accelerators: ['abacus'] })],
      ['a processor twice', need({ accelerators: ['cuda', 'cuda'] })],
      ['a condition in words', need({ accepts: ['Open weights!'] })],
      ['a sector of nobody', need({ sector: 'war' })],
      ['a title of two lines', need({ title: 'one\ntwo' })],
      ['a long title', need({ title: 'x'.repeat(121) })],
      ['words that turn their direction', need({ purpose: 'for \u202eeverybody' })],
      ['an id alone as what it replaces', need({ replaces: HASH })],
    ],
  },
  'offer/1': {
    fits: [
      ['the least that is said', offer({})],
      [
        'all of it kept, for two groups',
        offer({
          reserves: [
            { group: reference(), amount: 10, mode: 'hard' },
            { group: reference(OTHER_HASH), amount: 20, mode: 'soft' },
          ],
        }),
      ],
      [
        'for members, for a purpose, for a price',
        offer({
          eligible: { members: [MEMBER], purposes: ['health'] },
          price: { micros: 1, currency: 'KES' },
        }),
      ],
      ['an exclusion', offer({ excluded: [{ countries: ['FR'], reason: 'Export control.' }] })],
      [
        'caps, conditions',
        offer({ caps: { country: 5 }, conditions: [{ id: 'a', text: 'Report.\nTwice.' }] }),
      ],
      ['small needs at once', offer({ standing: { each: 1, member: 2, month: 10 } })],
      ['a part of a pledge', offer({ pledge: reference(), replaces: reference(OTHER_HASH), location: 'PE' })],
    ],
    unfit: [
      ['a unit of another kind', offer({ unit: 'gpu-hour' })],
      ['no capacity', offer({ amount: 0 })],
      [
        'reserves above the offer',
        offer({
          reserves: [
            { group: reference(), amount: 11, mode: 'hard' },
            { group: reference(OTHER_HASH), amount: 20, mode: 'soft' },
          ],
        }),
      ],
      [
        'two reserves for one group',
        offer({
          reserves: [
            { group: reference(), amount: 1, mode: 'hard' },
            { group: reference(HASH, 4), amount: 1, mode: 'soft' },
          ],
        }),
      ],
      ['a reserve of another mode', offer({ reserves: [{ group: reference(), amount: 1, mode: 'maybe' }] })],
      ['an exclusion of nobody', offer({ excluded: [{ reason: 'Export control.' }] })],
      ['an exclusion without reason', offer({ excluded: [{ countries: ['FR'] }] })],
      ['a member twice', offer({ eligible: { members: [MEMBER, MEMBER] } })],
      ['a group twice', offer({ eligible: { groups: [reference(), reference()] } })],
      ['101 members', offer({ eligible: { members: manyMembers(101) } })],
      [
        'a condition twice',
        offer({
          conditions: [
            { id: 'a', text: 'x' },
            { id: 'a', text: 'y' },
          ],
        }),
      ],
      ['a condition without words', offer({ conditions: [{ id: 'a' }] })],
      ['a cap of nothing', offer({ caps: { member: 0 } })],
      ['a standing rule without a month', offer({ standing: { each: 1, member: 2 } })],
      ['a currency by its sign', offer({ price: { micros: 1, currency: '$' } })],
      ['a price of nothing', offer({ price: { micros: 0, currency: 'EUR' } })],
      ['a window backwards', offer({ from: '2027-01-02', until: '2027-01-01' })],
    ],
  },
  'pledge/1': {
    fits: [['a promise', pledge({})]],
    unfit: [
      ['a unit of another kind', pledge({ unit: 'dataset' })],
      ['no day', pledge({ until: undefined })],
      ['no amount', pledge({ amount: undefined })],
    ],
  },
  'country-group/1': {
    fits: [
      ['a list', group({})],
      ['where it is read', group({ url: 'https://example.org/a?b=c#d' })],
      ['of one', group({ countries: ['TD'] })],
    ],
    unfit: [
      ['none', group({ countries: [] })],
      ['one twice', group({ countries: ['TD', 'TD'] })],
      [
        'more than there can be',
        group({
          countries: Array.from(
            { length: 261 },
            (_, index) =>
              `${'ABCDEFGHIJK'[Math.floor(index / 26)]}${String.fromCodePoint(65 + (index % 26))}`,
          ),
        }),
      ],
      ['a country of three letters', group({ countries: ['TCD'] })],
      ['a code in words', group({ code: 'LDC list' })],
      ['a list that any network can change', group({ url: 'http://example.org' })],
      ['an address that opens a tag', group({ url: 'https://example.org/<b>' })],
      ['a year', group({ asOf: '2026' })],
      ['no source', group({ source: undefined })],
    ],
  },
  'matching-round/1': {
    fits: [
      ['the least that is said', matching({})],
      [
        'groups one after the other',
        matching({ rule: { name: 'priority', version: 1, order: [reference()] } }),
      ],
      ['100 members', matching({ members: manyMembers(100) })],
      [
        'weights and shown',
        matching({ weights: [{ group: reference(), weight: 1000 }], shown: [reference()] }),
      ],
    ],
    unfit: [
      ['a unit of another kind', matching({ unit: 'seat' })],
      ['a rule of nobody', matching({ rule: { name: 'lottery', version: 1 } })],
      ['another version of a rule', matching({ rule: { name: 'leximin', version: 2 } })],
      ['an order of nobody', matching({ rule: { name: 'priority', version: 1, order: [] } })],
      [
        'an order with one twice',
        matching({ rule: { name: 'priority', version: 1, order: [reference(), reference()] } }),
      ],
      ['a day as deadline', matching({ deadline: '2027-01-10' })],
      ['101 members', matching({ members: manyMembers(101) })],
      ['a member twice', matching({ members: [MEMBER, MEMBER] })],
      ['a weight of one', matching({ weights: [{ group: reference(), weight: 1 }] })],
      [
        'a group weighed twice',
        matching({
          weights: [
            { group: reference(), weight: 2 },
            { group: reference(), weight: 3 },
          ],
        }),
      ],
    ],
  },
  'matching-result/1': {
    fits: [
      ['two logs', result({})],
      ['100 logs', result({ cut: cut(100) })],
    ],
    unfit: [
      ['no log', result({ cut: [] })],
      ['101 logs', result({ cut: cut(101) })],
      ['a log twice', result({ cut: [...cut(1), ...cut(1)] })],
      ['an empty log', result({ cut: [{ origin: origin(0), size: 0, root: key(1) }] })],
      ['no round', result({ round: undefined })],
      ['a hash in base64', result({ input: key(1) })],
      ['words as a hash', result({ result: 'everybody got what it asked for' })],
    ],
  },
  'agreement/1': {
    fits: [
      ['one obligation', agreement({})],
      [
        'both ways',
        agreement({
          obligations: [
            obligation({ need: reference(), offer: reference(OTHER_HASH), pledge: reference() }),
            obligation({ by: OTHER, kind: 'data', unit: 'dataset', amount: 1 }),
          ],
          goals: [4],
          result: reference(),
        }),
      ],
      ['32 obligations', agreement({ obligations: Array(32).fill(obligation({})) })],
      ['at once', agreement({ standing: true })],
    ],
    unfit: [
      ['an obligation of a stranger', agreement({ obligations: [obligation({ by: memberId(3) })] })],
      ['an agreement with oneself', agreement({ parties: [MEMBER, MEMBER] })],
      ['one party', agreement({ parties: [MEMBER] })],
      ['three parties', agreement({ parties: [MEMBER, OTHER, memberId(3)] })],
      ['no obligation', agreement({ obligations: [] })],
      ['33 obligations', agreement({ obligations: Array(33).fill(obligation({})) })],
      ['a unit of another kind', agreement({ obligations: [obligation({ unit: 'seat' })] })],
      ['an obligation without a day', agreement({ obligations: [obligation({ due: undefined })] })],
      ['a window backwards', agreement({ from: '2027-12-31', until: '2027-01-01' })],
      ['no window', agreement({ from: undefined })],
      ['not at once', agreement({ standing: false })],
    ],
  },
  'agreement-signature/1': {
    fits: [
      ['a yes', { agreement: reference(), answer: 'sign' }],
      ['a no', { agreement: reference(), answer: 'decline' }],
    ],
    unfit: [
      ['perhaps', { agreement: reference(), answer: 'perhaps' }],
      ['of nothing', { answer: 'sign' }],
    ],
  },
  'agreement-end/1': {
    fits: [
      ['done', { agreement: reference(), end: 'closed' }],
      [
        'not to be done',
        { agreement: reference(), end: 'cancelled', reason: 'No electricity.\nFor months.' },
      ],
    ],
    unfit: [
      ['another end', { agreement: reference(), end: 'forgotten' }],
      ['an empty reason', { agreement: reference(), end: 'closed', reason: '' }],
    ],
  },
  'delivery/1': {
    fits: [
      ['without evidence', delivery({ note: 'Done.' })],
      ['a revision', delivery({ evidence: [{ kind: 'revision', record: reference() }] })],
      ['files', delivery({ obligation: 31, evidence: Array(16).fill(evidence({})) })],
    ],
    unfit: [
      ['the obligation after the last', delivery({ obligation: 32 })],
      ['no amount', delivery({ amount: undefined })],
      ['nothing', delivery({ amount: 0 })],
      ['days backwards', delivery({ from: '2027-02-02' })],
      ['no days', delivery({ from: undefined })],
      ['empty evidence', delivery({ evidence: [] })],
      ['17 files', delivery({ evidence: Array(17).fill(evidence({})) })],
      ['words as evidence', delivery({ evidence: ['we did it'] })],
      ['a spreadsheet', delivery({ evidence: [evidence({ format: 'xlsx' })] })],
      ['a file outside its repository', delivery({ evidence: [evidence({ path: '../secret' })] })],
      ['a file at a branch', delivery({ evidence: [evidence({ commit: 'main' })] })],
      ['a revision of nothing', delivery({ evidence: [{ kind: 'revision' }] })],
    ],
  },
  'delivery-verdict/1': {
    fits: [
      ['accepted', { delivery: reference(), verdict: 'accepted' }],
      ['accepted with words', { delivery: reference(), verdict: 'accepted', reason: 'Thank you.' }],
      ['disputed', { delivery: reference(), verdict: 'disputed', reason: 'Half of it is missing.' }],
    ],
    unfit: [
      ['a dispute without reason', { delivery: reference(), verdict: 'disputed' }],
      ['a mark', { delivery: reference(), verdict: 'good' }],
    ],
  },
}

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

it('lets the largest cut be written', () => {
  const longest = manyMembers(100).map((member) => ({
    origin: `ayni/${member}/999999`,
    size: Number.MAX_SAFE_INTEGER,
    root: key(1),
  }))
  const index = Number.MAX_SAFE_INTEGER
  const body = result({ cut: longest, round: { ...reference(HASH, index), origin: origin(999_999) } })
  const leaf = writeLeaf(PublicRecord.parse({ type: 'matching-result/1', time: TIME, body }))
  expect(leaf.length).toBeLessThan(MAX_WRITTEN_LEAF_BYTES)
})

it('names a member by the hash of its first leaf', () => {
  // printf 'genesis\n' | sha256sum, its first 20 bytes through base32, in small letters
  expect(memberIdOf(utf8('genesis\n'))).toBe('mwb3ljlc57vlqm52tryr3ksayaivdphjo')
})
