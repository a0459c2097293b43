import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { Name } from '../kernel/names.ts'
import { PublicRecord, RECORD_TYPES, findPersonalData } from './index.ts'

const TIME = '2026-11-24T08:00:00.000Z'
const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64')

const profile = (description: string) =>
  PublicRecord.parse({
    type: 'member-profile/1',
    time: TIME,
    body: { handle: 'nairobi', name: 'Nairobi AI Institute', description },
  })
const said = (type: string, body: object) => PublicRecord.parse({ type, time: TIME, body })
const kindsIn = (text: string) => findPersonalData(profile(text)).map(({ kind }) => kind)

const PLACE = { origin: `ayni/m${'a'.repeat(32)}/0`, index: 3, leaf: '00'.repeat(32) }
const measured = { kind: 'skills', unit: 'seat', amount: 30, language: 'en' }
const clean = { title: 'A course', purpose: 'For nurses.', description: 'For nurses.' }

describe('personal data is found', () => {
  // What the property over all records in envelope.test.ts shows with an address, with a number for the words that people fill in.
  it.each([
    ['need/1', 'title', { ...measured, ...clean, country: 'KE', sector: 'health' }],
    ['need/1', 'purpose', { ...measured, ...clean, country: 'KE', sector: 'health' }],
    ['need/1', 'outputs', { ...measured, ...clean, country: 'KE', sector: 'health' }],
    ['offer/1', 'title', { ...measured, ...clean }],
    ['offer/1', 'description', { ...measured, ...clean }],
    ['pledge/1', 'description', { ...measured, ...clean, until: '2030-12-31' }],
    ['agreement-end/1', 'reason', { agreement: PLACE, end: 'cancelled' }],
    [
      'delivery/1',
      'note',
      { agreement: PLACE, obligation: 0, amount: 1, from: '2027-01-01', until: '2027-01-31' },
    ],
    ['delivery-verdict/1', 'reason', { delivery: PLACE, verdict: 'disputed' }],
  ])('in %s, where it stands in %s', (type, field, body) => {
    const record = said(type, { ...body, [field]: 'Call +254 720 123 456' })
    expect(findPersonalData(record)).toEqual([{ field, kind: 'phone' }])
  })

  it('in conditions, exclusions and obligations', () => {
    const number = 'tel:+12025550143'
    const offer = said('offer/1', {
      ...measured,
      ...clean,
      conditions: [{ id: 'a', text: number }],
      excluded: [{ countries: ['FR'], reason: number }],
    })
    expect(findPersonalData(offer).map(({ field }) => field)).toEqual([
      'excluded.0.reason',
      'conditions.0.text',
    ])
  })

  it.each([
    ['ar', 'للتواصل: منى@مثال.إختبار أو عبر البريد'],
    ['ar', 'راسلونا على info@example.org، شكرا'],
    ['zh', '请联系邮箱zhang.wei@example.cn。'],
    ['zh', '邮箱：zhang＠163.com'],
    ['zh', '张伟 [at] 163.com'],
    ['en', 'Write to jane.doe+ai@mail.example.org.'],
    ['en', 'jane [at] example [dot] org'],
    ['en', 'jane (at) example.org'],
    ['en', 'jane {AT} example'],
    ['en', 'our mailbox git@example.org'],
    ['en', 'https://jane@example.org/path'],
    ['fr', 'Écrire à rené@exämple-université.fr'],
    ['fr', 'rene (arobase) exemple (point) fr'],
    ['ru', 'Пишите: иван@пример.рф'],
    ['ru', 'ivan [собака] example.ru'],
    ['ru', 'ivan@xn--e1afmkfd.xn--p1ai'],
    ['es', 'Escriba a maría.nuñez@ejemplo.es'],
    ['es', 'maria (arroba) ejemplo (punto) es'],
  ])('as an e-mail address: %s %s', (_, text) => {
    expect(kindsIn(text)).toEqual(['email'])
  })

  it.each([
    ['ar', 'هاتف: +254 720 123 456'],
    ['ar', 'هاتف +٢٠ ٢ ٢٧٩٤ ١٢٣٤ القاهرة'],
    ['zh', '电话+86 10 6275 1234'],
    ['zh', '电话：＋８６－１０－６２７５－１２３４'],
    ['en', 'Call (+44) 20 7946 0958 or write'],
    ['en', 'tel:+12025550143'],
    ['en', '+1 (202) 555-0143'],
    ['en', '+254.720.123.456'],
    ['fr', 'Tél. : +33 1 23 45 67 89'],
    ['fr', 'Tél. 00 33 1 23 45 67 89'],
    ['ru', 'тел. +7 (495) 123-45-67'],
    ['es', 'Llame al +34 912 34 56 78'],
    ['es', 'Llame al 0034-912345678'],
  ])('as a telephone number: %s %s', (_, text) => {
    expect(kindsIn(text)).toEqual(['phone'])
  })

  it.each([
    ['ar', 'الخادم ١٠٫١٫٢٫٣ ليس عنوانا، لكن 10.1.2.3 عنوان'],
    ['zh', '服务器地址10.1.2.3在机房'],
    ['en', 'The server is 198.51.100.7.'],
    ['en', 'the net 10.0.0.0/8'],
    ['en', 'from 10.0.0.1-10.0.0.9'],
    ['en', 'host=192.168.1.20:22'],
    ['en', 'root@192.168.1.20'],
    ['en', 'mapped ::ffff:192.168.1.20'],
    ['fr', 'adresse 2001:db8::8a2e:370:7334 du serveur'],
    ['ru', 'адрес 2001:0db8:85a3:0000:0000:8a2e:0370:7334.'],
    ['es', 'enlace fe80::1%eth0'],
    ['es', 'red fd12:3456:789a::/48'],
  ])('as an IP address: %s %s', (_, text) => {
    expect(kindsIn(text)).toEqual(['ipAddress'])
  })

  it.each([
    'token hf_abcdefghijklmnopqrstuvwxyzABCDEFGH',
    `ghp_${'a1B2'.repeat(9)}`,
    `github_pat_${'a1B2'.repeat(9)}`,
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=',
    '-----BEGIN PRIVATE KEY-----',
    'AKIAIOSFODNN7EXAMPLE',
    'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJuYWlyb2JpIn0.c2ln',
    'https://reader:secret@localhost/x',
  ])('as a secret: %s', (text) => {
    expect(kindsIn(text)).toEqual(['secret'])
  })

  it('under each field, each kind once', () => {
    const record = PublicRecord.parse({
      type: 'member-profile/1',
      time: TIME,
      body: { handle: 'nairobi', name: 'a@b.org', description: 'c@d.org, e@f.org and +254 720 123 456' },
    })
    expect(findPersonalData(record)).toEqual([
      { field: 'name', kind: 'email' },
      { field: 'description', kind: 'email' },
      { field: 'description', kind: 'phone' },
    ])
  })
})

describe('nothing is found', () => {
  it.each([
    ['a version', 'CUDA version 12.4.1.0 and v1.2.3.4'],
    ['a version in Russian', 'Версия 1.2.3.4 вышла'],
    ['a version in Chinese', '版本 1.2.3.4，版本号：1.2.3.4'],
    ['a version in Arabic', 'الإصدار 1.2.3.4'],
    ['a version in Spanish', 'versión 1.2.3.4'],
    ['a version in French', 'version : 1.2.3.4'],
    ['a version in a path', 'see releases/1.2.3.4/model.bin and model-1.2.3.4.tar'],
    ['a demanded version', 'pip install torch==2.1.0.1 "x>=1.2.3.4" y~=1.2.3.4'],
    ['a section', 'See section 3.2.1.4 and § 1.2.3.4'],
    ['five parts', '1.2.3.4.5'],
    ['numbers above 255', '1.2.3.400'],
    ['the machine itself', 'listens at 127.0.0.1 and ::1, 0.0.0.0'],
    ['dates', 'from 24.11.2026 to 2026-11-24, 11/24/2026 08:00:00'],
    ['times with an offset', '2026-11-24T08:00:00+03:00, UTC+8 2026-11-24, GMT +8 2026-11-24'],
    ['sizes', '4 294 967 296 bytes, 1,234,567,890; 00:12:34'],
    ['amounts', '+1 000 000 words, +30 000 000 sentences, +2 500 000 000 tokens, +12.5 %'],
    ['ISBNs', 'ISBN 978-3-16-148410-0, ISBN-10 3-16-148410-X'],
    ['identifiers', 'doi:10.1000/182, arXiv:2406.01234v2, ISSN 2049-3630'],
    ['file names', 'model-00001-of-00002.safetensors, 0012345678.bin'],
    ['hashes', 'commit 8207e96c2fa98e17028d6b7f57f9c5ea45396aff'],
    ['a namespace of C++', 'std::vector, c10::half, abc::def, C++20240101'],
    ['times of day', '2024:11:24 12:34:56'],
    ['a clone address', 'git clone git@github.com:nairobi/asr.git'],
    ['a decorator', 'uses @torch.no_grad and @scope/name@1.2.3'],
    ['a host name of a URL', 'at https://10.1.2.3:7700/a and http://[2001:db8::1]/'],
    ['a measure', 'mAP (at) 0.5, recall@10, precision@k, NDCG [at] 10'],
    ['a library', 'hf_transfer, hf_hub_download, sk-learn, ghp_'],
    ['Arabic', 'نموذج للتعرف على الكلام السواحيلي، ١٢ ساعة من ٢٠٢٦'],
    ['Chinese', '斯瓦希里语语音识别模型，2026年11月24日发布，共12,345,678条。'],
    ['French', 'Modèle de reconnaissance : 3,5 % d’erreurs, 12 000 000 de phrases (n° 00-123).'],
    ['Russian', 'Модель распознавания речи, ГОСТ Р 52633.0-2006, 12 345 678 слов.'],
    ['Spanish', 'Modelo de reconocimiento; 1.234.567 frases, ISO 639-3, n.º 2026/11/24.'],
  ])('in %s', (_, text) => {
    expect(kindsIn(text)).toEqual([])
  })

  it('in hashes, keys, notes and the hosts of endpoints', () => {
    const note = `ayni/m${'a'.repeat(32)}/0\n12025550143\n${base64(7)}\n\n— a@b.org +12025550143hf_abcdefghijklmnopqrstuvw\n`
    const bodies: Record<string, object> = {
      'member-genesis/1': {
        recovery: { keys: [base64(1)], threshold: 1 },
        log: base64(2),
        witness: base64(3),
      },
      'member-keys/1': { log: `${'+12025550143'.repeat(3)}AAAAAAA=` },
      'member-message-keys/1': { seal: `${'+12025550143'.repeat(3)}AAAAAAA=`, sign: base64(2) },
      'member-endpoints/1': { urls: ['http://198.51.100.7:7700/hub', 'http://[2001:db8::1]'] },
      'log-fork/1': { first: note, second: `${note}— b b\n`, proof: [`${'+12025550143'.repeat(3)}AAAAAAA=`] },
      'log-succession/1': {
        genesis: note,
        previous: { origin: `ayni/m${'a'.repeat(32)}/0`, checkpoint: note },
        reason: 'loss',
        log: base64(1),
        witness: base64(2),
      },
    }
    for (const [type, body] of Object.entries(bodies)) {
      expect(RECORD_TYPES).toContain(type)
      expect(findPersonalData(PublicRecord.parse({ type, time: TIME, body }))).toEqual([])
    }
  })
})

it('is found in the path of an endpoint and in the name of a repository', () => {
  const urls = ['https://example.org/~jane/jane@example.org']
  const endpoints = { type: 'member-endpoints/1', time: TIME, body: { urls } }
  expect(findPersonalData(PublicRecord.parse(endpoints))).toEqual([{ field: 'urls.0', kind: 'email' }])
  const repository = `nairobi/hf_${'a'.repeat(34)}`
  const withdrawal = { type: 'repository-withdrawal/1', time: TIME, body: { repository, kind: 'model' } }
  expect(findPersonalData(PublicRecord.parse(withdrawal))).toEqual([{ field: 'repository', kind: 'secret' }])
})

/** As people name models, data sets, branches and releases. */
const WORD = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/)
const VERSION = fc
  .array(fc.nat({ max: 2030 }), { minLength: 1, maxLength: 4 })
  .map((parts) => `v${parts.join('.')}`)
const NAME = fc
  .array(fc.oneof(WORD, VERSION), { minLength: 1, maxLength: 5 })
  .chain((parts) => fc.constantFrom('-', '_', '.').map((joint) => parts.join(joint)))
  .filter((name) => Name.safeParse(name).success)

it('is not found in ordinary names', () => {
  fc.assert(
    fc.property(NAME, NAME, fc.oneof(NAME, VERSION), (namespace, name, ref) => {
      const body = {
        kind: 'model',
        repository: `${namespace}/${name}`,
        ref: `refs/tags/${ref}`,
        commit: Buffer.from(name).toString('hex').padEnd(40, '0').slice(0, 40),
      }
      const record = PublicRecord.parse({ type: 'repository-revision/1', time: TIME, body })
      expect(findPersonalData(record)).toEqual([])
    }),
    { numRuns: 500 },
  )
})

it('looks at hostile text in linear time', () => {
  const pieces = [
    'a',
    'a.',
    'a@',
    '@a.',
    '+1',
    '+1 ',
    '1.',
    '1:',
    '2001:',
    'eyJ',
    '://a:',
    '[',
    ' ( ',
    '00 3',
    'http://a',
    'é-',
  ]
  const start = performance.now()
  for (const piece of pieces) {
    const body = { handle: 'a', name: 'a', description: piece.repeat(16_000 / piece.length) }
    const record = { type: 'member-profile/1', time: TIME, body } as unknown as PublicRecord // longer than its schema allows
    findPersonalData(record)
  }
  expect((performance.now() - start) / pieces.length).toBeLessThan(100)
})
