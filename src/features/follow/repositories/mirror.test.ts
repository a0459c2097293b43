import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'

import { describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../../test/support/test-node.ts'
import {
  encodeCommit,
  encodePointer,
  encodeTag,
  END_OF_OBJECTS,
  gitObject,
  type GitObject,
  objectHeader,
} from '../../../content/git/index.ts'
import { concatBytes, utf8 } from '../../../kernel/bytes.ts'
import { BrokenFetch, type Fetcher } from '../../../kernel/fetcher.ts'
import { type GitOid, Name, RepositoryId, RepositoryPath, Sha256 } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import { HOUR, MINUTE } from '../../../kernel/time.ts'
import { type ManifestFile, writeManifest } from '../../../records/index.ts'
import { examineRevisions, findRepository, manifestOf } from '../../share/index.ts'
import { createDoubts, type Lie, type Mirrored, mirrorRepository } from './index.ts'

const MEMBER = 'm234567abcdefghijklmnopqrstuvwxyz'
const HOME = 'https://kigali.example'
const OTHER = 'https://other.example'

/** What a host answers: a path and query to bytes. */
type Host = (path: string) => Promise<{ status: number; body: AsyncIterable<Uint8Array> | Uint8Array }>

interface Following extends AsyncDisposable {
  readonly node: TestNode
  readonly asked: string[]
  readonly lies: Lie[]
  readonly contradictions: string[]
  readonly hosts: Map<string, Host>
  pass(time: number): void
  announce(
    refs: Readonly<Record<string, { readonly oid: string; readonly manifest?: string | undefined }>>,
    repository?: string,
  ): Promise<void>
  mirror(repository?: string): Promise<Result<Mirrored>>
}

/** A node that follows the member `kigali` of another node. */
async function following(handle = 'kigali'): Promise<Following> {
  const node = await testNode()
  const { database, share, random } = node.node
  const member = { id: MEMBER, handle, display_name: 'Kigali', url: HOME, created_at: 0, hosted: 0 as const }
  await database.write((tx) => tx.insertInto('member').values(member).execute())
  const asked: string[] = []
  const lies: Lie[] = []
  const contradictions: string[] = []
  const hosts = new Map<string, Host>()
  let now = 0
  const doubts = createDoubts(() => now)
  const fetcher: Fetcher = {
    async fetch({ url }) {
      asked.push(url)
      const { origin, pathname, search } = new URL(url)
      const host = hosts.get(origin)
      if (!host) return { ok: false, failure: { reason: 'hostNotFound', host: origin } }
      const { status, body } = await host(pathname + search)
      const chunks = body instanceof Uint8Array ? inChunks(body) : body
      return { ok: true, value: { status, url, headers: {}, body: chunks, [Symbol.dispose]() {} } }
    },
  }
  return {
    node,
    asked,
    lies,
    contradictions,
    hosts,
    pass: (time) => void (now += time),
    async announce(refs, repository = 'kigali/asr') {
      const rows = Object.entries(refs).map(([ref, { oid, manifest }], at) => ({
        member_id: MEMBER,
        kind: 'model' as const,
        key: repository.toLowerCase(),
        repository,
        ref,
        commit_oid: oid,
        manifest_sha256: manifest ?? null,
        origin: `ayni/${MEMBER}/0`,
        position: at,
        time: 1_700_000_000_000 + at,
      }))
      await database.write(async (tx) => {
        await tx.deleteFrom('announced_ref').execute()
        for (const row of rows) await tx.insertInto('announced_ref').values(row).execute()
      })
    },
    async mirror(repository = 'kigali/asr') {
      return mirrorRepository(
        {
          database,
          share,
          random,
          fetcher,
          events: {
            lied: (_url, _request, lie) => void lies.push(lie),
            contradicted: (_request, path) => void contradictions.push(path),
          },
          sources: [
            { url: HOME, allow: 'public', isHome: true },
            { url: `${OTHER}/`, allow: 'public' },
          ],
          doubts,
          signal: AbortSignal.timeout(60_000),
        },
        { memberId: MEMBER, kind: 'model', repository: RepositoryId.parse(repository) },
      )
    },
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  }
}

async function* inChunks(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The home: a node whose member is called `kigali`. */
async function home(): Promise<TestNode> {
  const node = await testNode()
  await node.node.database.write((tx) =>
    tx.updateTable('member').set({ handle: 'kigali' }).where('hosted', '=', 1).execute(),
  )
  const made = await node.node.accounts.addOrganisation(
    { kind: 'console' },
    { name: Name.parse('kigali'), fullName: 'Kigali', owner: 'admin' },
  )
  expect(made.ok).toBe(true)
  return node
}

const hostOf =
  (node: TestNode): Host =>
  async (path) => {
    const answer = await node.fetch(path, { token: null })
    return { status: answer.status, body: new Uint8Array(await answer.arrayBuffer()) }
  }

const line = (key: string, value: unknown) => JSON.stringify({ key, value })
const text = (path: string, content: string) => line('file', { path, content, encoding: 'utf-8' })

async function commit(node: TestNode, lines: readonly string[], branch = 'main'): Promise<string> {
  const answer = await node.fetch(`/api/models/kigali/asr/commit/${branch}`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson' },
    body: [line('header', { summary: 'Change' }), ...lines].join('\n'),
  })
  expect(answer.status).toBe(200)
  const { commitOid } = (await answer.json()) as { commitOid: string }
  return commitOid
}

const post = (node: TestNode, path: string, body: unknown, method = 'POST') =>
  node.fetch(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

async function create(node: TestNode): Promise<void> {
  expect((await post(node, '/api/repos/create', { name: 'asr', organization: 'kigali' })).status).toBe(200)
}

/** What the home's log says now. */
async function announceAll(home: TestNode, follower: Following): Promise<void> {
  const { database, share } = home.node
  const found = await findRepository(database.read, 'model', 'kigali/asr')
  if (found.kind !== 'found') throw new Error('no repository')
  const refs: Record<string, { oid: string; manifest: string }> = {}
  for (const { name, oid } of await share.queries.refs(database.read, found.repository.id)) {
    const manifest = await manifestOf(database.read, share.queries, found.repository.id, oid)
    refs[name] = { oid, manifest: sha256(manifest ?? new Uint8Array()) }
  }
  await follower.announce(refs)
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const reason = (result: Result<unknown>) => (result.ok ? 'ok' : result.failure.reason)

async function json(node: TestNode, path: string): Promise<unknown> {
  const answer = await node.fetch(path, { token: null })
  expect(answer.status).toBe(200)
  return answer.json()
}

/** A large file has its Xet hash in answers once its bytes are here. */
function withoutXet(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, member: unknown) => (key === 'xetHash' ? undefined : member)))
}

/** Every row that a mirror could write. */
async function traces({ node }: Following): Promise<readonly unknown[]> {
  const { read } = node.node.database
  const tables = [
    'repository',
    'ref',
    'git_object',
    'repository_object',
    'blob_digest',
    'manifest_file',
  ] as const
  const rows = await Promise.all(tables.map((table) => read.selectFrom(table).selectAll().execute()))
  const arriving = await read.selectFrom('arriving_object').select('oid').execute()
  return [...rows, arriving]
}

async function faults(node: TestNode): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { detail } of examineRevisions(node.node.database)) found.push(detail)
  return found
}

async function uploadLarge(node: TestNode, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const oid = sha256(bytes)
  const body = { operation: 'upload', transfers: ['basic'], objects: [{ oid, size: bytes.length }] }
  const batch = await node.fetch('/kigali/asr.git/info/lfs/objects/batch', {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.git-lfs+json' },
    body: JSON.stringify(body),
  })
  const { objects } = (await batch.json()) as {
    objects: { actions: { upload: { href: string; header?: Record<string, string> } } }[]
  }
  const upload = objects[0]?.actions.upload
  if (!upload) throw new Error('no upload')
  const put = await node.fetch(new URL(upload.href).pathname + new URL(upload.href).search, {
    method: 'PUT',
    body: bytes,
    token: null,
  })
  expect(put.status).toBe(200)
  return oid
}

describe('a mirrored repository', () => {
  it('stands here as at its home, to be read', async () => {
    await using a = await home()
    await using b = await following()
    await create(a)
    const weights = new Uint8Array(50_000).map((_, at) => at % 251)
    const oid = await uploadLarge(a, weights)
    await commit(a, [
      text('README.md', '---\nlicense: mit\n---\n# Swahili speech\n'),
      text('data/words.csv', 'jambo\n'),
      line('lfsFile', { path: 'model.safetensors', algo: 'sha256', oid, size: weights.length }),
    ])
    await post(a, '/api/models/kigali/asr/tag/main', { tag: 'v1', message: 'First' })
    await post(a, '/api/models/kigali/asr/branch/next', {})
    b.hosts.set(HOME, hostOf(a))
    await announceAll(a, b)
    const mirrored = await b.mirror()
    expect(mirrored).toMatchObject({ ok: true, value: { kind: 'mirrored', isChanged: true } })
    if (mirrored.ok && mirrored.value.kind === 'mirrored')
      await b.node.node.catalogue.refreshCard(mirrored.value.repositoryId)

    const [listed] = (await json(b.node, '/api/models')) as { id: string; tags: string[] }[]
    expect(listed).toMatchObject({ id: 'kigali/asr', tags: expect.arrayContaining(['license:mit']) })
    for (const path of [
      '/api/models/kigali/asr/tree/main?recursive=true',
      '/api/models/kigali/asr/refs',
      '/api/models/kigali/asr/commits/main',
    ])
      expect(await json(b.node, path)).toEqual(withoutXet(await json(a, path)))
    const words = await b.node.fetch('/kigali/asr/resolve/v1/data/words.csv', { token: null })
    expect(await words.text()).toBe('jambo\n')
    expect(await faults(b.node)).toEqual([])
    const card = (await b.node.node.database.read.selectFrom('card').select('card').executeTakeFirstOrThrow())
      .card
    expect(JSON.parse(card)).toMatchObject({ weights: [], problems: [] })
    const [row] = await b.node.node.database.read.selectFrom('repository').selectAll().execute()
    expect(row).toMatchObject({ member_id: MEMBER, modified_at: 1_700_000_000_002, visibility: 'public' })
    expect(await b.node.node.database.read.selectFrom('outgoing_record').selectAll().execute()).toEqual([])
  })

  it('is served on, so that a third node follows through this one', async () => {
    await using a = await home()
    await using b = await following()
    await using c = await following()
    await create(a)
    const oid = await uploadLarge(a, new Uint8Array(1000).fill(7))
    await commit(a, [text('a', '1'), line('lfsFile', { path: 'b.bin', algo: 'sha256', oid, size: 1000 })])
    b.hosts.set(HOME, hostOf(a))
    await announceAll(a, b)
    expect(reason(await b.mirror())).toBe('ok')
    c.hosts.set(OTHER, hostOf(b.node)) // the home is gone
    await announceAll(a, c)
    expect(reason(await c.mirror())).toBe('ok')
    expect(await json(c.node, '/api/models/kigali/asr/refs')).toEqual(
      await json(a, '/api/models/kigali/asr/refs'),
    )
    expect(c.lies).toEqual([])
  })

  it('takes only what is new, and asks nobody without news', async () => {
    await using a = await home()
    await using b = await following()
    await create(a)
    await commit(a, [text('a/one', '1'), text('b/two', '2')])
    b.hosts.set(HOME, hostOf(a))
    await announceAll(a, b)
    await b.mirror()
    await commit(a, [text('a/one', '1, again')])
    await announceAll(a, b)
    const bodies: number[] = []
    b.hosts.set(HOME, async (path) => {
      const answer = await hostOf(a)(path)
      if (path.includes('/objects') && answer.body instanceof Uint8Array) bodies.push(objectsIn(answer.body))
      return answer
    })
    expect(reason(await b.mirror())).toBe('ok')
    expect(bodies).toEqual([4]) // a blob, its directory, the root, the commit
    expect(await json(b.node, '/api/models/kigali/asr/tree/main?recursive=true')).toEqual(
      await json(a, '/api/models/kigali/asr/tree/main?recursive=true'),
    )
    b.asked.length = 0
    expect(await b.mirror()).toMatchObject({ ok: true, value: { isChanged: false } })
    expect(b.asked).toEqual([])
  })

  it('loses the branches that are announced no more, and goes with the last', async () => {
    await using a = await home()
    await using b = await following()
    await create(a)
    await post(a, '/api/models/kigali/asr/branch/next', {})
    b.hosts.set(HOME, hostOf(a))
    await announceAll(a, b)
    await b.mirror()
    await a.fetch('/api/models/kigali/asr/branch/next', { method: 'DELETE' })
    await announceAll(a, b)
    expect(await b.mirror()).toMatchObject({ ok: true, value: { kind: 'mirrored', isChanged: true } })
    expect(await json(b.node, '/api/models/kigali/asr/refs')).toMatchObject({ branches: [{ name: 'main' }] })
    await b.announce({})
    expect(await b.mirror()).toEqual({ ok: true, value: { kind: 'removed' } })
    expect((await b.node.fetch('/api/models/kigali/asr')).status).toBe(404)
    expect(await b.mirror()).toEqual({ ok: true, value: { kind: 'absent' } })
    expect(await b.node.node.database.read.selectFrom('outgoing_record').selectAll().execute()).toEqual([])
  })

  it('cannot be written, whatever the account is called, and says where its home is', async () => {
    await using a = await home()
    await using b = await following()
    await create(a)
    b.hosts.set(HOME, hostOf(a))
    await announceAll(a, b)
    await b.mirror()
    const token = await b.node.addUser('kigali')
    const as = (path: string, method: string, body: unknown) =>
      b.node.fetch(path, {
        method,
        token,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const answers = await Promise.all([
      as('/api/models/kigali/asr/commit/main', 'POST', {}),
      as('/api/models/kigali/asr/branch/x', 'POST', {}),
      as('/api/models/kigali/asr/branch/main', 'DELETE', {}),
      as('/api/models/kigali/asr/tag/main', 'POST', { tag: 'x' }),
      as('/api/models/kigali/asr/settings', 'PUT', { private: true }),
      as('/api/repos/delete', 'DELETE', { name: 'kigali/asr' }),
      as('/api/repos/move', 'POST', { fromRepo: 'kigali/asr', toRepo: 'kigali/x' }),
      as('/api/models/kigali/asr/preupload/main', 'POST', { files: [] }),
      b.node.fetch('/api/models/kigali/asr/xet-write-token/main', { token }),
      as('/kigali/asr.git/info/lfs/objects/batch', 'POST', {
        operation: 'upload',
        objects: [{ oid: 'ab'.repeat(32), size: 1 }],
      }),
    ])
    for (const answer of answers) {
      expect([answer.url, answer.status]).toEqual([answer.url, 403])
      expect(await answer.text()).toContain(HOME)
    }
    const taken = await as('/api/repos/create', 'POST', { name: 'kigali/ASR' })
    expect(taken.status).toBe(409)
  })
})

function objectsIn(stream: Uint8Array): number {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength)
  let count = 0
  for (let at = 0; view.getUint8(at) !== 0; count++) at += 9 + view.getUint32(at + 5)
  return count
}

describe('an id', () => {
  it('outside the namespaces of its member is refused', async () => {
    await using b = await following()
    await b.announce({ 'refs/heads/main': { oid: 'ab'.repeat(20) } }, 'lagos/asr')
    expect(reason(await b.mirror('lagos/asr'))).toBe('invalidName')
  })

  it('in a namespace of a member hosted here is refused', async () => {
    await using b = await following('nairobi')
    await b.announce({ 'refs/heads/main': { oid: 'ab'.repeat(20) } }, 'nairobi/asr')
    expect(reason(await b.mirror('nairobi/asr'))).toBe('nameTaken')
  })

  it('taken by a repository of this node stays with it', async () => {
    await using b = await following()
    await b.node.addUser('kigali')
    const created = await b.node.node.share.repositories.create(
      { name: 'kigali' },
      { kind: 'model', fullName: RepositoryId.parse('kigali/asr'), visibility: 'private' },
    )
    expect(created.ok).toBe(true)
    const before = await traces(b)
    await b.announce({ 'refs/heads/main': { oid: 'ab'.repeat(20) } })
    expect(reason(await b.mirror())).toBe('repositoryExists')
    expect(await traces(b)).toEqual(before)
  })
})

/** A commit made by hand, as an honest home would send it. */
interface Made {
  readonly objects: readonly GitObject[]
  readonly commit: GitOid
  readonly manifest: Uint8Array
}

const SIGNATURE = { name: 'x', email: 'x', seconds: 1_700_000_000 }

function rawTree(entries: readonly { mode: string; name: string; oid: string }[]): GitObject {
  return gitObject(
    'tree',
    concatBytes(
      entries.flatMap(({ mode, name, oid }) => [utf8(`${mode} ${name}\0`), Buffer.from(oid, 'hex')]),
    ),
  )
}

function commitOn(tree: GitObject, seconds = SIGNATURE.seconds): GitObject {
  const by = { ...SIGNATURE, seconds }
  return gitObject(
    'commit',
    encodeCommit({ tree: tree.oid, parents: [], author: by, committer: by, message: 'x\n' }),
  )
}

function madeOf(tree: GitObject, below: readonly GitObject[], files: readonly ManifestFile[] = []): Made {
  const commit = commitOn(tree)
  return { objects: [...below, tree, commit], commit: commit.oid, manifest: writeManifest(files) }
}

const BLOB = gitObject('blob', utf8('jambo'))
const POINTED = Sha256.parse('cd'.repeat(32))
const POINTER = gitObject('blob', encodePointer({ sha256: POINTED, size: 77 }))

function honest(): Made {
  const tree = rawTree([
    { mode: '100644', name: 'a', oid: BLOB.oid },
    { mode: '100644', name: 'b.bin', oid: POINTER.oid },
  ])
  return madeOf(tree, [BLOB, POINTER], FILES)
}

const FILES: readonly ManifestFile[] = [
  { path: RepositoryPath.parse('a'), size: 5, sha256: Sha256.parse(sha256(BLOB.body)), gitOid: BLOB.oid },
  { path: RepositoryPath.parse('b.bin'), size: 77, sha256: POINTED },
]

const frame = ({ type, body }: GitObject, said = body.length, zlib: Uint8Array = deflateSync(body)) =>
  concatBytes([objectHeader(type, said, zlib.length), zlib])
const streamOf = (objects: readonly GitObject[]) =>
  concatBytes([...objects.map((object) => frame(object)), END_OF_OBJECTS])

const serving =
  (made: Pick<Made, 'manifest'>, stream: Uint8Array): Host =>
  async (path) => ({ status: 200, body: path.includes('/manifest/') ? made.manifest : stream })

async function announceMade(b: Following, { commit, manifest }: Made): Promise<void> {
  await b.announce({ 'refs/heads/main': { oid: commit, manifest: sha256(manifest) } })
}

const bomb = (() => {
  const objects: GitObject[] = [BLOB]
  let tree = rawTree([{ mode: '100644', name: 'a', oid: BLOB.oid }])
  for (let level = 0; level < 8; level++) {
    objects.push(tree)
    const { oid } = tree
    tree = rawTree(Array.from({ length: 10 }, (_, at) => ({ mode: '40000', name: String(at), oid })))
  }
  return madeOf(tree, objects)
})()

const treeOf = (...entries: { mode: string; name: string }[]) =>
  madeOf(rawTree(entries.map((entry) => ({ ...entry, oid: BLOB.oid }))), [BLOB])

/** Each lie: what the log announces, and what the source sends. */
const LIES: readonly (readonly [string, Lie, Made, Uint8Array])[] = (() => {
  const made = honest()
  const whole = streamOf(made.objects)
  const [, , tree, commit] = made.objects
  if (!tree || !commit) throw new Error('unreachable')
  const zeros = gitObject('blob', new Uint8Array(3 * 1024 * 1024))
  const file = { mode: '100644', name: 'a' }
  const named = (name: string) => treeOf({ mode: '100644', name })
  const withTree = (each: Made): [Made, Uint8Array] => [each, streamOf(each.objects)]
  return [
    ['a missing object', 'missingObject', made, streamOf(made.objects.slice(1))],
    ['nothing at all', 'missingObject', made, END_OF_OBJECTS],
    ['an order that cannot be checked', 'missingObject', made, streamOf(made.objects.toReversed())],
    [
      'other bytes',
      'missingObject',
      made,
      streamOf([gitObject('blob', utf8('jambi')), ...made.objects.slice(1)]),
    ],
    ['another commit', 'missingObject', made, streamOf([BLOB, POINTER, tree, commitOn(tree, 5)])],
    ['an object more', 'unaskedObject', made, streamOf([gitObject('blob', utf8('more')), ...made.objects])],
    ['bytes behind the end', 'extraBytes', made, concatBytes([whole, utf8('x')])],
    ['no end', 'cutShort', made, whole.subarray(0, -1)],
    ['half of it', 'cutShort', made, whole.subarray(0, 120)],
    ['an unknown type', 'unknownType', made, concatBytes([Uint8Array.of(7), whole])],
    ['a huge object', 'tooLarge', made, concatBytes([frame(BLOB, 11 * 1024 * 1024), whole])],
    ['a long envelope', 'tooLarge', made, concatBytes([frame(BLOB, 5, new Uint8Array(1000)), whole])],
    ['a bomb', 'malformed', made, concatBytes([frame(zeros, 8 * 1024), whole])],
    ['a longer object than said', 'malformed', made, concatBytes([frame(BLOB, 4), whole])],
    ['a shorter object than said', 'malformed', made, concatBytes([frame(BLOB, 6), whole])],
    [
      'bytes behind a zlib stream',
      'malformed',
      made,
      concatBytes([frame(BLOB, 5, concatBytes([deflateSync(BLOB.body), utf8('x')])), whole]),
    ],
    ['no zlib stream', 'malformed', made, concatBytes([frame(BLOB, 5, utf8('hello')), whole])],
    ['a tree of nonsense', 'malformedObject', ...withTree(madeOf(gitObject('tree', utf8('nonsense')), []))],
    ['a tree out of order', 'malformedObject', ...withTree(treeOf({ ...file, name: 'b' }, file))],
    ['a name twice', 'wrongPath', ...withTree(treeOf(file, file))],
    ['a way up', 'wrongPath', ...withTree(named('..'))],
    ['a way into .git', 'wrongPath', ...withTree(named('.GIT'))],
    ['a slash in a name', 'wrongPath', ...withTree(named('a/b'))],
    ['a backslash in a name', 'wrongPath', ...withTree(named('a\\b'))],
    ['an empty name', 'wrongPath', ...withTree(named(''))],
    ['a blob as a directory', 'otherType', ...withTree(treeOf({ mode: '40000', name: 'a' }))],
    ['ten million paths in nine trees', 'treeTooLarge', ...withTree(bomb)],
    [
      'a date that is none',
      'malformedObject',
      ...((): [Made, Uint8Array] => {
        const late = commitOn(tree, 1e18)
        return [{ ...made, commit: late.oid }, streamOf([BLOB, POINTER, tree, late])]
      })(),
    ],
  ]
})()

describe('a source that lies', () => {
  it.each(LIES)('with %s is told of, and nothing of it stays', async (_, lie, made, stream) => {
    await using b = await following()
    b.hosts.set(HOME, serving(made, stream))
    await announceMade(b, made)
    expect(reason(await b.mirror())).toBe('sourceLied')
    expect(b.lies).toEqual([lie])
    expect((await traces(b)).flatMap((rows) => rows)).toEqual([])
  })

  it('does not keep the next one from being asked', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(HOME, serving(made, streamOf(made.objects.slice(1))))
    b.hosts.set(OTHER, serving(made, streamOf(made.objects)))
    await announceMade(b, made)
    expect(reason(await b.mirror())).toBe('ok')
    expect(b.lies).toEqual(['missingObject'])
  })

  it('is asked again for nothing of the repository for an hour; its home is asked all the same', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(OTHER, serving(made, streamOf(made.objects.slice(1))))
    await announceMade(b, made)
    const askedOthers = async () => {
      b.asked.length = 0
      await b.mirror()
      return b.asked.filter((url) => url.startsWith(OTHER)).length
    }
    expect([await askedOthers(), await askedOthers()]).toEqual([1, 0])
    expect(b.asked.map((url) => new URL(url).origin)).toEqual([HOME])
    b.pass(HOUR)
    b.hosts.set(OTHER, serving(made, streamOf(made.objects)))
    expect([reason(await b.mirror()), b.lies]).toEqual(['ok', ['missingObject']])
  })

  it('that had not a thing is not asked for it at once', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(OTHER, async () => ({ status: 404, body: new Uint8Array() }))
    await announceMade(b, made)
    await b.mirror()
    await b.mirror()
    expect(b.asked.filter((url) => url.startsWith(OTHER))).toHaveLength(1)
    b.pass(MINUTE)
    b.hosts.set(OTHER, serving(made, streamOf(made.objects)))
    expect(reason(await b.mirror())).toBe('ok')
  })

  it('with the manifest of another commit is told of', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(HOME, serving({ manifest: writeManifest([]) }, streamOf(made.objects)))
    await announceMade(b, made)
    expect(reason(await b.mirror())).toBe('sourceLied')
    expect(b.lies).toEqual(['otherManifest'])
    expect((await traces(b)).flatMap((rows) => rows)).toEqual([])
  })

  it('by cutting the connection leaves no trace', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(HOME, async () => ({ status: 200, body: broken(streamOf(made.objects).subarray(0, 50)) }))
    await announceMade(b, made)
    expect(reason(await b.mirror())).toBe('hostAnswerBroken')
    expect((await traces(b)).flatMap((rows) => rows)).toEqual([])
  })

  it('cannot touch what the copy is already', async () => {
    await using b = await following()
    const made = honest()
    b.hosts.set(HOME, serving(made, streamOf(made.objects)))
    await announceMade(b, made)
    expect(reason(await b.mirror())).toBe('ok')
    const before = await traces(b)
    b.hosts.set(HOME, serving(bomb, streamOf(bomb.objects)))
    await announceMade(b, bomb)
    expect(reason(await b.mirror())).toBe('sourceLied')
    expect(await traces(b)).toEqual(before)
  })
})

async function* broken(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
  throw new BrokenFetch({ reason: 'hostAnswerBroken', host: 'kigali.example', problem: 'cutShort' })
}

describe('a member that contradicts itself', () => {
  const [a, b] = FILES
  if (!a || !b) throw new Error('unreachable')
  it.each([
    ['another hash of a small file', 'a', [{ ...a, sha256: POINTED }, b]],
    ['another blob', 'a', [{ ...a, gitOid: POINTER.oid }, b]],
    ['another size of a large file', 'b.bin', [a, { ...b, size: 78 }]],
    ['another hash of a large file', 'b.bin', [a, { ...b, sha256: a.sha256 }]],
    ['a file more', 'c', [a, b, { ...a, path: RepositoryPath.parse('c') }]],
    ['a file less', 'b.bin', [a]],
  ])('by %s is refused, and nothing stays', async (_, path, files) => {
    await using follower = await following()
    const made = { ...honest(), manifest: writeManifest(files) }
    follower.hosts.set(HOME, serving(made, streamOf(made.objects)))
    await announceMade(follower, made)
    expect(reason(await follower.mirror())).toBe('manifestMismatch')
    expect(follower.contradictions).toEqual([path])
    expect(follower.lies).toEqual([])
    expect((await traces(follower)).flatMap((rows) => rows)).toEqual([])
  })
})

describe('an annotated tag', () => {
  it('on something else than a commit is refused', async () => {
    await using b = await following()
    const made = honest()
    const tree = made.objects[2]
    if (!tree) throw new Error('unreachable')
    const tag = gitObject(
      'tag',
      encodeTag({ target: tree.oid, name: 'v1', tagger: SIGNATURE, message: 'x\n' }),
    )
    b.hosts.set(HOME, serving(made, streamOf([BLOB, POINTER, tree, tag])))
    await b.announce({ 'refs/tags/v1': { oid: tag.oid } })
    expect(reason(await b.mirror())).toBe('sourceLied')
    expect(b.lies).toEqual(['otherType'])
  })
})
