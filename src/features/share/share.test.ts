import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { temporaryDatabase } from '../../../test/support/temporary-database.ts'
import { gitObject } from '../../content/git/index.ts'
import type { Database } from '../../database/index.ts'
import { fromUtf8, utf8 } from '../../kernel/bytes.ts'
import { RepositoryId, RepositoryPath, Sha256, type GitOid } from '../../kernel/names.ts'
import type { Result } from '../../kernel/result.ts'
import { PublicRecord, readManifest } from '../../records/index.ts'
import {
  createShare,
  findRepository,
  manifestOf,
  packObject,
  type Operation,
  type Repository,
  type Share,
} from './index.ts'

const AUTHOR = { name: 'amina' }
const HELD = Sha256.parse('ab'.repeat(32))

async function setUp() {
  const database = await temporaryDatabase()
  let now = 1_700_000_000_000
  let next = 0
  const share = createShare({
    database,
    largeFiles: { sizeOf: async (_repository, sha256) => (sha256 === HELD ? 12 : null) },
    clock: () => (now += 1000),
    random: (length) => new Uint8Array(length).fill(++next),
  })
  return { database, share, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

async function newRepository(
  share: Share,
  visibility: 'public' | 'private' = 'public',
  id = 'nairobi/asr',
): Promise<Repository> {
  return value(
    await share.repositories.create(AUTHOR, { kind: 'model', fullName: RepositoryId.parse(id), visibility }),
  )
}

function value<Value>(result: Result<Value>): Value {
  if (result.ok) return result.value
  throw new Error(`refused: ${JSON.stringify(result.failure)}`)
}

function reason(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.reason
}

const file = async (path: string, text: string): Promise<Operation> => ({
  kind: 'file',
  path: RepositoryPath.parse(path),
  blob: await packObject(gitObject('blob', utf8(text))),
})
const deleted = (path: string): Operation => ({ kind: 'deletedFile', path: RepositoryPath.parse(path) })

const commit = (
  share: Share,
  repository: Repository,
  operations: Operation[],
  more: { parentCommit?: string } = {},
) =>
  share.revisions.commit(repository, AUTHOR, {
    branch: 'main',
    summary: 'Change',
    description: '',
    operations,
    ...more,
  })

async function contents(database: Database, share: Share, at: GitOid): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const entry of await share.queries.files(database.read, at)) {
    all[entry.path] = fromUtf8(await share.queries.blob(database.read, entry.oid))
  }
  return all
}

async function queued(database: Database): Promise<PublicRecord[]> {
  const rows = await database.read.selectFrom('outgoing_record').select('json').orderBy('sequence').execute()
  return rows.map(({ json }) => PublicRecord.parse(JSON.parse(json)))
}

async function nameOfManifest(
  { database, share }: { database: Database; share: Share },
  { id }: Repository,
  at: GitOid,
) {
  const bytes = await manifestOf(database.read, share.queries, id, at)
  if (!bytes) throw new Error('no manifest')
  return { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length }
}

describe('a new repository', () => {
  it('begins with a commit that says what is large', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const head = value(await node.share.queries.resolve(node.database.read, repository.id, 'main'))
    const [first] = await node.share.queries.history(node.database.read, head, { skip: 0, limit: 5 })
    expect(first?.title).toBe('initial commit')
    expect((await contents(node.database, node.share, head))['.gitattributes']).toContain(
      '*.safetensors filter=lfs',
    )
  })

  it('is refused where one by that name exists in any case', async () => {
    await using node = await setUp()
    await newRepository(node.share)
    const again = {
      kind: 'model',
      fullName: RepositoryId.parse('Nairobi/ASR'),
      visibility: 'public',
    } as const
    expect(reason(await node.share.repositories.create(AUTHOR, again))).toBe('repositoryExists')
    expect(reason(await node.share.repositories.create(AUTHOR, { ...again, kind: 'dataset' }))).toBe('ok')
  })
})

describe('a commit', () => {
  it('leaves exactly what the operations say, whatever they are', async () => {
    const paths = fc.constantFrom('a', 'b/c', 'b/d', 'e/f/g', 'ü/文')
    const changes = fc.array(fc.dictionary(paths, fc.option(fc.constantFrom('1', '2')), { minKeys: 1 }), {
      maxLength: 5,
    })
    await using node = await setUp()
    let count = 0
    await fc.assert(
      fc.asyncProperty(changes, async (commits) => {
        const repository = await newRepository(node.share, 'public', `nairobi/run-${++count}`)
        const expected: Record<string, string> = {}
        let head = value(await node.share.queries.resolve(node.database.read, repository.id, 'main'))
        for (const change of commits) {
          const operations: Operation[] = []
          for (const [path, text] of Object.entries(change)) {
            if (text !== null) operations.push(await file(path, text))
            else if (path in expected) operations.push(deleted(path))
            if (text !== null) expected[path] = text
            else delete expected[path]
          }
          head = value(await commit(node.share, repository, operations)).oid
        }
        const { '.gitattributes': _, ...actual } = await contents(node.database, node.share, head)
        expect(actual).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })

  it('without a change returns the commit that is there', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const first = value(await commit(node.share, repository, [await file('a', '1')]))
    expect(value(await commit(node.share, repository, [await file('a', '1')]))).toEqual({
      oid: first.oid,
      isNew: false,
    })
  })

  it('is refused when the branch moved since', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const parentCommit = value(await node.share.queries.resolve(node.database.read, repository.id, 'main'))
    await commit(node.share, repository, [await file('a', '1')])
    expect(reason(await commit(node.share, repository, [await file('b', '1')], { parentCommit }))).toBe(
      'branchMoved',
    )
  })

  it('keeps the files of both when two commit at once', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const operations = await Promise.all(
      Array.from({ length: 8 }, (_, index) => file(`f${index}`, String(index))),
    )
    await Promise.all(operations.map((operation) => commit(node.share, repository, [operation])))
    const head = value(await node.share.queries.resolve(node.database.read, repository.id, 'main'))
    expect(Object.keys(await contents(node.database, node.share, head))).toHaveLength(9)
    expect(await node.share.queries.countHistory(node.database.read, head)).toBe(9)
  })

  it.each<[string, (share: Share) => Promise<Operation[]>, string]>([
    ['a missing file deleted', async () => [deleted('nothing')], 'entryNotFound'],
    ['a folder deleted as a file', async () => [await file('d/x', '1'), deleted('d')], 'entryNotFound'],
    ['a file under a file', async () => [await file('a', '1'), await file('a/b', '1')], 'pathConflict'],
    ['a file where a folder is', async () => [await file('kept', '1')], 'pathConflict'],
    [
      'a large file the repository does not hold',
      async () => [
        {
          kind: 'lfsFile',
          path: RepositoryPath.parse('w.bin'),
          sha256: Sha256.parse('cd'.repeat(32)),
          size: 12,
        },
      ],
      'missingContent',
    ],
    [
      'a large file of another size',
      async () => [{ kind: 'lfsFile', path: RepositoryPath.parse('w.bin'), sha256: HELD, size: 13 }],
      'sizeMismatch',
    ],
    [
      'a pointer written by hand to bytes of others',
      async () => [
        await file(
          'w.bin',
          `version https://git-lfs.github.com/spec/v1\noid sha256:${'cd'.repeat(32)}\nsize 12\n`,
        ),
      ],
      'missingContent',
    ],
  ])('with %s changes nothing', async (_what, operations, expected) => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const before = value(await commit(node.share, repository, [await file('kept/x', '1')]))
    expect(reason(await commit(node.share, repository, await operations(node.share)))).toBe(expected)
    const after = value(await node.share.queries.resolve(node.database.read, repository.id, 'main'))
    expect(after).toBe(before.oid)
  })

  it('copies a file of an older revision', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const first = value(await commit(node.share, repository, [await file('a', 'old')]))
    await commit(node.share, repository, [await file('a', 'new')])
    const copy: Operation = {
      kind: 'copyFile',
      path: RepositoryPath.parse('b'),
      sourcePath: RepositoryPath.parse('a'),
      sourceRevision: first.oid,
    }
    const { oid } = value(await commit(node.share, repository, [copy]))
    expect(await contents(node.database, node.share, oid)).toMatchObject({ a: 'new', b: 'old' })
  })
})

describe('revisions', () => {
  it('are named by branch, tag, full id and unique abbreviation', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const { oid } = value(await commit(node.share, repository, [await file('a', '1')]))
    value(
      await node.share.revisions.createTag(repository, AUTHOR, {
        name: 'v1',
        revision: 'main',
        message: 'First',
      }),
    )
    value(await node.share.revisions.createBranch(repository, AUTHOR, 'feature/x', {}))
    for (const revision of ['main', 'HEAD', 'v1', 'refs/tags/v1', 'feature/x', oid, oid.slice(0, 9)]) {
      expect(value(await node.share.queries.resolve(node.database.read, repository.id, revision))).toBe(oid)
    }
  })

  it('of another repository do not exist here', async () => {
    await using node = await setUp()
    const mine = await newRepository(node.share)
    const other = await newRepository(node.share, 'private', 'nairobi/secret')
    const { oid } = value(await commit(node.share, other, [await file('a', '1')]))
    expect(reason(await node.share.queries.resolve(node.database.read, mine.id, oid))).toBe(
      'revisionNotFound',
    )
    expect(reason(await node.share.queries.resolve(node.database.read, mine.id, oid.slice(0, 12)))).toBe(
      'revisionNotFound',
    )
  })

  it('list page by page what they list at once', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const paths = ['a', 'b/c', 'b/d/e', 'b/d/f', 'b.x', 'g/h']
    const operations = await Promise.all(paths.map((path) => file(path, path)))
    const { oid } = value(await commit(node.share, repository, operations))
    const list = async (limit: number, after?: string) =>
      value(
        await node.share.queries.list(node.database.read, oid, '', {
          recursive: true,
          limit,
          ...(after !== undefined && { after }),
        }),
      )
    const whole = await list(100)
    const paged: string[] = []
    for (let page = await list(2); page.length > 0; page = await list(2, paged.at(-1)))
      paged.push(...page.map(({ path }) => path))
    expect(paged).toEqual(whole.map(({ path }) => path))
    expect(whole).toHaveLength(10)
  })

  it('tell which commit last changed each path', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const first = value(await commit(node.share, repository, [await file('a', '1'), await file('d/b', '1')]))
    const second = value(await commit(node.share, repository, [await file('d/b', '2')]))
    const changes = await node.share.queries.lastChanges(node.database.read, second.oid, ['a', 'd/b', 'd'])
    expect(Object.fromEntries([...changes].map(([path, { oid }]) => [path, oid]))).toEqual({
      a: first.oid,
      d: second.oid,
      'd/b': second.oid,
    })
  })

  it('are squashed into one with the same files', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const before = value(await commit(node.share, repository, [await file('a', '1')]))
    const squashed = value(await node.share.revisions.squash(repository, AUTHOR, 'main', 'One'))
    expect(await node.share.queries.countHistory(node.database.read, squashed)).toBe(1)
    expect(await contents(node.database, node.share, squashed)).toEqual(
      await contents(node.database, node.share, before.oid),
    )
  })
})

describe('the outgoing queue', () => {
  it('says what a public repository publishes, in order', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const { oid } = value(await commit(node.share, repository, [await file('a', '1')]))
    await node.share.repositories.remove(repository)
    const records = await queued(node.database)
    expect(records.map(({ type }) => type)).toEqual([
      'repository-revision/1',
      'repository-revision/1',
      'repository-withdrawal/1',
    ])
    expect(records[1]?.body).toEqual({
      repository: 'nairobi/asr',
      kind: 'model',
      ref: 'refs/heads/main',
      commit: oid,
      manifest: await nameOfManifest(node, repository, oid),
    })
  })

  it('names every file of the commit by its SHA-256, and hashes only what is new', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const { oid } = value(
      await commit(node.share, repository, [await file('a/b', '1'), await file('a.b', '2')]),
    )
    const bytes = await manifestOf(node.database.read, node.share.queries, repository.id, oid)
    const manifest = readManifest(bytes ?? new Uint8Array())
    expect(manifest.ok && manifest.value.files.map(({ path }) => path)).toEqual([
      '.gitattributes',
      'a.b',
      'a/b',
    ])
    expect(manifest.ok && manifest.value.files[1]).toEqual({
      path: 'a.b',
      size: 1,
      sha256: createHash('sha256').update('2').digest('hex'),
      gitOid: gitObject('blob', utf8('2')).oid,
    })
    const read: string[] = []
    const blob: typeof node.share.queries.blob = (reader, asked) => {
      read.push(asked)
      return node.share.queries.blob(reader, asked)
    }
    await manifestOf(node.database.read, { ...node.share.queries, blob }, repository.id, oid)
    expect(read).toEqual([])
    await node.database.write((tx) => tx.deleteFrom('blob_digest').execute()) // as a folder of before
    const again = await manifestOf(node.database.read, { ...node.share.queries, blob }, repository.id, oid)
    expect(again).toEqual(bytes)
    expect(read).toHaveLength(3)
  })

  it('of an annotated tag names the files of its commit', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    const tag = { name: 'v1', revision: 'main', message: 'First' }
    const commitOid = value(await node.share.revisions.createTag(repository, AUTHOR, tag))
    const records = await queued(node.database)
    expect(records[1]?.body).toMatchObject({
      ref: 'refs/tags/v1',
      manifest: await nameOfManifest(node, repository, commitOid),
    })
  })

  it('is silent about a private one until it is made public, and then tells only what is public then', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share, 'private')
    await commit(node.share, repository, [await file('a', '1')])
    const { oid } = value(await commit(node.share, repository, [await file('a', '2')]))
    expect(await queued(node.database)).toEqual([])
    await node.share.repositories.changeSettings(repository, { visibility: 'public' })
    expect((await queued(node.database)).map(({ body }) => body)).toEqual([
      {
        repository: 'nairobi/asr',
        kind: 'model',
        ref: 'refs/heads/main',
        commit: oid,
        manifest: await nameOfManifest(node, repository, oid),
      },
    ])
  })
})

describe('a moved repository', () => {
  it('is found by its former id until another takes that', async () => {
    await using node = await setUp()
    const repository = await newRepository(node.share)
    value(await node.share.repositories.move(repository, RepositoryId.parse('nairobi/speech')))
    const found = await findRepository(node.database.read, 'model', 'nairobi/ASR')
    expect(found).toMatchObject({ kind: 'moved', repository: { fullName: 'nairobi/speech' } })
    const back = await node.share.repositories.create(AUTHOR, {
      kind: 'model',
      fullName: repository.fullName,
      visibility: 'public',
    })
    expect(reason(back)).toBe('repositoryExists')
  })
})
