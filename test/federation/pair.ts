import { createHash, randomBytes } from 'node:crypto'

import { openDataFolder } from '../../src/adapters/disk/data-folder.ts'
import { openFetcher } from '../../src/adapters/network/index.ts'
import {
  createRemoteContent,
  type RemoteContent,
  type RemoteContentEvents,
  type Source,
  type TransferLimits,
} from '../../src/features/follow/index.ts'
import { listen } from '../../src/http/server.ts'
import type { Log } from '../../src/kernel/log.ts'
import { Handle, Name } from '../../src/kernel/names.ts'
import { openNode, wireNode, type Node } from '../../src/node/index.ts'
import { temporaryFolder } from '../support/index.ts'
import { misbehavingProxy, type Proxy } from './proxy.ts'

const random = (length: number) => randomBytes(length)
const clock = () => Date.now()

/** A node on a port of this process, whose errors are kept. */
export interface ServedNode extends AsyncDisposable {
  readonly node: Node
  readonly address: string
  readonly token: string
  readonly errors: readonly string[]
}

type Change = (node: Node) => Node

async function serveNode(handle: string, change: Change = (node) => node): Promise<ServedNode> {
  await using owned = new AsyncDisposableStack()
  const place = owned.use(await temporaryFolder())
  const folder = await openDataFolder(place.path)
  if (!folder.ok) throw new Error(folder.failure.reason)
  owned.use(folder.value)
  const errors: string[] = []
  const log: Log = { info: () => {}, warn: () => {}, error: (_, message) => void errors.push(message) }
  const node = await openNode({ folder: folder.value, clock, random, log })
  const served = owned.use(await wireNode(change(node), '0.0.0'))
  const made = await node.accounts.initialise({
    handle: Handle.parse(handle),
    displayName: handle,
    url: null,
    admin: Name.parse('admin'),
    fullName: 'Amina',
  })
  if (!made.ok) throw new Error(made.failure.reason)
  const { address } = owned.use(await listen(served.app, '127.0.0.1', 0))
  const rest = owned.move()
  return {
    node,
    address,
    token: made.value.token,
    errors,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

/** The home of `nairobi/asr`, a node with a copy of it without large files, and a proxy on the way between them. */
export interface Pair extends AsyncDisposable {
  readonly home: ServedNode
  readonly copy: ServedNode
  readonly remote: RemoteContent
  /** Another one at the same node, as after a restart. */
  again(): RemoteContent
  readonly proxy: Proxy
  /** Where the copy's node asks, in this order; the proxy alone at first. */
  sources: readonly Source[]
  /** Ids of the repository, there and here. */
  readonly homeId: string
  readonly copyId: string
  readonly events: readonly string[]
  /** Publishes a file at home and lets the copy point to it. */
  publish(path: string, bytes: Uint8Array): Promise<{ sha256: string; url: string }>
}

export const REPOSITORY = 'nairobi/asr'

export async function openPair(limits: Partial<TransferLimits> = {}): Promise<Pair> {
  await using owned = new AsyncDisposableStack()
  const home = owned.use(await serveNode('nairobi'))
  const proxy = owned.use(await misbehavingProxy(home.address))
  const direct: Source = { url: proxy.address, allow: 'private', isHome: true }
  const state = { sources: [direct] as readonly Source[] }
  const events: string[] = []
  const fetcher = owned.use(openFetcher({ clock, random, limits: { silenceMs: 2000, tickMs: 100 } }))
  let made: RemoteContent | undefined
  const remoteOf = ({ database, content, share }: Node) => {
    const sources = async () => state.sources
    return createRemoteContent({
      database,
      content,
      share,
      fetcher,
      sources,
      clock,
      limits,
      events: recorded(events),
    })
  }
  const copy = owned.use(
    await serveNode('quito', (node) => {
      made = remoteOf(node)
      return { ...node, remoteContent: made }
    }),
  )
  if (!made) throw new Error('the node was not wired')
  const remote = owned.use(made)
  const homeId = await makeRepository(home)
  const rest = owned.move()
  return {
    home,
    copy,
    remote,
    again: () => remoteOf(copy.node),
    proxy,
    get sources() {
      return state.sources
    },
    set sources(sources) {
      state.sources = sources
    },
    homeId,
    copyId: homeId,
    events,
    async publish(path, bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      await commitLarge(home, homeId, { path, bytes, sha256 })
      await copyRows(home.node, copy.node, homeId)
      return { sha256, url: `${copy.address}/${REPOSITORY}/resolve/main/${path}` }
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}

function recorded(events: string[]): RemoteContentEvents {
  const note = (name: string) => () => void events.push(name)
  return {
    fileFetched: note('fileFetched'),
    sourceBlamed: note('sourceBlamed'),
    fileMissed: ({ reason }) => void events.push(`fileMissed ${reason}`),
    failed: ({ cause }) => void events.push(`failed ${String(cause)}`),
  }
}

async function makeRepository({ address, token, node }: ServedNode): Promise<string> {
  await fetch(`${address}/api/repos/create`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ name: 'asr', organization: 'nairobi' }),
  })
  const row = await node.database.read.selectFrom('repository').select('id').executeTakeFirstOrThrow()
  return row.id
}

interface LargeFile {
  readonly path: string
  readonly bytes: Uint8Array
  readonly sha256: string
}

async function commitLarge({ address, token, node }: ServedNode, id: string, file: LargeFile): Promise<void> {
  const { path, bytes, sha256 } = file
  const taken = await node.content.ingest(id, pieces(bytes))
  if (!taken.ok) throw new Error(taken.failure.reason)
  const lines = [
    { key: 'header', value: { summary: 'Add' } },
    { key: 'lfsFile', value: { path, algo: 'sha256', oid: sha256, size: bytes.length } },
  ]
  const committed = await fetch(`${address}/api/models/${REPOSITORY}/commit/main`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${token}` },
    body: lines.map((line) => JSON.stringify(line)).join('\n'),
  })
  if (!committed.ok) throw new Error(await committed.text())
}

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 1024 * 1024) yield bytes.subarray(at, at + 1024 * 1024)
}

/** Stands the repository at the other node as following would: rows and git objects, no large files. */
async function copyRows(from: Node, to: Node, id: string): Promise<void> {
  const { read } = from.database
  const repository = await read
    .selectFrom('repository')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  const member = await read
    .selectFrom('member')
    .selectAll()
    .where('id', '=', repository.member_id)
    .executeTakeFirstOrThrow()
  const refs = await read.selectFrom('ref').selectAll().where('repository_id', '=', id).execute()
  const objects = await read.selectFrom('git_object').selectAll().execute()
  const members = await read.selectFrom('repository_object').selectAll().execute()
  await to.database.write(async (tx) => {
    await tx
      .insertInto('member')
      .values({ ...member, hosted: 0 })
      .onConflict((row) => row.doNothing())
      .execute()
    await tx
      .insertInto('repository')
      .values(repository)
      .onConflict((row) => row.doNothing())
      .execute()
    await tx
      .insertInto('git_object')
      .values(objects)
      .onConflict((row) => row.doNothing())
      .execute()
    await tx
      .insertInto('repository_object')
      .values(members)
      .onConflict((row) => row.doNothing())
      .execute()
    await tx.deleteFrom('ref').where('repository_id', '=', id).execute()
    await tx.insertInto('ref').values(refs).execute()
  })
}
