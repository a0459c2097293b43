import { cp } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { logsOf, publishCard, startMember, until } from '../support/federation.ts'
import { startNode, temporaryFolder, type TestNode } from '../support/index.ts'

/** Two members of which the second follows the first, and the first may ask it. */
async function startPair() {
  await using owned = new AsyncDisposableStack()
  const nairobi = owned.use(await startMember('nairobi'))
  const cusco = owned.use(await startMember('cusco'))
  await cusco.follow(nairobi)
  expect((await nairobi.cli('follower', 'allow', cusco.url)).code).toBe(0)
  const rest = owned.move()
  return { nairobi, cusco, [Symbol.asyncDispose]: () => rest.disposeAsync() }
}

/** Waits until the copy has at least so many signed entries, as many as its home. */
async function inStep(home: TestNode, copy: TestNode, least: number): Promise<number> {
  return until(async () => {
    const [own, held] = [(await logsOf(home)).own, (await logsOf(copy)).held[0]]
    return own !== undefined && own.size >= least && own.size === held?.size && own.size
  })
}

async function checkpointOf(node: TestNode): Promise<string> {
  return (await fetch(`${(await logsOf(node)).own?.prefix}/checkpoint`)).text()
}

describe('a checkpoint', () => {
  it('is shown to followers as soon as it is signed, and served with what they sign', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    const size = await inStep(nairobi, cusco, 5)
    const { members } = await logsOf(cusco)
    const note = await until(async () => {
      const text = await checkpointOf(nairobi)
      return text.includes(`— ayni/${members[0]?.id}/witness `) && text
    })
    expect(Number(note.split('\n')[1])).toBeGreaterThanOrEqual(size)
  })
})

describe('two nodes with one key', () => {
  it('do not both go on when both sign at the same time', async () => {
    await using pair = await startPair()
    const { nairobi, cusco } = pair
    await publishCard(nairobi, 'nairobi/one', 'One\n')
    await inStep(nairobi, cusco, 5)
    await using copies = await temporaryFolder()
    const dataFolder = join(copies.path, 'data')
    await nairobi.kill('SIGTERM')
    await cp(nairobi.dataFolder, dataFolder, { recursive: true })
    await nairobi.restart()
    const { admin, token } = nairobi
    await using clone = await startNode({ dataFolder, as: { admin, token } })
    const both = [nairobi, clone]
    // The slower one may take what the other said for entries that it lost, and go on: then the other is stopped.
    const isFrozen = ({ log }: TestNode) => log.includes('own log frozen')
    for (let round = 0; !both.some(isFrozen); round++)
      await Promise.all(both.map((node, index) => publishCard(node, 'nairobi/apart', `${round} ${index}\n`)))
    const frozen = both.find(isFrozen) ?? expect.unreachable('neither')
    const size = (await logsOf(frozen)).own?.size
    await publishCard(frozen, 'nairobi/later', 'Later\n')
    expect((await logsOf(frozen)).own?.size).toBe(size)
  })
})
