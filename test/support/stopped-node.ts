import { randomBytes } from 'node:crypto'

import { openDataFolder } from '../../src/adapters/disk/index.ts'
import type { Clock } from '../../src/kernel/time.ts'
import { type Node, openNode } from '../../src/node/index.ts'

/** Opens the data folder of a node that is stopped in this process, for as long as `work` takes; `memberId` is its first member. */
export async function withStoppedNode<Value>(
  dataFolder: string,
  work: (node: Node, memberId: string) => Promise<Value>,
  clock: Clock = Date.now,
): Promise<Value> {
  const opened = await openDataFolder(dataFolder)
  if (!opened.ok) throw new Error(opened.failure.reason)
  await using folder = opened.value
  await using node = await openNode({
    folder,
    clock,
    random: (length) => Uint8Array.from(randomBytes(length)),
    log: { info() {}, warn: console.error, error: console.error },
  })
  const member = await node.accounts.member()
  if (!member) throw new Error('no member')
  return await work(node, member.id)
}
