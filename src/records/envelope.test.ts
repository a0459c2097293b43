import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../kernel/bytes.ts'
import { MemberId, originOf } from '../kernel/names.ts'
import {
  CAPACITY_KINDS,
  findPersonalData,
  MAX_LEAF_BYTES,
  PublicRecord,
  RECORD_TYPES,
  readLeaf,
  type RecordType,
  SECTORS,
  UNITS_OF,
  writeLeaf,
} from './index.ts'

const TIME = '2026-11-24T08:00:00.000Z'
const MEMBER = MemberId.parse('mabcdefghijklmnopqrstuvwxyz234567')
const OTHER = MemberId.parse('m234567abcdefghijklmnopqrstuvwxyz')

const base64Of = (byte: number) => Buffer.alloc(32, byte).toString('base64')
/** What a careless caller would hand over: no schema has looked at it. */
const unchecked = (type: RecordType, body: object) => ({ type, time: TIME, body }) as PublicRecord

const digits = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  })
const size = fc.maxSafeNat()
const base64 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toBase64())
const origin = fc.nat(20).map((log) => originOf(MEMBER, log))
const moment = fc
  .date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString())
const words = fc.constantFrom('Институт', 'معهد الذكاء', '人工智能研究所', 'Nairobi "AI" \\ Institute', 'é')
const note = origin.map((name) => `${name}\n7\n${base64Of(7)}\n\n— ${name} ${base64Of(9)}\n`)
const repository = fc.constantFrom('nairobi/asr', 'nairobi.speech/ASR_2')
const kind = fc.constantFrom('model', 'dataset')
const reference = fc.record({ origin, index: size, leaf: digits(64) })
const reason = fc.constantFrom('mistake', 'legal', 'personalData', 'superseded')
const association = fc.constant(`a${MEMBER.slice(1)}`)
const members = fc
  .uniqueArray(fc.nat(31), { minLength: 2, maxLength: 9 })
  .map((numbers) =>
    Object.fromEntries(
      numbers.map((n) => [`m${'abcdefghijklmnopqrstuvwxyz234567'[n]}${MEMBER.slice(2)}`, `h-${n}`]),
    ),
  )
const some = <Value>(of: fc.Arbitrary<Value>, maxLength: number) =>
  fc.uniqueArray(of, { minLength: 1, maxLength })

const day = moment.map((time) => time.slice(0, 10))
const days = fc.tuple(day, day).map((both) => both.toSorted())
const amount = fc.integer({ min: 1, max: 1_000_000_000_000 })
const country = fc.constantFrom('KE', 'BO', 'NP', 'CF')
const countries = some(country, 4)
const language = fc.constantFrom('sw', 'quy', 'zh-Hant', 'es-419')
const sector = fc.constantFrom(...SECTORS)
const goals = some(fc.integer({ min: 1, max: 17 }), 17)
const measure = fc
  .constantFrom(...CAPACITY_KINDS)
  .chain((kind) => fc.record({ kind: fc.constant(kind), unit: fc.constantFrom(...UNITS_OF[kind]) }))
const groups = fc.uniqueArray(reference, { minLength: 1, maxLength: 4, selector: ({ leaf }) => leaf })
const whom = { groups, countries, members: fc.constant([MEMBER]), purposes: some(sector, 11) }
const conditionId = fc.constantFrom('open-weights', 'report', 'a')
const technical = {
  memoryGb: fc.integer({ min: 1, max: 100_000 }),
  accelerators: some(fc.constantFrom('cuda', 'rocm', 'ascend', 'metal', 'tpu', 'cpu'), 6),
  languages: some(language, 4),
}
const statedIn = { title: words, language }
/** With a window of which either end may be missing. */
const within = <Body extends object>(body: fc.Arbitrary<Body>) =>
  fc.tuple(body, days, fc.boolean(), fc.boolean()).map(([rest, [from, until], hasFrom, hasUntil]) => ({
    ...rest,
    ...(hasFrom && { from }),
    ...(hasUntil && { until }),
  }))
const merged = (one: fc.Arbitrary<object>, other: fc.Arbitrary<object>) =>
  fc.tuple(one, other).map(([first, second]) => ({ ...first, ...second }))
/** An amount, and one that is no larger. */
const amounts = fc.tuple(amount, amount).map((two) => two.toSorted((a, b) => a - b))

const BODIES: Record<RecordType, fc.Arbitrary<object>> = {
  'member-genesis/1': fc
    .tuple(fc.uniqueArray(base64, { minLength: 3, maxLength: 11 }), fc.nat())
    .map(([[log, witness, ...keys], n]) => ({
      recovery: { keys, threshold: 1 + (n % keys.length) },
      log,
      witness,
    })),
  'member-profile/1': fc.record(
    {
      handle: fc.constantFrom('nairobi', 'a', 'x-1'),
      name: words,
      description: words.map((text) => `${text}\n${text}`),
      languages: some(
        fc.constantFrom('sw', 'zh-Hant-TW', 'ar-001', 'es-419', 'sl-rozaj-1994', 'en-x-plain'),
        5,
      ),
      country: fc.constantFrom('KE', 'FR'),
    },
    { requiredKeys: ['handle', 'name'] },
  ),
  'member-endpoints/1': some(
    fc.constantFrom(
      'https://ai.example.org',
      'http://192.0.2.1:7700/',
      'https://xn--e1afmkfd.example/a/b/',
      'http://[2001:db8::1]',
    ),
    4,
  ).map((urls) => ({ urls })),
  'member-keys/1': fc.oneof(fc.record({ log: base64 }), fc.record({ witness: base64 })),
  'member-message-keys/1': fc
    .uniqueArray(base64, { minLength: 2, maxLength: 2 })
    .map(([seal, sign]) => ({ seal, sign })),
  'log-succession/1': fc
    .record({
      genesis: note,
      previous: fc.record({ origin, checkpoint: note }),
      reason: fc.constantFrom('compromise', 'fork', 'loss'),
      log: base64,
      witness: base64,
    })
    .filter(({ log, witness }) => log !== witness),
  'log-observed/1': fc
    .uniqueArray(fc.record({ origin, size, root: base64 }), {
      minLength: 1,
      maxLength: 9,
      selector: (head) => head.origin,
    })
    .map((heads) => ({ heads })),
  'log-fork/1': fc
    .tuple(fc.uniqueArray(note, { minLength: 2, maxLength: 2 }), fc.array(base64, { maxLength: 63 }))
    .map(([[first, second], proof]) => ({ first, second, proof })),
  'repository-revision/1': fc.record(
    {
      repository,
      kind,
      ref: fc.constantFrom('refs/heads/main', 'refs/tags/v1', 'refs/pr/1'),
      commit: digits(40),
      manifest: fc.record({ sha256: digits(64), size: fc.integer({ min: 1, max: 67_108_864 }) }),
    },
    { requiredKeys: ['repository', 'kind', 'ref', 'commit'] },
  ),
  'repository-withdrawal/1': fc.record(
    { repository, kind, movedTo: repository },
    { requiredKeys: ['repository', 'kind'] },
  ),
  'public-good/1': fc.record({
    repository,
    kind,
    licence: fc.constantFrom('Apache-2.0', 'MIT OR (CC-BY-4.0 AND LicenseRef-own)'),
    maintainer: fc.constant(MEMBER),
    holders: fc.integer({ min: 1, max: 1000 }),
    until: moment.map((time) => time.slice(0, 10)),
  }),
  'record-retraction/1': fc.record({ record: reference, reason }),
  'attachment-tombstone/1': fc.record({ sha256: digits(64), size, reason }),
  'association-charter/1': fc.record(
    {
      name: words,
      purpose: words,
      members,
      rule: fc.oneof(
        fc.constantFrom({ kind: 'two-thirds' }, { kind: 'convener' }),
        fc.record({ kind: fc.constant('k-of-n'), k: fc.constantFrom(1, 2) }),
      ),
      deletionDays: fc.integer({ min: 1, max: 3650 }),
      witnesses: fc.constantFrom(1, 2),
    },
    { requiredKeys: ['name', 'purpose', 'members', 'rule', 'witnesses'] },
  ),
  'association-sign/1': fc.record({ association, charter: reference }),
  'association-roster/1': fc.record(
    {
      association,
      epoch: fc.integer({ min: 1, max: 9999 }),
      round: fc.nat(9999),
      members,
      previous: digits(64),
      evidence: fc.array(reference, { minLength: 1, maxLength: 20 }),
    },
    { requiredKeys: ['association', 'epoch', 'round', 'members', 'previous'] },
  ),
  'association-endorse/1': fc.record({
    association,
    epoch: fc.integer({ min: 1, max: 9999 }),
    round: fc.nat(9999),
    roster: digits(64),
  }),
  'association-abandon/1': fc.record({
    association,
    epoch: fc.integer({ min: 1, max: 9999 }),
    round: fc.nat(9999),
    endorsed: fc.array(fc.record({ round: fc.nat(9999), roster: digits(64) }), { maxLength: 64 }),
  }),
  'association-leave/1': fc.record({ association }),
  'need/1': fc
    .tuple(
      measure,
      within(
        fc.record(
          {
            ...statedIn,
            ...technical,
            purpose: words,
            country,
            sector,
            goals,
            residency: countries,
            accepts: some(conditionId, 3),
            outputs: words,
            readiness: fc.array(reference, { minLength: 1, maxLength: 16 }),
            replaces: reference,
          },
          { requiredKeys: ['title', 'language', 'purpose', 'country', 'sector'] },
        ),
      ),
      amounts,
    )
    .map(([measured, rest, [minimum, most]]) => ({ ...measured, ...rest, minimum, amount: most })),
  'offer/1': fc
    .tuple(
      measure,
      within(
        fc.record(
          {
            ...statedIn,
            ...technical,
            description: words,
            location: country,
            price: fc.record({
              micros: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
              currency: fc.constantFrom('KES', 'EUR'),
            }),
            eligible: fc.record(whom, { requiredKeys: [] }),
            excluded: fc.array(
              fc.record({ ...whom, reason: words }, { requiredKeys: ['countries', 'reason'] }),
              { minLength: 1, maxLength: 4 },
            ),
            caps: fc.record({ member: amount, country: amount }, { requiredKeys: [] }),
            conditions: some(conditionId, 3).map((ids) => ids.map((id) => ({ id, text: 'Say so.' }))),
            standing: fc.record({ each: amount, member: amount, month: amount }),
            pledge: reference,
            replaces: reference,
          },
          { requiredKeys: ['title', 'language', 'description'] },
        ),
      ),
      amounts,
      reference,
      fc.constantFrom('hard', 'soft'),
    )
    .map(([measured, rest, [kept, most], group, mode]) => ({
      ...measured,
      ...rest,
      amount: most,
      reserves: [{ group, amount: kept, mode }],
    })),
  'pledge/1': merged(measure, fc.record({ ...statedIn, description: words, amount, until: day })),
  'country-group/1': fc.record(
    {
      code: fc.constantFrom('ldc', 'small-islands'),
      name: words,
      source: words,
      url: fc.constant('https://example.org/list?of=2026#now'),
      asOf: day,
      countries,
    },
    { requiredKeys: ['code', 'name', 'source', 'asOf', 'countries'] },
  ),
  'matching-round/1': merged(
    measure,
    fc.record(
      {
        ...statedIn,
        description: words,
        rule: fc.oneof(
          fc.constantFrom({ name: 'leximin', version: 1 }, { name: 'proportional', version: 1 }),
          fc.record({ name: fc.constant('priority'), version: fc.constant(1), order: groups }),
        ),
        deadline: moment,
        members: fc.constant([MEMBER]),
        weights: groups.map((of) => of.map((group) => ({ group, weight: 2 }))),
        shown: groups,
      },
      { requiredKeys: ['title', 'language', 'description', 'rule', 'deadline'] },
    ),
  ),
  'matching-result/1': fc.record({
    round: reference,
    cut: fc.uniqueArray(
      fc.record({ origin, size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), root: base64 }),
      { minLength: 1, maxLength: 9, selector: (head) => head.origin },
    ),
    input: digits(64),
    result: digits(64),
  }),
  'agreement/1': merged(
    fc.record(
      {
        ...statedIn,
        description: words,
        parties: fc.constant([MEMBER, OTHER]),
        obligations: fc.array(
          merged(
            measure,
            fc.record(
              {
                by: fc.constantFrom(MEMBER, OTHER),
                amount,
                text: words,
                due: day,
                need: reference,
                offer: reference,
                pledge: reference,
              },
              { requiredKeys: ['by', 'amount', 'text', 'due'] },
            ),
          ),
          { minLength: 1, maxLength: 8 },
        ),
        country,
        sector,
        goals,
        result: reference,
        standing: fc.constant(true),
      },
      {
        requiredKeys: ['title', 'language', 'description', 'parties', 'obligations', 'country', 'sector'],
      },
    ),
    days.map(([from, until]) => ({ from, until })),
  ),
  'agreement-signature/1': fc.record({ agreement: reference, answer: fc.constantFrom('sign', 'decline') }),
  'agreement-end/1': fc.record(
    { agreement: reference, end: fc.constantFrom('closed', 'cancelled'), reason: words },
    { requiredKeys: ['agreement', 'end'] },
  ),
  'delivery/1': merged(
    fc.record(
      {
        agreement: reference,
        obligation: fc.nat(31),
        amount,
        evidence: fc.array(
          fc.oneof(
            fc.record({ kind: fc.constant('revision'), record: reference }),
            fc.record({
              kind: fc.constant('file'),
              format: fc.constantFrom('slurm', 'csv', 'digests'),
              repository,
              repositoryKind: kind,
              commit: digits(40),
              path: fc.constant('reports/2027-01.csv'),
              sha256: digits(64),
            }),
          ),
          { minLength: 1, maxLength: 16 },
        ),
        note: words,
      },
      { requiredKeys: ['agreement', 'obligation', 'amount'] },
    ),
    days.map(([from, until]) => ({ from, until })),
  ),
  'delivery-verdict/1': fc.record(
    { delivery: reference, verdict: fc.constantFrom('accepted', 'disputed'), reason: words },
    { requiredKeys: ['delivery', 'verdict', 'reason'] },
  ),
}

const anyRecord: fc.Arbitrary<PublicRecord> = fc.constantFrom(...RECORD_TYPES).chain((type) =>
  fc
    .record(
      {
        type: fc.constant(type),
        time: moment,
        body: BODIES[type],
        refs: fc.array(reference, { minLength: 1, maxLength: 64 }),
      },
      { requiredKeys: ['type', 'time', 'body'] },
    )
    .map((record) => PublicRecord.parse(record)),
)

/** The ways to all texts in a value. */
function textsOf(value: unknown, way: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value === 'string') return [way]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => textsOf(member, [...way, name]))
}

/** The same value, but for the text at the end of the way. */
function withText(value: unknown, [name, ...way]: readonly string[], text: string): unknown {
  if (name === undefined) return text
  if (typeof value !== 'object' || value === null) return value
  const changed = Object.entries(value).map(([key, member]) =>
    key === name ? [key, withText(member, way, text)] : [key, member],
  )
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed)
}

const WITHDRAWAL =
  '{"body":{"kind":"model","repository":"nairobi/asr"},"time":"2026-11-24T08:00:00.000Z","type":"repository-withdrawal/1"}'
const SIGNATURE = `— log ${Buffer.alloc(68, 7).toString('base64')}\n`

const reasonOf = (text: string | Uint8Array) => {
  const leaf = readLeaf(typeof text === 'string' ? utf8(text) : text)
  return leaf.kind === 'inert' ? leaf.reason : leaf.kind
}

describe('a leaf', () => {
  it('reads back as the record that was written, for every type', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(anyRecord, (record) => {
        const leaf = writeLeaf(record)
        const read = readLeaf(leaf)
        expect(read).toEqual({
          kind: 'record',
          record,
          text: read.kind === 'record' && read.text,
          isSigned: false,
        })
        expect(read.kind === 'record' && utf8(`${read.text}\n`)).toEqual(leaf)
        seen.add(record.type)
      }),
      { numRuns: 600 },
    )
    expect([...seen].toSorted()).toEqual([...RECORD_TYPES].toSorted())
  })

  it('hides no words from the search for personal data, and none is found where there is none', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(findPersonalData(record)).toEqual([])
        for (const way of textsOf(record.body)) {
          const changed = PublicRecord.safeParse(withText(record, ['body', ...way], 'post@example.org'))
          if (changed.success)
            expect(findPersonalData(changed.data)).toEqual([{ field: way.join('.'), kind: 'email' }])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is a record or inert, whatever happens to its bytes', () => {
    const change = fc.record({ at: fc.nat(), remove: fc.nat(3), insert: fc.uint8Array({ maxLength: 3 }) })
    fc.assert(
      fc.property(anyRecord, fc.array(change, { minLength: 1, maxLength: 3 }), (record, changes) => {
        let bytes = [...writeLeaf(record)]
        for (const { at, remove, insert } of changes) bytes.splice(at % bytes.length, remove, ...insert)
        expect(['record', 'inert']).toContain(readLeaf(Uint8Array.from(bytes)).kind)
      }),
      { numRuns: 1000 },
    )
  })

  it('is a record or inert, whatever JSON it holds', () => {
    const envelope = fc.record(
      {
        type: fc.constantFrom<unknown>(...RECORD_TYPES, 7, 'no'),
        time: fc.anything(),
        body: fc.jsonValue(),
        refs: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          envelope.map((value) => JSON.stringify(value)),
          fc.string(),
        ),
        (text) => {
          expect(['record', 'inert']).toContain(readLeaf(utf8(`${text}\n`)).kind)
        },
      ),
    )
  })

  it('keeps what its schema does not know in its text, and ignores it', () => {
    const leaf = readLeaf(utf8(`${WITHDRAWAL.replace('"kind"', '"because":{"of":[1]},"kind"')}\n`))
    expect(leaf).toMatchObject({ kind: 'record', text: expect.stringContaining('because') })
    expect(leaf.kind === 'record' && leaf.record.body).toEqual({ kind: 'model', repository: 'nairobi/asr' })
  })
})

describe('signature lines', () => {
  it('are told by their form', () => {
    expect(readLeaf(utf8(`${WITHDRAWAL}\n\n${SIGNATURE}`))).toMatchObject({ kind: 'record', isSigned: true })
    expect(readLeaf(utf8(`${WITHDRAWAL}\n`))).toMatchObject({
      kind: 'record',
      isSigned: false,
      text: WITHDRAWAL,
    })
  })

  it.each([
    ['no empty line', SIGNATURE],
    ['no signature', '\n'],
    ['two empty lines', `\n\n${SIGNATURE}`],
    ['no line end', `\n${SIGNATURE.trimEnd()}`],
    ['a hyphen', `\n${SIGNATURE.replace('—', '-')}`],
    ['a plus in the name', `\n${SIGNATURE.replace('log', 'l+g')}`],
    ['no name', `\n${SIGNATURE.replace('log', '')}`],
    ['a key id only', '\n— log AAAAAA==\n'],
    ['base64 with spare bits', '\n— log AAAAAAB=\n'],
    ['a line more', `\n${SIGNATURE}{}\n`],
    ['65 signatures', `\n${SIGNATURE.repeat(65)}`],
  ])('are refused with %s', (_, rest) => {
    expect(reasonOf(`${WITHDRAWAL}\n${rest}`)).toBe('badSignatureLines')
  })

  it('may be 64', () => {
    expect(reasonOf(`${WITHDRAWAL}\n\n${SIGNATURE.repeat(64)}`)).toBe('record')
  })
})

describe('what is no record', () => {
  const withTitle = (value: string) => `${WITHDRAWAL.replace('"kind"', `"a":${value},"kind"`)}\n`

  it.each([
    ['nothing', '', 'noLine'],
    ['no line end', WITHDRAWAL, 'noLine'],
    ['an empty line', '\n', 'notJson'],
    ['a key twice', withTitle('1,"a":1'), 'notCanonical'],
    ['1.0', withTitle('1.0'), 'notCanonical'],
    ['1e2', withTitle('1e2'), 'notCanonical'],
    ['1.5', withTitle('1.5'), 'notCanonical'],
    ['-0', withTitle('-0'), 'notCanonical'],
    ['2^53', withTitle('9007199254740992'), 'notCanonical'],
    ['2^53+1', withTitle('9007199254740993'), 'notCanonical'],
    ['-2^53', withTitle('-9007199254740992'), 'notCanonical'],
    ['a number beyond all', withTitle('1e999'), 'notCanonical'],
    ['an escape without need', withTitle(String.raw`"\u0041"`), 'notCanonical'],
    ['an escaped solidus', withTitle(String.raw`"\/"`), 'notCanonical'],
    ['a lone surrogate', withTitle(String.raw`"\ud800"`), 'notCanonical'],
    ['a lone surrogate in a key', withTitle(String.raw`{"\udc00":1}`), 'notCanonical'],
    ['white space', WITHDRAWAL.replace(':', ': ') + '\n', 'notCanonical'],
    ['white space at the end', `${WITHDRAWAL} \n`, 'notCanonical'],
    ['a carriage return', `${WITHDRAWAL}\r\n`, 'notCanonical'],
    ['keys out of order', withTitle('{"b":1,"a":1}'), 'notCanonical'],
    ['__proto__', withTitle('{"__proto__":1}'), 'notCanonical'],
    ['an escaped __proto__', withTitle(String.raw`{"\u005f_proto__":1}`), 'notCanonical'],
    ['a byte order mark', `\ufeff${WITHDRAWAL}\n`, 'notJson'],
    ['a raw control character', withTitle('"\u0001"'), 'notJson'],
    ['two values', `${WITHDRAWAL}${WITHDRAWAL}\n`, 'notJson'],
    ['a list', '[]\n', 'notAnEnvelope'],
    ['null', 'null\n', 'notAnEnvelope'],
    ['a member more', WITHDRAWAL.replace('"time"', '"id":1,"time"') + '\n', 'notAnEnvelope'],
    ['no body', '{"time":"2026-11-24T08:00:00.000Z","type":"repository-withdrawal/1"}\n', 'notAnEnvelope'],
    [
      'a body that is a list',
      '{"body":[],"time":"2026-11-24T08:00:00.000Z","type":"a/1"}\n',
      'notAnEnvelope',
    ],
    ['empty references', WITHDRAWAL.replace('"time"', '"refs":[],"time"') + '\n', 'notAnEnvelope'],
    ['a time without milliseconds', WITHDRAWAL.replace('.000Z', 'Z') + '\n', 'notAnEnvelope'],
    ['a time elsewhere', WITHDRAWAL.replace('.000Z', '.000+01:00') + '\n', 'notAnEnvelope'],
    ['a day that is none', WITHDRAWAL.replace('11-24', '02-29') + '\n', 'notAnEnvelope'],
    ['a type without major', WITHDRAWAL.replace('withdrawal/1', 'withdrawal') + '\n', 'notAnEnvelope'],
    [
      'a major with a zero before',
      WITHDRAWAL.replace('withdrawal/1', 'withdrawal/01') + '\n',
      'notAnEnvelope',
    ],
    ['another major', WITHDRAWAL.replace('withdrawal/1', 'withdrawal/2') + '\n', 'unknownType'],
    [
      'a type of nobody',
      WITHDRAWAL.replace('repository-withdrawal/1', 'constructor/1') + '\n',
      'unknownType',
    ],
    ['a body without what it must have', WITHDRAWAL.replace('"kind":"model",', '') + '\n', 'badBody'],
    ['a body of another kind', WITHDRAWAL.replace('"model"', '"song"') + '\n', 'badBody'],
  ])('is inert: %s', (_, text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  it('says which type it would have been', () => {
    const unknown = utf8('{"body":{},"time":"2026-11-24T08:00:00.000Z","type":"song-title/12"}\n')
    expect(readLeaf(unknown)).toEqual({ kind: 'inert', reason: 'unknownType', type: 'song-title/12' })
  })

  it('is inert when it is not UTF-8', () => {
    for (const bytes of [
      [0xff, 0x0a],
      [0xc0, 0x80, 0x0a],
      [0xed, 0xa0, 0x80, 0x0a],
      [0x22, 0xe2, 0x82, 0x22, 0x0a],
    ]) {
      expect(reasonOf(Uint8Array.from(bytes))).toBe('notUtf8')
    }
  })

  it('may be 16 deep and no deeper', () => {
    const nested = (depth: number) => withTitle(`${'['.repeat(depth)}${']'.repeat(depth)}`)
    expect(reasonOf(nested(14))).toBe('record')
    expect(reasonOf(nested(15))).toBe('tooDeep')
    expect(reasonOf(`${'['.repeat(32_000)}\n`)).toBe('tooDeep')
    expect(reasonOf(`${'{"a":'.repeat(5_000)}\n`)).toBe('tooDeep')
    expect(reasonOf(withTitle(`"${'[{'.repeat(100)}\\"["`))).toBe('record')
  })

  it('is inert beyond 32 KiB, and read up to there', () => {
    const filled = (bytes: number) => {
      const leaf = withTitle('""')
      return leaf.replace('""', `"${'x'.repeat(bytes - leaf.length)}"`)
    }
    expect(reasonOf(filled(MAX_LEAF_BYTES))).toBe('record')
    expect(reasonOf(filled(MAX_LEAF_BYTES + 1))).toBe('tooLong')
    expect(reasonOf(new Uint8Array(64 * 1024))).toBe('tooLong')
  })

  it('takes its time for no bytes: hostile leaves of full length are read in milliseconds', () => {
    const quotes = '"'.repeat(MAX_LEAF_BYTES - 1)
    const escapes = `"${'\\'.repeat(MAX_LEAF_BYTES - 3)}"`
    const lines = `${WITHDRAWAL}\n\n${'— '.repeat(5000)}\n`
    const equals = `${WITHDRAWAL}\n\n— log ${'A'.repeat(25_000)}!\n`
    const urls = `{"body":{"urls":["http://${'a-'.repeat(15_000)}"]},"time":"2026-11-24T08:00:00.000Z","type":"member-endpoints/1"}\n`
    const heads = `{"body":{"heads":[${'{},'.repeat(10_000)}{}]},"time":"${TIME}","type":"log-observed/1"}\n`
    const start = performance.now()
    for (const text of [`${quotes}\n`, `${escapes}\n`, lines, equals, urls, heads]) reasonOf(text)
    expect(performance.now() - start).toBeLessThan(250)
  })
})

describe('writing', () => {
  const heads = (count: number): PublicRecord =>
    unchecked('log-observed/1', {
      heads: Array.from({ length: count }, (_, index) => ({
        origin: originOf(MEMBER, index),
        root: base64Of(index),
        size: 123_456,
      })),
    })

  it('refuses a record that its own reader would not read', () => {
    expect(() => writeLeaf(unchecked('member-keys/1', {}))).toThrow('badBody')
    expect(() => writeLeaf(unchecked('member-keys/1', { log: base64Of(1), until: 7 }))).toThrow(
      'unknown members',
    )
  })

  it('refuses more than 16 KiB, which is 130 heads of logs', () => {
    expect(writeLeaf(heads(130)).length).toBeLessThanOrEqual(16 * 1024)
    expect(() => writeLeaf(heads(256))).toThrow('bytes')
  })

  it('reads 256 heads of logs', () => {
    const { body, time, type } = heads(256) // in the order of canonical JSON
    expect(reasonOf(`${JSON.stringify({ body, time, type })}\n`)).toBe('record')
  })
})
