import { expect, it } from 'vitest'

import { utf8 } from '../../src/kernel/bytes.ts'
import { MemberId, originOf, Sha256 } from '../../src/kernel/names.ts'
import { parseProofFile, parseVerifierKey, verifyProofFile } from '../../src/log/tlog/index.ts'
import { testNode, type TestNode } from '../support/test-node.ts'

/** The node's own log once `size` entries of it are signed. */
async function signedLog({ node }: TestNode, size: number) {
  for (;;) {
    const [log] = await node.logs.list()
    if (log && log.signedSize >= size) return log
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const asStranger = async (node: TestNode, path: string) => (await node.fetch(path, { token: null })).text()

it('a node’s first statement stands on its pages, and its proof holds', async () => {
  await using test = await testNode()
  const { memberId, key } = await signedLog(test, 1)
  const origin = originOf(MemberId.parse(memberId), 0)
  const path = `/log/${memberId}/0/0`
  expect(await asStranger(test, '/en/log')).toContain(`href="/en${path}"`)
  const text = await asStranger(test, `/en${path}`)
  expect(text).toContain('<bdi>Nairobi</bdi> began this log.')
  const [, leafHash = ''] = /Leaf hash:.*?([0-9a-f]{64})/s.exec(text) ?? []
  const place = await test.fetch(`/api/ayni/v1/entries/${Sha256.parse(leafHash)}`, { token: null })
  expect(await place.json()).toEqual({ origin, position: 0 })
  const [, href = ''] = /href="(\/api\/[^"]*\/proof\/0)"/.exec(text) ?? []
  const file = parseProofFile(utf8(await asStranger(test, href)))
  const trusted = parseVerifierKey(key)
  expect(file && trusted && verifyProofFile(file, [trusted])).toMatchObject({ ok: true })
})

/** A repository with one small file. */
async function publish(test: TestNode, name: string, isPrivate: boolean): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const repository = { name, organization: 'nairobi', private: isPrivate }
  await test.fetch('/api/repos/create', { method: 'POST', headers, body: JSON.stringify(repository) })
  const lines = [
    { key: 'header', value: { summary: 'First' } },
    { key: 'file', value: { path: 'a.txt', content: 'YQ==', encoding: 'base64' } },
  ]
  const committed = await test.fetch(`/api/models/nairobi/${name}/commit/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  expect(committed.status).toBe(200)
}

it('a node’s pages tell of a public model and never of a private one', async () => {
  await using test = await testNode()
  await publish(test, 'confidential', true)
  await publish(test, 'swahili-asr', false)
  const sentence = /published a new version of <a href="\/en\/nairobi\/swahili-asr"/
  await expect.poll(() => asStranger(test, '/en/log')).toMatch(sentence)
  expect(await asStranger(test, '/en/log')).not.toContain('confidential')
})

it('an entry that is not signed, or not there, has no place and no page', async () => {
  await using test = await testNode()
  const { memberId } = await signedLog(test, 1)
  for (const path of [
    `/log/${memberId}/0/99`,
    `/api/ayni/v1/entries/${'0'.repeat(64)}`,
    '/api/ayni/v1/entries/12',
  ])
    expect((await test.fetch(path, { token: null })).status).toBe(404)
})
