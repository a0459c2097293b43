import { commit, createRepo, downloadFile, listCommits, listFiles, modelInfo } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomBytesOf, startNode, type TestNode } from '../support/index.ts'

const ROUNDS = 12

describe('two clients on one branch', () => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  beforeAll(async () => {
    node = await startNode()
    hub = { hubUrl: node.url, accessToken: node.token }
  })
  afterAll(() => node[Symbol.asyncDispose]())

  const add = (repo: string, path: string, bytes: Uint8Array<ArrayBuffer>, parentCommit?: string) =>
    commit({
      ...hub,
      repo,
      title: `Add ${path}`,
      operations: [{ operation: 'addOrUpdate', path, content: new Blob([bytes]) }],
      ...(parentCommit !== undefined && { parentCommit }),
    })

  it('both keep every file they committed', async () => {
    const repo = 'admin/shared'
    await createRepo({ ...hub, repo })
    const client = async (name: string) => {
      for (let round = 0; round < ROUNDS; round++) {
        const bytes =
          round % 3 === 0 ? randomBytesOf(`${name} ${round}`, 50_000) : Buffer.from(`${name} ${round}`)
        await add(repo, `${name}/${round}.bin`, bytes)
      }
    }
    await Promise.all([client('one'), client('two')])
    const files = await Array.fromAsync(listFiles({ ...hub, repo, recursive: true }))
    expect(files.filter(({ type }) => type === 'file')).toHaveLength(2 * ROUNDS + 1)
    const commits = await Array.fromAsync(listCommits({ ...hub, repo }))
    expect(commits).toHaveLength(2 * ROUNDS + 1)
    const blob = await downloadFile({ ...hub, repo, path: 'two/9.bin' })
    expect(
      Buffer.from((await blob?.arrayBuffer()) ?? new ArrayBuffer(0)).equals(randomBytesOf('two 9', 50_000)),
    ).toBe(true)
  })

  it('cannot both be next after the same commit', async () => {
    const repo = 'admin/contested'
    await createRepo({ ...hub, repo })
    const { sha } = await modelInfo({ ...hub, name: repo, additionalFields: ['sha'] })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, (_, number) => add(repo, `${number}.txt`, Buffer.from(String(number)), sha)),
    )
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.map(({ reason }: { reason: unknown }) => reason)).toEqual(
      refused.map(() => expect.objectContaining({ statusCode: 412 })),
    )
    expect(await Array.fromAsync(listFiles({ ...hub, repo }))).toHaveLength(2)
  })
})
