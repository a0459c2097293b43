import { createRepo, downloadFile, listFiles, modelInfo, uploadFiles } from '@huggingface/hub'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { randomBytesOf, startNode, type TestNode } from '../support/index.ts'
import { interrupt, type Moment } from './interrupt.ts'

const MOMENTS: readonly Moment[] = [
  { kind: 'before' },
  { kind: 'half sent' },
  { kind: 'sent', afterMs: 1 },
  { kind: 'sent', afterMs: 6 },
  { kind: 'sent', afterMs: 25 },
  { kind: 'answered' },
]

/** The requests of an upload, by the way its bytes take. */
const STEPS = [
  { way: 'Xet', useXet: true, step: /POST .*\/preupload\// },
  { way: 'Xet', useXet: true, step: /POST .*\/xorbs\// },
  { way: 'Xet', useXet: true, step: /POST .*\/shards$/ },
  { way: 'Xet', useXet: true, step: /POST .*\/commit\// },
  { way: 'LFS', useXet: false, step: /POST .*\/objects\/batch$/ },
  { way: 'LFS', useXet: false, step: /PUT / },
  { way: 'LFS', useXet: false, step: /POST .*\/commit\// },
] as const

const CASES = STEPS.flatMap(({ way, useXet, step }) =>
  MOMENTS.map((moment) => ({
    useXet,
    step,
    moment,
    title: `${way}, ${step.source.replaceAll(/[\\.*$]/g, '')}, ${moment.kind}${'afterMs' in moment ? ` ${moment.afterMs} ms` : ''}`,
  })),
)

describe('a node that is killed', () => {
  let node: TestNode
  let hub: { readonly hubUrl: string; readonly accessToken: string }
  const kept = { type: 'model' as const, name: 'admin/kept' }
  const keptBytes = randomBytesOf('kept', 200_000)
  beforeAll(async () => {
    node = await startNode()
    hub = { hubUrl: node.url, accessToken: node.token }
    await createRepo({ ...hub, repo: kept })
    await uploadFiles({ ...hub, repo: kept, files: [{ path: 'kept.bin', content: new Blob([keptBytes]) }] })
  })
  afterAll(() => node[Symbol.asyncDispose]())

  async function bytesOf(repo: { type: 'model'; name: string }, path: string): Promise<Buffer | null> {
    const blob = await downloadFile({ ...hub, repo, path })
    return blob && Buffer.from(await blob.arrayBuffer())
  }

  it.each(CASES.map((one, number) => ({ ...one, number })))(
    'keeps what it acknowledged: $title',
    async ({ useXet, step, moment, number }) => {
      const repo = { type: 'model' as const, name: `admin/killed-${number}` }
      const small = Buffer.from(`text ${number}`)
      const large = randomBytesOf(`killed ${number}`, 300_000)
      const files = [
        { path: 'small.txt', content: new Blob([small]) },
        { path: 'large.bin', content: new Blob([large]) },
      ]
      await createRepo({ ...hub, repo })
      const before = await modelInfo({ ...hub, name: repo.name, additionalFields: ['sha'] })

      const interruption = interrupt(step, moment, () => node.kill('SIGKILL'))
      await expect(uploadFiles({ ...hub, repo, files, useXet, fetch: interruption.fetch })).rejects.toThrow(
        'the node',
      )
      expect(interruption.happened()).toBe(true)
      await node.restart()

      const paths = (await Array.fromAsync(listFiles({ ...hub, repo }))).map(({ path }) => path)
      const after = await modelInfo({ ...hub, name: repo.name, additionalFields: ['sha'] })
      const committed = after.sha !== before.sha
      if (interruption.acknowledged.some((name) => name.includes('/commit/'))) expect(committed).toBe(true)
      expect(paths).toEqual(committed ? ['.gitattributes', 'large.bin', 'small.txt'] : ['.gitattributes'])
      if (committed) expect((await bytesOf(repo, 'large.bin'))?.equals(large)).toBe(true)

      await uploadFiles({ ...hub, repo, files, useXet })
      expect((await bytesOf(repo, 'large.bin'))?.equals(large)).toBe(true)
      expect((await bytesOf(repo, 'small.txt'))?.equals(small)).toBe(true)
    },
  )

  it('still has what was there before, whole and nothing else', async () => {
    expect((await bytesOf(kept, 'kept.bin'))?.equals(keptBytes)).toBe(true)
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
  })

  it('still has it when nothing was running', async () => {
    await node.kill('SIGKILL')
    const { code, stdout } = await node.cli('doctor', '--json')
    expect({ code, stdout }).toMatchObject({ code: 0 })
    await node.restart()
    expect((await bytesOf(kept, 'kept.bin'))?.equals(keptBytes)).toBe(true)
  })
})
