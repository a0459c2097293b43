import { createHash } from 'node:crypto'

import { expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../test/support/test-node.ts'
import { readObjects } from '../../content/git/index.ts'
import { readManifest } from '../../records/index.ts'

const BASE = '/api/ayni/v1/repositories/models/nairobi/asr'
const LIMIT = 1024 * 1024
const LIMITS = {
  objectBytes: { blob: LIMIT, tree: LIMIT, commit: LIMIT, tag: LIMIT },
  totalBytes: LIMIT,
  objects: 100,
}

const send = (node: TestNode, path: string, body: unknown, method = 'POST') =>
  node.fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** A repository, and where its `main` is. */
async function withRepository(node: TestNode): Promise<string> {
  await send(node, '/api/repos/create', { name: 'asr', organization: 'nairobi' })
  return refOf(node, 'refs/heads/main')
}

async function refOf(node: TestNode, name: string): Promise<string> {
  const row = await node.node.database.read
    .selectFrom('ref')
    .select('oid')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return row.oid
}

async function typesIn(answer: Response): Promise<readonly string[]> {
  const types: string[] = []
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const chunks = (async function* () {
    yield bytes
  })()
  for await (const { type } of readObjects(chunks, LIMITS)) types.push(type)
  return types
}

it('gives a manifest under its SHA-256, also by a tag', async () => {
  await using node = await testNode()
  const main = await withRepository(node)
  await send(node, '/api/models/nairobi/asr/tag/main', { tag: 'v1', message: 'First' })
  const answer = await node.fetch(`${BASE}/manifest/${main}`, { token: null })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  expect(answer.headers.get('etag')).toBe(etag)
  expect(readManifest(bytes)).toMatchObject({ ok: true, value: { files: [{ path: '.gitattributes' }] } })
  const headers = { 'if-none-match': etag }
  expect((await node.fetch(`${BASE}/manifest/${main}`, { token: null, headers })).status).toBe(304)
  const tagged = await node.fetch(`${BASE}/manifest/${await refOf(node, 'refs/tags/v1')}`, { token: null })
  expect(new Uint8Array(await tagged.arrayBuffer())).toEqual(bytes)
})

it('gives what is reachable, what is named first, without what the asker has', async () => {
  await using node = await testNode()
  const main = await withRepository(node)
  await send(node, '/api/models/nairobi/asr/tag/main', { tag: 'v1', message: 'First' })
  const tag = await refOf(node, 'refs/tags/v1')
  const objects = async (query: string) =>
    typesIn(await node.fetch(`${BASE}/objects?${query}`, { token: null }))
  expect(await objects(`want=${tag}`)).toEqual(['blob', 'tree', 'commit', 'tag'])
  expect(await objects(`want=${tag}&have=${main}`)).toEqual(['tag'])
  expect(await objects(`want=${main}&have=${tag}`)).toEqual([])
  expect(await objects(`want=${main}&have=${'ab'.repeat(20)}&have=x`)).toEqual(['blob', 'tree', 'commit'])
})

it.each(['', '?want=main', `?want=${'ab'.repeat(20)}`])('has no objects for %j', async (query) => {
  await using node = await testNode()
  await withRepository(node)
  expect((await node.fetch(`${BASE}/objects${query}`, { token: null })).status).toBe(404)
})

it('has no commit of another repository', async () => {
  await using node = await testNode()
  const main = await withRepository(node)
  await send(node, '/api/repos/create', { name: 'other', organization: 'nairobi' })
  const elsewhere = BASE.replace('asr', 'other')
  await node.node.database.write((tx) =>
    tx
      .deleteFrom('repository_object')
      .where('oid', '=', main)
      .where('repository_id', 'in', (query) =>
        query.selectFrom('repository').select('id').where('name', '=', 'other'),
      )
      .execute(),
  )
  expect((await node.fetch(`${elsewhere}/objects?want=${main}`)).status).toBe(404)
  expect((await node.fetch(`${elsewhere}/manifest/${main}`)).status).toBe(404)
})

it('shows a private repository and the files of a gated one to those who may', async () => {
  await using node = await testNode()
  const main = await withRepository(node)
  for (const settings of [{ private: true }, { private: false, gated: 'manual' }]) {
    await send(node, '/api/models/nairobi/asr/settings', settings, 'PUT')
    for (const path of [`${BASE}/objects?want=${main}`, `${BASE}/manifest/${main}`]) {
      expect((await node.fetch(path, { token: null })).status).toBe(401)
      expect((await node.fetch(path)).status).toBe(200)
    }
  }
})
