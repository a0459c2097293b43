import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { createRepo, deleteRepo, downloadFile, listModels, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { pythonClient, randomBytesOf, sha256Of, succeedIn, temporaryFolder } from '../support/index.ts'

const CARD =
  '---\nlicense: apache-2.0\nlanguage: [sw]\npipeline_tag: text-classification\n---\n# Lugha\n\nTells Swahili from Luo.\n'
const WEIGHTS = randomBytesOf('weights of lugha', 3_000_000)

/** A safetensors file of one tensor with two numbers. */
const TENSORS = (() => {
  const header = Buffer.from('{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Buffer.concat([length, header, Buffer.alloc(8)])
})()

async function publishModel(home: Member): Promise<void> {
  const hub = {
    hubUrl: home.url,
    accessToken: home.token,
    repo: { type: 'model' as const, name: 'nairobi/lugha' },
  }
  await createRepo(hub)
  const files = [
    { path: 'README.md', content: new Blob([CARD]) },
    { path: 'model.bin', content: new Blob([new Uint8Array(WEIGHTS)]) },
    { path: 'model.safetensors', content: new Blob([TENSORS]) },
  ]
  await uploadFiles({ ...hub, files })
}

/** Waits until a node has a repository; resolves to what its hub API says of it. */
function repositoryAt(node: Member, id: string) {
  return until(async () => {
    const response = await fetch(`${node.url}/api/models/${id}`)
    return response.ok && ((await response.json()) as { readonly sha: string })
  })
}

describe('a model published at one member', () => {
  it('is found, verified and fetched at another by an unmodified client, then with its home switched off', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using geneva = await startMember('geneva')
    await cusco.follow(nairobi)
    await geneva.follow(nairobi, '--content', 'all')
    await publishModel(nairobi)
    await repositoryAt(cusco, 'nairobi/lugha')
    const found = await until(async () => {
      const models = await Array.fromAsync(listModels({ hubUrl: cusco.url, search: { query: 'Swahili' } }))
      return models.length > 0 && models
    })
    expect(found.map(({ name }) => name)).toEqual(['nairobi/lugha'])
    const repo = { type: 'model' as const, name: 'nairobi/lugha' }
    const first = await downloadFile({ hubUrl: cusco.url, repo, path: 'model.bin' })
    expect(sha256Of(new Uint8Array((await first?.arrayBuffer()) ?? new ArrayBuffer()))).toBe(
      sha256Of(WEIGHTS),
    )
    // What the weights are made of stands in the file: Cusco's card says it once somebody has asked for it.
    await (await fetch(`${cusco.url}/nairobi/lugha/resolve/main/model.safetensors`)).arrayBuffer()
    await until(async () => {
      const url = `${cusco.url}/api/models/nairobi/lugha?expand=safetensors`
      const { safetensors } = (await (await fetch(url)).json()) as { safetensors?: { total: number } }
      return safetensors?.total === 2
    })
    // Geneva fetches without being asked; nothing tells when but the file itself.
    await until(async () => {
      const head = await fetch(`${geneva.url}/nairobi/lugha/resolve/main/model.bin`, { method: 'HEAD' })
      return head.headers.has('x-xet-hash')
    })
    await nairobi.kill()
    for (const copy of [cusco, geneva]) {
      const again = await fetch(`${copy.url}/nairobi/lugha/resolve/main/model.bin`)
      expect(sha256Of(new Uint8Array(await again.arrayBuffer()))).toBe(sha256Of(WEIGHTS))
      expect((await copy.cli('doctor')).stdout).toContain('whole')
    }
  })

  it('comes whole from another follower when its home went off before it was copied, and says who holds it', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await using geneva = await startMember('geneva')
    await cusco.follow(nairobi, '--content', 'all')
    await geneva.follow(nairobi)
    await geneva.follow(cusco)
    await geneva.kill()
    await publishModel(nairobi)
    await until(async () => {
      const head = await fetch(`${cusco.url}/nairobi/lugha/resolve/main/model.bin`, { method: 'HEAD' })
      return head.headers.has('x-xet-hash')
    })
    await nairobi.kill('SIGKILL')
    await geneva.restart()
    await repositoryAt(geneva, 'nairobi/lugha')
    const page = async () => (await fetch(`${geneva.url}/en/nairobi/lugha`)).text()
    expect(await page()).not.toMatch(/verified /)
    const got = await fetch(`${geneva.url}/nairobi/lugha/resolve/main/model.bin`)
    expect(sha256Of(new Uint8Array(await got.arrayBuffer()))).toBe(sha256Of(WEIGHTS))
    const atCusco = await logsOf(cusco)
    const holders = await until(async () => {
      const answer = await fetch(`${geneva.url}/api/ayni/v1/models/nairobi/lugha/holders`)
      const known = (await answer.json()) as { readonly holders: readonly object[] }
      return known.holders.length > 1 && known
    })
    expect(holders).toMatchObject({
      id: 'nairobi/lugha',
      home: { member: atCusco.held[0]?.origin.split('/')[1], url: nairobi.url },
      checkedAt: expect.any(String),
      files: 2,
      here: { files: 1, bytes: WEIGHTS.length },
      holders: [
        { isHome: true, files: 0, verifiedAt: null },
        { member: atCusco.members[0]?.id, isHome: false, files: 1, verifiedAt: expect.any(String) },
      ],
    })
    expect(await page()).toMatch(/<\/bdi><\/a> \([^)]*1[^)]* of [^)]*2[^)]* files, verified [^)]*\)/)
    expect((await geneva.cli('doctor')).code).toBe(0)
  })

  it('is fetched from a copy by the Python client while its home is off', async ({ skip }) => {
    const client = await pythonClient('2.0.0')
    if (!client.ok) return skip(client.why)
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi, '--content', 'all')
    await publishModel(nairobi)
    for (const path of ['model.bin', 'model.safetensors'])
      await until(async () => {
        const head = await fetch(`${cusco.url}/nairobi/lugha/resolve/main/${path}`, { method: 'HEAD' })
        return head.headers.has('x-xet-hash')
      })
    await nairobi.kill()
    await using folder = await temporaryFolder()
    const env = { HF_ENDPOINT: cusco.url, HF_HOME: join(folder.path, 'home') }
    const target = join(folder.path, 'got')
    const hf = join(client.value.programs, 'hf')
    await succeedIn(hf, ['download', 'nairobi/lugha', '--local-dir', target], { env })
    expect(sha256Of(new Uint8Array(await readFile(join(target, 'model.bin'))))).toBe(sha256Of(WEIGHTS))
    expect(await readFile(join(target, 'README.md'), 'utf8')).toBe(CARD)
  })

  it('changes, loses a version and is withdrawn everywhere', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await publishModel(nairobi)
    const card = async () => (await fetch(`${cusco.url}/nairobi/lugha/resolve/main/README.md`)).text()
    await until(async () => (await card()) === CARD)
    await publishCard(nairobi, 'nairobi/lugha', '# Another\n')
    await until(async () => (await card()) === '# Another\n')
    const hub = { hubUrl: nairobi.url, accessToken: nairobi.token }
    await deleteRepo({ ...hub, repo: { type: 'model', name: 'nairobi/lugha' } })
    await until(async () => (await fetch(`${cusco.url}/api/models/nairobi/lugha`)).status === 401)
    expect((await cusco.cli('doctor')).code).toBe(0)
  })

  it('cannot be written to anywhere but at its home', async () => {
    await using nairobi = await startMember('nairobi')
    await using cusco = await startMember('cusco')
    await cusco.follow(nairobi)
    await publishModel(nairobi)
    await repositoryAt(cusco, 'nairobi/lugha')
    await using folder = await temporaryFolder()
    await mkdir(join(folder.path, 'model'))
    await writeFile(join(folder.path, 'model', 'README.md'), 'Mine\n')
    const lines = [
      { key: 'header', value: { summary: 'Mine' } },
      { key: 'file', value: { path: 'README.md', content: 'Mine\n' } },
    ]
    const commit = await fetch(`${cusco.url}/api/models/nairobi/lugha/commit/main`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cusco.token}`, 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    })
    expect(commit.status).toBe(403)
    expect(await commit.json()).toMatchObject({
      reason: 'readOnlyCopy',
      error: expect.stringContaining(nairobi.url),
    })
  })
})
