import { once } from 'node:events'
import { createServer } from 'node:net'

import { createRepo, uploadFiles } from '@huggingface/hub'

import type { NodeOptions, TestNode } from './node.ts'
import { startNode } from './node.ts'

/** A node that others on this machine may be told to follow, and its command line. */
export interface Member extends TestNode {
  /** Follows another node; rejects with what the command said when it was refused. */
  follow(other: TestNode, ...flags: readonly string[]): Promise<void>
}

/** A member of its own in a process of its own. */
export async function startMember(handle: string, options: NodeOptions = {}): Promise<Member> {
  const port = options.port ?? (await freePort())
  const node = await startNode({ ...options, handle, port, address: `http://127.0.0.1:${port}` })
  return Object.defineProperties(
    {
      async follow(other: TestNode, ...flags: readonly string[]) {
        const done = await node.cli('follow', other.url, '--allow-private-address', '--yes', ...flags)
        if (done.code !== 0) throw new Error(done.stderr)
      },
    },
    Object.getOwnPropertyDescriptors(node),
  ) as Member // every property of the node, and the one above
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}

/** Waits until something is so; the test's own time-out ends the wait. */
export async function until<Value>(look: () => Promise<Value | null | undefined | false>): Promise<Value> {
  for (;;) {
    const found = await look()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Runs `ayni ARGS --json` at a node; rejects with what it said when it was refused. */
export async function ask<Answer = unknown>(node: TestNode, ...args: readonly string[]): Promise<Answer> {
  const done = await node.cli(...args, '--json')
  if (done.code !== 0) throw new Error(`${args.join(' ')}: ${done.stderr}`)
  return JSON.parse(done.stdout) as Answer
}

/** What a command shows at a node, once it is as wanted. */
export function shownAt<Shown>(
  node: TestNode,
  args: readonly string[],
  isWanted: (shown: Shown) => boolean,
): Promise<Shown> {
  return until(async () => {
    const { code, stdout } = await node.cli(...args, '--json')
    const shown = code === 0 && (JSON.parse(stdout) as Shown)
    return shown && isWanted(shown) && shown
  })
}

/** What a node says of the logs that it serves. */
export async function logsOf(node: TestNode) {
  const hint = (await (await fetch(`${node.url}/.well-known/ayni`)).json()) as {
    readonly members: readonly { readonly id: string; readonly handle: string }[]
    readonly logs: readonly { readonly origin: string; readonly prefix: string; readonly size: number }[]
  }
  return { members: hint.members, own: hint.logs[0], held: hint.logs.slice(1) }
}

/** Publishes a repository with a card, or another version of it. */
export async function publishCard(node: TestNode, name: string, words: string): Promise<void> {
  const hub = { hubUrl: node.url, accessToken: node.token, repo: { type: 'model' as const, name } }
  await createRepo(hub).catch(() => {}) // it is there already: another version is added
  await uploadFiles({ ...hub, files: [{ path: 'README.md', content: new Blob([words]) }] })
}
