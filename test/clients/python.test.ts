import { afterAll, beforeAll, expect, it } from 'vitest'

import { describeWith } from '../support/describe-with.ts'
import { HUB_VERSIONS, pythonClient, startNode, type TestNode } from '../support/index.ts'
import { tellStories } from './stories.ts'

const STORIES = [
  'accounts_and_repositories',
  'access',
  'files',
  'commits',
  'revisions',
  'listing',
  'file_system',
  'deduplication',
  'command_line',
]

for (const version of HUB_VERSIONS) {
  const python = await pythonClient(version)

  describeWith(python, `huggingface_hub ${version} with hf_xet`, (client) => {
    let node: TestNode
    beforeAll(async () => {
      node = await startNode()
    })
    afterAll(() => node[Symbol.asyncDispose]())

    for (const file of STORIES) tellStories(file, client, () => node)
    tellStories('without_xet', client, () => node, { HF_HUB_DISABLE_XET: '1' })

    it('leaves a node in which everything is whole', async () => {
      const { code, stdout } = await node.cli('doctor', '--json')
      expect({ code, stdout }).toMatchObject({ code: 0 })
    })

    it('met no error that the node did not expect', () => {
      expect(node.log.split('\n').filter((line) => line.includes('request failed'))).toEqual([])
    })
  })
}
