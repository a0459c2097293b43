import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { openDataFolder } from '../../src/adapters/disk/data-folder.ts'
import type { Log } from '../../src/kernel/log.ts'
import { Handle, Name } from '../../src/kernel/names.ts'
import { openNode, wireNode, type Node } from '../../src/node/index.ts'

const SILENT: Log = { info: () => {}, warn: () => {}, error: () => {} }

/** A whole node in this process, with the member `nairobi` and its first account `admin`. */
export interface TestNode extends AsyncDisposable {
  readonly node: Node
  /** A write token of `admin`. */
  readonly token: string
  /** Answers a request as the server would, without a port. `token: null` asks as a stranger. */
  fetch(path: string, init?: RequestInit & { token?: string | null }): Promise<Response>
  /** Makes an account and returns a write token for it. */
  addUser(name: string): Promise<string>
}

export async function testNode(): Promise<TestNode> {
  const path = await mkdtemp(join(tmpdir(), 'ayni-node-'))
  const folder = await openDataFolder(path)
  if (!folder.ok) throw new Error(folder.failure.reason)
  let now = Date.UTC(2026, 10, 24)
  const clock = () => (now += 1000)
  const random = (length: number) => randomBytes(length)
  const node = await openNode({ folder: folder.value, clock, random, log: SILENT })
  const served = await wireNode(node, '0.0.0')
  const console = { kind: 'console' } as const
  const setUp = { handle: Handle.parse('nairobi'), displayName: 'Nairobi', url: null }
  const { token } = value(
    await node.accounts.initialise({ ...setUp, admin: Name.parse('admin'), fullName: 'Amina' }),
  )
  return {
    node,
    token,
    async fetch(url, { token: given = token, ...init } = {}) {
      const headers = new Headers(init.headers)
      if (given !== null) headers.set('authorization', `Bearer ${given}`)
      return served.app.request(url, { ...init, headers })
    },
    async addUser(name) {
      value(await node.accounts.addUser(console, { name: Name.parse(name), fullName: name }))
      const issued = await node.accounts.createToken(console, {
        user: name,
        displayName: 'test',
        scope: 'write',
      })
      return value(issued).token
    },
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]()
      await folder.value[Symbol.asyncDispose]()
      await rm(path, { recursive: true })
    },
  }
}

function value<Value>(
  result: { ok: true; value: Value } | { ok: false; failure: { reason: string } },
): Value {
  if (result.ok) return result.value
  throw new Error(result.failure.reason)
}
