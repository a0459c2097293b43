import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  randomBytes,
} from 'node:crypto'

import { AEAD_AES_128_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { memoryLogs, memoryMessageKeyStore } from '../../../test/support/logs.ts'
import { temporaryDatabase } from '../../../test/support/temporary-database.ts'
import type { Fetcher } from '../../kernel/fetcher.ts'
import { MemberId, originOf, RepositoryId, Sha256 } from '../../kernel/names.ts'
import { DAY, isoTime, MINUTE } from '../../kernel/time.ts'
import { appendTo } from '../../log/commands/append.ts'
import { makeMessageKeys, type MessageKeys, publicMessageKeys } from '../../log/index.ts'
import { writeLeaf } from '../../records/index.ts'
import { type Assertion, createAssertions } from './assertions/index.ts'
import { assertionBytes, isCurrent, writeAssertion } from './assertions/rules.ts'
import { seal, signBytes } from './messages/commands/seal.ts'
import { createMessageCommands, type Envelope, Message, MessageId, Pseudonym } from './messages/index.ts'
import { openingKeys, pauseAfterAttempt, readPadded, signedBytes, writePadded } from './messages/rules.ts'

const START = Date.UTC(2026, 10, 24)
const random = (length: number) => randomBytes(length)
const noFetcher: Fetcher = { fetch: () => Promise.reject(new Error('nobody is asked')) }
const SILENT = { delivered() {}, undelivered() {}, received() {}, broken() {} }

const newId = () => MessageId.parse(randomBytes(16).toString('hex'))
const request = (purpose = 'To compare.'): Message => ({
  kind: 'access-request/1',
  request: newId(),
  repository: RepositoryId.parse('nairobi/siri'),
  repositoryKind: 'model',
  pseudonym: Pseudonym.parse('abcdefghij234567'),
  role: 'person',
  purpose,
})

/** The node of `nairobi`, which follows `cusco` and holds its log; `stranger` is known and not followed. */
async function openReceiver() {
  await using owned = new AsyncDisposableStack()
  const database = owned.use(await temporaryDatabase())
  await database.write((tx) => tx.deleteFrom('member').execute())
  let now = START
  const clock = () => now
  const logs = memoryLogs({ database, clock, random })
  const messageKeys = memoryMessageKeyStore()
  const secrets = new Map<string, MessageKeys>()

  async function say(memberId: MemberId, keys: MessageKeys): Promise<void> {
    const body = publicMessageKeys(keys)
    const record = { type: 'member-message-keys/1' as const, time: isoTime(now), body }
    await appendTo(database, originOf(memberId, 0), [writeLeaf(record)], async () => {})
  }
  async function addMember(handle: string, hosted: 0 | 1): Promise<MemberId> {
    const founding = await logs.found()
    const row = { handle, display_name: handle, url: null, created_at: now, hosted }
    await database.write(async (tx) => {
      await tx
        .insertInto('member')
        .values({ id: founding.memberId, ...row })
        .execute()
      await founding.open(tx)
    })
    const keys = makeMessageKeys({ random, now })
    secrets.set(founding.memberId, keys)
    await say(founding.memberId, keys)
    if (hosted === 1) await messageKeys.put(founding.memberId, [keys])
    return founding.memberId
  }
  const nairobi = await addMember('nairobi', 1)
  const kisumu = await addMember('kisumu', 1)
  const cusco = await addMember('cusco', 0)
  const stranger = await addMember('stranger', 0)
  await database.write((tx) =>
    tx
      .insertInto('follow')
      .values({
        member_id: cusco,
        url: 'http://cusco.example',
        content: 'none',
        trust: 'witness',
        allow_private: 0,
        since: now,
        applied: 0,
        checked_at: null,
        failure: null,
        failed_at: null,
      })
      .execute(),
  )
  const heard: Message[] = []
  const deps = { database, logs, messageKeys, clock, random, events: SILENT, fetcher: noFetcher }
  const again = () => ({
    messages: createMessageCommands({ ...deps, hear: async (_, __, message) => void heard.push(message) }),
    assertions: createAssertions({ ...deps, messageKeys: cuscosKeys(secrets) }),
  })
  const { messages, assertions } = again()
  const secretOf = (member: MemberId): MessageKeys => {
    const keys = secrets.get(member)
    if (!keys) throw new Error('no such member')
    return keys
  }
  const rest = owned.move()
  return {
    database,
    messages,
    assertions,
    /** The same after a restart. */
    again,
    heard,
    nairobi,
    kisumu,
    cusco,
    stranger,
    get now() {
      return now
    },
    set now(value) {
      now = value
    },
    secretOf,
    /** New keys, said in the member's log. */
    async renew(member: MemberId) {
      const keys = makeMessageKeys({ random, now })
      secrets.set(member, keys)
      await say(member, keys)
      return keys
    },
    envelope(change: Partial<Pick<Envelope, 'from' | 'to' | 'time' | 'id'>> = {}, message = request()) {
      const heading = { from: cusco, to: nairobi, id: newId(), time: isoTime(now), ...change }
      const { from, to } = { from: cusco, to: nairobi }
      return seal(heading, message, {
        receiver: publicMessageKeys(secretOf(to)).seal,
        sender: secretOf(from).sign,
      })
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** What the sender's own node keeps: here it stands for the other end. */
function cuscosKeys(secrets: ReadonlyMap<string, MessageKeys>) {
  return {
    put: () => Promise.reject(new Error('not put here')),
    get: async (member: MemberId) => [secrets.get(member)].filter((keys) => keys !== undefined),
  }
}

type Receiver = Awaited<ReturnType<typeof openReceiver>>

/** Flips one bit of base64 text's bytes. */
function altered(base64: string, at: number): string {
  const bytes = Buffer.from(base64, 'base64')
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes.toString('base64')
}

const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

/** What RFC 9180 says of base mode with X25519 and SHA-256, read once more: opens `sealed` with AES-GCM of `keyBytes`. */
function openByTheBook(
  { skR, pkR, enc, ct }: Readonly<Record<'skR' | 'pkR' | 'enc' | 'ct', Uint8Array>>,
  { info, aad, keyBytes, aeadId }: { info: Uint8Array; aad: Uint8Array; keyBytes: number; aeadId: number },
): Uint8Array {
  const kem = Buffer.concat([Buffer.from('KEM'), Buffer.of(0, 0x20)])
  const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.of(0, 0x20, 0, 1, 0, aeadId)])
  const extract = (id: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array) =>
    createHmac('sha256', salt).update('HPKE-v1').update(id).update(label).update(ikm).digest()
  const expand = (id: Uint8Array, prk: Uint8Array, label: string, context: Uint8Array, length: number) =>
    createHmac('sha256', prk)
      .update(Buffer.of(0, length))
      .update('HPKE-v1')
      .update(id)
      .update(label)
      .update(context)
      .update(Buffer.of(1))
      .digest()
      .subarray(0, length)
  const raw = (prefix: string, key: Uint8Array) => Buffer.concat([Buffer.from(prefix, 'hex'), key])
  const privateKey = createPrivateKey({
    key: raw('302e020100300506032b656e04220420', skR),
    format: 'der',
    type: 'pkcs8',
  })
  const publicKey = createPublicKey({
    key: raw('302a300506032b656e032100', enc),
    format: 'der',
    type: 'spki',
  })
  const dh = diffieHellman({ privateKey, publicKey })
  const none = new Uint8Array()
  const prk = extract(kem, none, 'eae_prk', dh)
  const shared = expand(kem, prk, 'shared_secret', Buffer.concat([enc, pkR]), 32)
  const context = Buffer.concat([
    Buffer.of(0),
    extract(suite, none, 'psk_id_hash', none),
    extract(suite, none, 'info_hash', info),
  ])
  const secret = extract(suite, shared, 'secret', none)
  const cipher = createDecipheriv(
    keyBytes === 32 ? 'aes-256-gcm' : 'aes-128-gcm',
    expand(suite, secret, 'key', context, keyBytes),
    expand(suite, secret, 'base_nonce', context, 12),
  )
  cipher.setAAD(aad)
  cipher.setAuthTag(ct.subarray(-16))
  return Buffer.concat([cipher.update(ct.subarray(0, -16)), cipher.final()])
}

describe('HPKE', () => {
  // RFC 9180, A.1.1: base mode with X25519 and SHA-256, AES-128-GCM. The appendix has no vector with AES-256-GCM.
  const VECTOR = {
    skR: hex('4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8'),
    pkR: hex('3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d'),
    enc: hex('37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431'),
    ct: hex('f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a'),
  }
  const info = hex('4f6465206f6e2061204772656369616e2055726e')
  const aad = hex('436f756e742d30')
  const pt = hex('4265617574792069732074727574682c20747275746820626561757479')

  it('opens the vector of the RFC', async () => {
    const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_128_GCM)
    const privateKey = await suite.DeserializePrivateKey(VECTOR.skR)
    expect(Buffer.from(await suite.Open(privateKey, VECTOR.enc, VECTOR.ct, { info, aad }))).toEqual(
      Buffer.from(pt),
    )
    const byTheBook = openByTheBook(VECTOR, { info, aad, keyBytes: 16, aeadId: 1 })
    expect(Buffer.from(byTheBook)).toEqual(Buffer.from(pt))
  })

  it('seals so that a reader of the RFC opens it', async () => {
    const keys = makeMessageKeys({ random, now: START })
    const { seal: receiver } = publicMessageKeys(keys)
    const [from, to] = [MemberId.parse(`m${'a'.repeat(32)}`), MemberId.parse(`m${'b'.repeat(32)}`)]
    const heading = { from, to, id: newId(), time: isoTime(START) }
    const message = request()
    const { sealed } = await seal(heading, message, { receiver, sender: keys.sign })
    const bytes = Buffer.from(sealed, 'base64')
    const parts = {
      skR: keys.seal,
      pkR: Buffer.from(receiver, 'base64'),
      enc: bytes.subarray(0, 32),
      ct: bytes.subarray(32),
    }
    const lines = Buffer.from(`sealed-message/1\n${from}\n${to}\n${heading.id}\n${heading.time}\n`)
    const opened = openByTheBook(parts, { info: lines, aad: new Uint8Array(), keyBytes: 32, aeadId: 2 })
    expect(readPadded(opened)).toEqual(message)
  })
})

describe('a message', () => {
  let at: Receiver
  beforeAll(async () => {
    at = await openReceiver()
  })
  afterAll(() => at[Symbol.asyncDispose]())

  const outcome = async (envelope: Envelope) => {
    const received = await at.messages.receive(envelope)
    return received.ok ? 'taken' : received.failure.reason
  }

  it('counts once, however often it comes', async () => {
    const before = at.heard.length
    const envelope = await at.envelope()
    const outcomes = await Promise.all([outcome(envelope), outcome(envelope)])
    expect([...outcomes, await outcome(envelope)]).toEqual(['taken', 'taken', 'taken'])
    expect(at.heard.length).toBe(before + 1)
  })

  it('counts once over a restart', async () => {
    const before = at.heard.length
    const envelope = await at.envelope()
    expect(await at.messages.receive(envelope)).toEqual({ ok: true, value: undefined })
    expect(await at.again().messages.receive(envelope)).toEqual({ ok: true, value: undefined })
    expect(at.heard.length).toBe(before + 1)
  })

  it('sealed anew under the same id is the same', async () => {
    const before = at.heard.length
    const id = newId()
    expect(await outcome(await at.envelope({ id }))).toBe('taken')
    expect(await outcome(await at.envelope({ id }))).toBe('taken')
    expect(at.heard.length).toBe(before + 1)
  })

  const ATTACKS: readonly (readonly [string, (at: Receiver) => Promise<Envelope>, string])[] = [
    ['to somebody who is not here', (r) => r.envelope({ to: r.cusco }), 'memberNotFound'],
    [
      'of a member that is not followed',
      async (r) => ({ ...(await r.envelope()), from: r.stranger }),
      'senderNotFollowed',
    ],
    [
      'in another sender’s name',
      async (r) => ({ ...(await r.envelope({ from: r.stranger })), from: r.cusco }),
      'messageNotBelieved',
    ],
    [
      'readdressed to another member here',
      async (r) => ({ ...(await r.envelope()), to: r.kisumu }),
      'messageNotBelieved',
    ],
    [
      'signed for another member here, sealed to this one',
      (r) => r.envelope({ to: r.kisumu }),
      'messageNotOpened',
    ],
    ['under another id', async (r) => ({ ...(await r.envelope()), id: newId() }), 'messageNotBelieved'],
    [
      'with a newer time',
      async (r) => ({ ...(await r.envelope({ time: isoTime(r.now - DAY) })), time: isoTime(r.now) }),
      'messageNotBelieved',
    ],
    ['with an altered capsule', async (r) => alteredIn(await r.envelope(), 5), 'messageNotBelieved'],
    ['with an altered ciphertext', async (r) => alteredIn(await r.envelope(), 500), 'messageNotBelieved'],
    [
      'with an altered signature',
      async (r) => {
        const envelope = await r.envelope()
        return { ...envelope, signature: altered(envelope.signature, 9) }
      },
      'messageNotBelieved',
    ],
    [
      'replayed sixteen minutes later',
      (r) => r.envelope({ time: isoTime(r.now - 16 * MINUTE) }),
      'messageUntimely',
    ],
    [
      'from sixteen minutes ahead',
      (r) => r.envelope({ time: isoTime(r.now + 16 * MINUTE) }),
      'messageUntimely',
    ],
    ['altered and signed again', (r) => resigned(r, 500), 'messageNotOpened'],
    ['with a capsule that is no key, signed', (r) => resigned(r, null), 'messageNotOpened'],
    [
      'of a kind nobody knows',
      (r) => r.envelope({}, { ...request(), kind: 'gift/1' } as unknown as Message),
      'messageNotUnderstood',
    ],
    [
      'that is not what its kind says',
      (r) => r.envelope({}, request('x'.repeat(1001))),
      'messageNotUnderstood',
    ],
  ]

  it.each(ATTACKS)('%s is refused and leaves nothing', async (_, make, reason) => {
    const before = at.heard.length
    const rows = await at.database.read.selectFrom('message_in').selectAll().execute()
    expect(await outcome(await make(at))).toBe(reason)
    expect(at.heard.length).toBe(before)
    expect(await at.database.read.selectFrom('message_in').selectAll().execute()).toEqual(rows)
  })

  it.each([
    [-14 * MINUTE, 'taken'],
    [14 * MINUTE, 'taken'],
  ])('of a clock that is %d milliseconds off is %s', async (skew, expected) => {
    expect(await outcome(await at.envelope({ time: isoTime(at.now + skew) }))).toBe(expected)
  })

  it('is not believed any more when it is signed with a key that was replaced', async () => {
    await using other = await openReceiver()
    const old = await other.envelope()
    await other.renew(other.cusco)
    const refused = await other.messages.receive(old)
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'messageNotBelieved' } })
    expect((await other.messages.receive(await other.envelope())).ok).toBe(true)
  })

  it('is refused while its sender’s log is frozen', async () => {
    await using other = await openReceiver()
    await other.database.write((tx) =>
      tx.updateTable('log').set({ frozen: 'fork' }).where('member_id', '=', other.cusco).execute(),
    )
    const refused = await other.messages.receive(await other.envelope())
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'messageNotBelieved' } })
  })

  it('is refused above the number that a member may send in an hour', async () => {
    await using other = await openReceiver()
    const rows = Array.from({ length: 500 }, () => ({
      sender_id: other.cusco,
      id: newId(),
      receiver_id: other.nairobi,
      kind: 'access-request/1',
      received_at: other.now,
    }))
    await other.database.write((tx) => tx.insertInto('message_in').values(rows).execute())
    const refused = await other.messages.receive(await other.envelope())
    expect(refused).toMatchObject({ ok: false, failure: { reason: 'tooManyMessages' } })
    other.now += 2 * 60 * MINUTE
    expect((await other.messages.receive(await other.envelope())).ok).toBe(true)
  })
})

function alteredIn(envelope: Envelope, at: number): Envelope {
  return { ...envelope, sealed: altered(envelope.sealed, at) }
}

/** Altered by the sender, whose signature is right. */
async function resigned(receiver: Receiver, at: number | null): Promise<Envelope> {
  const envelope = await receiver.envelope()
  const sealed =
    at === null
      ? Buffer.concat([Buffer.alloc(32), Buffer.from(envelope.sealed, 'base64').subarray(32)]).toString(
          'base64',
        )
      : altered(envelope.sealed, at)
  const digest = Sha256.parse(hash('sha256', Buffer.from(sealed, 'base64'), 'hex'))
  const signature = signBytes(receiver.secretOf(receiver.cusco).sign, signedBytes(envelope, digest))
  return { ...envelope, sealed, signature: signature.toBase64() }
}

describe('what is sealed', () => {
  it.each([0, 800, 1000])('has one of four lengths, whatever it says (%d characters)', (length) => {
    const padded = writePadded(request('x'.repeat(length)))
    expect([1024, 4096, 16384, 40960]).toContain(padded.length)
    expect(readPadded(padded)).toMatchObject({ purpose: 'x'.repeat(length) })
  })

  it.each([
    ['a length beyond its end', (bytes: Uint8Array) => bytes.fill(255, 0, 4)],
    ['something behind its end', (bytes: Uint8Array) => bytes.fill(1, 1000)],
    ['another length than the classes', (bytes: Uint8Array) => bytes.subarray(0, 1000)],
  ])('is nothing with %s', (_, change) => {
    expect(readPadded(change(writePadded(request())))).toBeNull()
  })

  it('is opened by a replaced key for thirty days', () => {
    const made = (since: number) => ({ ...makeMessageKeys({ random, now: since }) })
    const keys = [made(START), made(START - 50 * DAY), made(START - 90 * DAY)]
    expect(openingKeys(keys, START).length).toBe(2)
    expect(openingKeys(keys, START + 31 * DAY).length).toBe(1)
  })

  it('is tried again later and later, six hours apart at most', () => {
    const pauses = [1, 2, 3, 30].map((attempts) => pauseAfterAttempt(attempts, 0.5))
    expect(pauses).toEqual([5000, 10_000, 20_000, 21_600_000])
  })
})

describe('an assertion', () => {
  let at: Receiver
  beforeAll(async () => {
    at = await openReceiver()
  })
  afterAll(() => at[Symbol.asyncDispose]())

  const made = (change: Partial<Assertion> = {}): Assertion => ({
    issuer: at.cusco,
    audience: at.nairobi,
    person: Pseudonym.parse('abcdefghij234567'),
    role: 'person',
    repository: RepositoryId.parse('nairobi/siri'),
    kind: 'model',
    time: isoTime(at.now),
    expires: isoTime(at.now + 5 * MINUTE),
    nonce: randomBytes(16).toString('hex'),
    ...change,
  })
  const signed = (assertion: Assertion, by = at.cusco) =>
    writeAssertion(assertion, signBytes(at.secretOf(by).sign, assertionBytes(assertion)))
  const outcome = async (text: string) => {
    const believed = await at.assertions.believe(text)
    return believed.ok ? 'believed' : believed.failure.reason
  }

  it('that a member’s node makes is believed once, for one person and one repository', async () => {
    const { issuer, audience, person, role, repository, kind } = made()
    const text = (await at.assertions.make({ issuer, audience, person, role, repository, kind })) ?? ''
    const believed = await at.assertions.believe(text)
    expect(believed).toEqual({
      ok: true,
      value: { memberId: issuer, pseudonym: person, kind: 'model', repository: 'nairobi/siri' },
    })
    expect(await outcome(text)).toBe('assertionExpired')
  })

  it('that was used is known after a restart, and forgotten once it has expired', async () => {
    const first = signed(made())
    expect(await outcome(first)).toBe('believed')
    const believed = await at.again().assertions.believe(first)
    expect(believed).toMatchObject({ ok: false, failure: { reason: 'assertionExpired' } })
    const used = () => at.database.read.selectFrom('used_assertion').select('nonce').execute()
    expect((await used()).length).toBeGreaterThan(0)
    const before = at.now
    at.now += 20 * MINUTE
    expect(await outcome(signed(made()))).toBe('believed')
    expect(await used()).toHaveLength(1)
    at.now = before
  })

  it('that comes twice at once is believed once', async () => {
    const text = signed(made())
    const outcomes = await Promise.all([outcome(text), outcome(text), outcome(text)])
    expect(outcomes.filter((each) => each === 'believed')).toHaveLength(1)
  })

  it.each([
    ['at another audience', () => signed(made({ audience: at.stranger })), 'invalidAssertion'],
    [
      'for another member here, which is another audience, signed so',
      () => signed(made({ audience: at.kisumu })),
      'believed',
    ],
    [
      'of a member that is not followed',
      () => signed(made({ issuer: at.stranger }), at.stranger),
      'invalidAssertion',
    ],
    ['in another issuer’s name', () => signed(made(), at.stranger), 'invalidAssertion'],
    [
      'that has expired',
      () => signed(made({ time: isoTime(at.now - 9 * MINUTE), expires: isoTime(at.now - 4 * MINUTE) })),
      'assertionExpired',
    ],
    [
      'of tomorrow',
      () => signed(made({ time: isoTime(at.now + DAY), expires: isoTime(at.now + DAY + MINUTE) })),
      'assertionExpired',
    ],
    [
      'with a life of eleven minutes',
      () => signed(made({ expires: isoTime(at.now + 11 * MINUTE) })),
      'assertionExpired',
    ],
    [
      'that ends before it begins',
      () => signed(made({ expires: isoTime(at.now - MINUTE) })),
      'assertionExpired',
    ],
    [
      'of a clock two minutes behind',
      () => signed(made({ time: isoTime(at.now - 6 * MINUTE), expires: isoTime(at.now - MINUTE) })),
      'believed',
    ],
    ['with another role than was signed', () => forged({ role: 'operator' }), 'invalidAssertion'],
    [
      'with another repository than was signed',
      () => forged({ repository: RepositoryId.parse('nairobi/other') }),
      'invalidAssertion',
    ],
    [
      'with another person than was signed',
      () => forged({ person: Pseudonym.parse('bbbbbbbbbbbbbbbb') }),
      'invalidAssertion',
    ],
    ['with a role that nobody has', () => signed(made({ role: 'admin' as 'person' })), 'invalidAssertion'],
    ['that is not canonical', () => spaced(), 'invalidAssertion'],
    ['that is nothing', () => 'x.y', 'invalidAssertion'],
  ])('%s', async (_, make, expected) => {
    expect(await outcome(make())).toBe(expected)
  })

  function forged(change: Partial<Assertion>): string {
    const assertion = made()
    return writeAssertion(
      { ...assertion, ...change },
      signBytes(at.secretOf(at.cusco).sign, assertionBytes(assertion)),
    )
  }
  function spaced(): string {
    const [payload = '', signature] = signed(made()).split('.')
    const json = Buffer.from(payload, 'base64url').toString().replace('{', '{ ')
    return `${Buffer.from(json).toString('base64url')}.${signature}`
  }

  it('is current from two minutes before its time to two minutes behind its end', () => {
    const assertion = made()
    const offsets = [-3, -2, 0, 5, 7, 8].map((minutes) => isCurrent(assertion, at.now + minutes * MINUTE))
    expect(offsets).toEqual([false, true, true, true, true, false])
  })
})
