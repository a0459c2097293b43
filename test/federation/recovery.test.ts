import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { createBranch, createRepo, deleteRepo, uploadFiles } from '@huggingface/hub'
import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until, type Member } from '../support/federation.ts'
import { randomBytesOf, sha256Of, startNode, temporaryFolder } from '../support/index.ts'

/** Two members of which the second follows the first, and the first knows it. */
async function startPair(...terms: readonly string[]) {
  await using owned = new AsyncDisposableStack()
  const nairobi = owned.use(await startMember('nairobi'))
  const cusco = owned.use(await startMember('cusco'))
  await cusco.follow(nairobi, ...terms)
  expect((await nairobi.cli('follower', 'allow', cusco.url)).code).toBe(0)
  const rest = owned.move()
  return { nairobi, cusco, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Waits until both hold at least so many signed entries, and equally many. */
async function inStep(
  { nairobi, cusco }: { nairobi: Member; cusco: Member },
  least: number,
): Promise<number> {
  return until(async () => {
    const [own, held] = [(await logsOf(nairobi)).own, (await logsOf(cusco)).held[0]]
    return own !== undefined && own.size >= least && own.size === held?.size && own.size
  })
}

describe('a member’s own log', () => {
  it('comes back from followers after an old backup was restored, and goes on without a fork', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const early = await inStep(pair, 5)
    await using backup = await temporaryFolder()
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, join(backup.path, 'data'), { recursive: true })
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    const late = await inStep(pair, early + 2)
    await nairobi.kill('SIGKILL')
    await rm(nairobi.dataFolder, { recursive: true })
    await cp(join(backup.path, 'data'), nairobi.dataFolder, { recursive: true })
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/three', 'Three\n')
    expect(await inStep(pair, late + 2)).toBeGreaterThan(late)
    const following = JSON.parse((await cusco.cli('following', '--json')).stdout)
    expect(following).toMatchObject([{ handle: 'nairobi', frozen: null, failure: null }])
    expect(nairobi.log).toContain('recovered from a follower')
  })

  it('comes back with the versions and files that the lost records name', async () => {
    await using pair = await startPair('--content', 'all')
    const { nairobi, cusco } = pair
    const hub = { hubUrl: nairobi.url, accessToken: nairobi.token }
    const repo = (name: string) => ({ ...hub, repo: { type: 'model' as const, name } })
    const put = (name: string, path: string, bytes: Uint8Array<ArrayBuffer>) =>
      uploadFiles({ ...repo(name), files: [{ path, content: new Blob([bytes]) }] })
    const versions = ['first', 'second', 'tagged', 'new'].map((seed) => randomBytesOf(seed, 400_000))
    const [first, second, tagged, fresh] = versions.map((bytes) => new Uint8Array(bytes))
    if (!first || !second || !tagged || !fresh) throw new Error('no versions')
    await createRepo(repo('nairobi/old'))
    await put('nairobi/old', 'model.bin', first)
    await publishCard(nairobi, 'nairobi/gone', 'Withdrawn later\n')
    const early = await inStep(pair, 7)
    await using backup = await temporaryFolder()
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, join(backup.path, 'data'), { recursive: true })
    await nairobi.restart()
    await put('nairobi/old', 'model.bin', tagged)
    await createBranch({ ...repo('nairobi/old'), branch: 'tagged' })
    await put('nairobi/old', 'model.bin', second)
    await createRepo(repo('nairobi/new'))
    await put('nairobi/new', 'model.bin', fresh)
    await deleteRepo(repo('nairobi/gone'))
    await inStep(pair, early + 6)
    const shaAt = async (url: string, path: string) => {
      const answer = await fetch(`${url}/${path}`)
      return answer.ok ? sha256Of(new Uint8Array(await answer.arrayBuffer())) : answer.status
    }
    const places = [
      ['nairobi/old/resolve/main/model.bin', second],
      ['nairobi/old/resolve/tagged/model.bin', tagged],
      ['nairobi/new/resolve/main/model.bin', fresh],
    ] as const
    // Reading them at the follower brings them there, the version that only a branch leads to as well.
    for (const [path, bytes] of places)
      await until(async () => (await shaAt(cusco.url, path)) === sha256Of(bytes))
    await nairobi.kill('SIGKILL')
    await rm(nairobi.dataFolder, { recursive: true })
    await cp(join(backup.path, 'data'), nairobi.dataFolder, { recursive: true })
    await nairobi.restart()
    await until(async () => nairobi.log.includes('what recovered records name is here again'))
    for (const [path, bytes] of places) expect(await shaAt(nairobi.url, path)).toBe(sha256Of(bytes))
    expect((await fetch(`${nairobi.url}/nairobi/gone/resolve/main/README.md`)).status).toBe(401)
    const mine = { headers: { authorization: `Bearer ${nairobi.token}` } }
    expect((await fetch(`${nairobi.url}/nairobi/gone/resolve/main/README.md`, mine)).status).toBe(200)
    expect((await nairobi.cli('doctor')).stdout).toContain('whole')
    await put('nairobi/old', 'model.bin', first)
    await until(
      async () => (await shaAt(cusco.url, 'nairobi/old/resolve/main/model.bin')) === sha256Of(first),
    )
    expect((await nairobi.cli('rebuild')).code).toBe(0)
  })

  it('waits unsigned while those who follow it are silent; commits go on', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const before = await inStep(pair, 5)
    await cusco.kill('SIGTERM')
    await nairobi.restart()
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    expect((await fetch(`${nairobi.url}/nairobi/two/resolve/main/README.md`)).status).toBe(200)
    await until(async () => nairobi.log.includes('no follower answers'))
    expect((await logsOf(nairobi)).own?.size).toBe(before)
    await cusco.restart()
    expect(await inStep(pair, before + 2)).toBeGreaterThan(before)
  })

  it('is signed no more by a clone once the other has gone on', async () => {
    await using pair = await startPair()
    const { nairobi } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const before = await inStep(pair, 6)
    await using copies = await temporaryFolder()
    const dataFolder = join(copies.path, 'data')
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, dataFolder, { recursive: true })
    await nairobi.restart()
    const { admin, token } = nairobi // the same people, the same tokens
    await using clone = await startNode({ dataFolder, as: { admin, token } })
    await publishCard(nairobi, 'nairobi/two', 'Two\n')
    await inStep(pair, before + 2)
    await publishCard(clone, 'nairobi/other', 'Other\n')
    await until(async () => clone.log.includes('own log frozen'))
    expect(nairobi.log).not.toContain('own log frozen')
    await publishCard(nairobi, 'nairobi/three', 'Three\n')
    expect(await inStep(pair, before + 4)).toBeGreaterThan(before + 2)
  })
})
