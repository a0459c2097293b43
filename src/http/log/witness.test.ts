import { createHash, randomBytes } from 'node:crypto'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../test/support/test-node.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { originOf } from '../../kernel/names.ts'
import { makeGenesis } from '../../log/identity/genesis.ts'
import { openLog } from '../../log/index.ts'
import { formatWitnessRequest, parseNote, signingKey } from '../../log/tlog/index.ts'
import { writtenLog } from '../../log/tlog/written-log.contract.ts'
import { WITNESS } from './witness.ts'

const GENESIS = makeGenesis({ random: (length) => randomBytes(length), now: 0 })
const ORIGIN = originOf(GENESIS.memberId, 0)
const KEY = signingKey(ORIGIN, 1, GENESIS.keys.log)
const HASH = createHash('sha256').update(ORIGIN).digest('hex')

function request(oldSize: number, size: number, key = KEY): Uint8Array<ArrayBuffer> {
  const entries = [GENESIS.leaf, ...Array.from({ length: size - 1 }, (_, at) => utf8(`{"at":${at}}\n`))]
  const note = parseNote(writtenLog(entries, key).files.get('checkpoint') ?? utf8(''))
  if (!note) throw new Error('no note')
  return utf8(formatWitnessRequest({ oldSize, proof: [], note }))
}

describe('add-checkpoint over HTTP', () => {
  let test: TestNode
  const add = (body: Uint8Array<ArrayBuffer>) =>
    test.fetch(`${WITNESS}/add-checkpoint`, { method: 'POST', body, token: null })
  beforeAll(async () => {
    test = await testNode()
    await test.node.database.write(async (tx) => {
      const member = { handle: 'accra', display_name: 'Accra', url: null, created_at: 0, hosted: 0 as const }
      await tx
        .insertInto('member')
        .values({ ...member, id: GENESIS.memberId })
        .execute()
      await openLog(tx, { memberId: GENESIS.memberId, leaf: GENESIS.leaf, role: 'held' })
      const terms = { content: 'none', trust: 'full', allow_private: 0, since: 0, applied: 0 } as const
      const nothing = { checked_at: null, failure: null, failed_at: null }
      const follow = { member_id: GENESIS.memberId, url: 'http://127.0.0.1:9', ...terms, ...nothing }
      await tx.insertInto('follow').values(follow).execute()
    })
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('answers with signature lines, then serves what it vouched for', async () => {
    expect((await test.fetch(`${WITNESS}/${HASH}/checkpoint`, { token: null })).status).toBe(404)
    const added = await add(request(0, 5))
    expect(added.status).toBe(200)
    const lines = await added.text()
    expect(lines).toMatch(/^— ayni\/m[a-z2-7]{32}\/witness \S+\n$/)
    const served = await test.fetch(`${WITNESS}/${HASH}/checkpoint`, { token: null })
    expect([served.status, await served.text()]).toEqual([200, expect.stringContaining(lines)])
    const etag = served.headers.get('etag') ?? ''
    const again = await test.fetch(`${WITNESS}/${HASH}/checkpoint`, { headers: { 'if-none-match': etag } })
    expect(again.status).toBe(304)
  })

  it('says the size that it has seen', async () => {
    const answer = await add(request(0, 9))
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      409,
      'text/x.tlog.size',
      '5\n',
    ])
  })

  it.each([
    [400, 'no request', utf8('old x\n\n')],
    [400, 'an old size above the new one', request(9, 6)],
    [403, 'another key', request(5, 6, signingKey(ORIGIN, 1, new Uint8Array(32).fill(3)))],
    [
      404,
      'a log that nobody follows here',
      request(0, 6, signingKey('example.org/log', 1, GENESIS.keys.log)),
    ],
    [413, 'more than 128 KiB', new Uint8Array(128 * 1024 + 1)],
    [422, 'no proof', request(5, 6)],
  ])('answers %i to %s', async (status, _what, body) => {
    expect((await add(body)).status).toBe(status)
  })

  it('is found in what the node says of itself', async () => {
    const hint = await (await test.fetch('/.well-known/ayni', { token: null })).json()
    expect(hint).toMatchObject({ witness: expect.stringMatching(/\/api\/ayni\/v1\/witness$/) })
  })
})
