import { createRepo, deleteRepo, uploadFiles } from '@huggingface/hub'
import { expect, it } from 'vitest'

import { startMember, until, type Member } from '../support/federation.ts'
import { randomBytesOf } from '../support/index.ts'

const REPOSITORY = { type: 'model' as const, name: 'nairobi/lugha' }

async function publishModel({ url, token }: Member): Promise<void> {
  const hub = { hubUrl: url, accessToken: token, repo: REPOSITORY }
  await createRepo(hub)
  const weights = new Blob([new Uint8Array(randomBytesOf('weights', 1_000_000))])
  await uploadFiles({ ...hub, files: [{ path: 'model.bin', content: weights }] })
}

interface Listed {
  readonly repository: string
  readonly verified: number
  readonly copies: readonly { readonly member: string; readonly state: string }[]
}

/** What a node says of all that is promised. */
async function goodsAt(node: Member): Promise<readonly Listed[]> {
  const { stdout } = await node.cli('public-good', 'list', '--json')
  return JSON.parse(stdout) as readonly Listed[]
}

async function statesAt(node: Member): Promise<readonly string[]> {
  const [good] = await goodsAt(node)
  return (good?.copies ?? []).map(({ state }) => state).toSorted()
}

it('is promised to everybody, and each node counts the copies that it verified', async () => {
  await using nairobi = await startMember('nairobi')
  await using cusco = await startMember('cusco')
  await using geneva = await startMember('geneva')
  await publishModel(nairobi)
  await cusco.follow(nairobi, '--content', 'all')
  await geneva.follow(nairobi)
  for (const { url } of [cusco, geneva]) expect((await nairobi.cli('follower', 'allow', url)).code).toBe(0)
  await until(async () => {
    const url = `${cusco.url}/nairobi/lugha/resolve/main/model.bin`
    return (await fetch(url, { method: 'HEAD' })).headers.has('x-xet-hash')
  })

  const terms = ['--licence', 'Apache-2.0', '--until', '2099-12-31', '--holders', '3']
  const refused = await nairobi.cli(
    'public-good',
    'promise',
    'nairobi/lugha',
    ...terms,
    '--until',
    '1999-12-31',
  )
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('until')])
  expect((await nairobi.cli('public-good', 'promise', 'nairobi/lugha', ...terms)).code).toBe(0)
  const foreign = await cusco.cli('public-good', 'promise', 'nairobi/lugha', ...terms)
  expect(foreign.code).toBe(1)

  // Geneva fetches only what somebody asks for, and says so.
  await until(async () => (await statesAt(nairobi)).join() === 'partial,verified,verified')
  expect(await goodsAt(nairobi)).toMatchObject([{ repository: 'nairobi/lugha', verified: 2 }])
  // Cusco compares its own bytes with those of the home.
  await until(async () => (await statesAt(cusco)).join() === 'verified,verified')
  const page = await (await fetch(`${cusco.url}/en/nairobi/lugha/public-good`)).text()
  expect(page).toContain('2 of 3 copies verified')

  await deleteRepo({ hubUrl: nairobi.url, accessToken: nairobi.token, repo: REPOSITORY })
  await until(async () => (await goodsAt(cusco)).length === 0)
  expect(await goodsAt(nairobi)).toEqual([])
})
