import { setTimeout } from 'node:timers/promises'

import { type Failure, Refusal } from '../kernel/failure.ts'
import { type Admin, connectToAdmin, createAdmin, directChannel } from './admin/index.ts'
import type { HeldFolder, World } from './world.ts'

const ATTEMPTS = 50
const PAUSE_MS = 200

/**
 * Administers the node of a data folder: directly while it is stopped, through its socket while it runs.
 * A node that is just starting or ending is waited for, ten seconds at most.
 */
export async function withAdmin<Value>(
  world: World,
  path: string,
  wanted: 'existing' | 'any',
  work: (admin: Admin) => Promise<Value>,
): Promise<Value> {
  for (let attempt = 1; ; attempt++) {
    const folder = await world.openFolder(path, wanted)
    if (folder.ok) return administer(world, folder.value, work)
    const socket = socketOfHeld(folder.failure)
    if (socket === null) throw new Refusal(folder.failure)
    const channel = await connectToAdmin(socket)
    if (channel) return work(createAdmin(channel, world.signal))
    if (attempt === ATTEMPTS) throw new Refusal(folder.failure)
    await setTimeout(PAUSE_MS, undefined, { signal: world.signal })
  }
}

async function administer<Value>(
  world: World,
  held: HeldFolder,
  work: (admin: Admin) => Promise<Value>,
): Promise<Value> {
  await using folder = held
  await using node = await world.openNode(folder)
  const channel = directChannel({ ...node, clock: world.clock, address: null })
  return await work(createAdmin(channel, world.signal))
}

/** The socket of a folder that another process holds; null when it was refused for another reason. */
function socketOfHeld(failure: Failure): string | null {
  if (failure.reason !== 'dataFolderInUse') return null
  return String(failure.detail?.['socket'])
}
