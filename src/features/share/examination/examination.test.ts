import { describe, expect, it } from 'vitest'

import { temporaryDatabase } from '../../../../test/support/temporary-database.ts'
import { gitObject } from '../../../content/git/index.ts'
import { utf8 } from '../../../kernel/bytes.ts'
import { RepositoryId, RepositoryPath, Sha256 } from '../../../kernel/names.ts'
import { createShare, examineRevisions, packObject } from '../index.ts'

const AUTHOR = { name: 'amina' }
const HELD = Sha256.parse('ab'.repeat(32))
const XET = 'cd'.repeat(32)

/** A repository with a small file, a large one, a tag, and two commits. */
async function setUp() {
  const database = await temporaryDatabase()
  let next = 0
  const share = createShare({
    database,
    largeFiles: { sizeOf: async (_repository, sha256) => (sha256 === HELD ? 12 : null) },
    clock: () => 1_700_000_000_000,
    random: (length) => new Uint8Array(length).fill(++next),
  })
  const id = RepositoryId.parse('nairobi/asr')
  const created = await share.repositories.create(AUTHOR, {
    kind: 'model',
    fullName: id,
    visibility: 'public',
  })
  if (!created.ok) throw new Error(created.failure.reason)
  const repository = created.value
  await database.write(async (tx) => {
    const file = { xet_hash: XET, sha256: HELD, size: 12, terms: new Uint8Array(0), created_at: 0 }
    await tx.insertInto('file').values(file).execute()
    const right = { repository_id: repository.id, sha256: HELD, xet_hash: XET }
    await tx.insertInto('repository_file').values(right).execute()
  })
  const path = (text: string) => RepositoryPath.parse(text)
  const committed = await share.revisions.commit(repository, AUTHOR, {
    branch: 'main',
    summary: 'Add files',
    description: '',
    operations: [
      { kind: 'file', path: path('a/b.txt'), blob: await packObject(gitObject('blob', utf8('hello\n'))) },
      { kind: 'lfsFile', path: path('model.bin'), sha256: HELD, size: 12 },
    ],
  })
  if (!committed.ok) throw new Error(committed.failure.reason)
  return {
    database,
    repository,
    async problems() {
      const found = await Array.fromAsync(examineRevisions(database))
      return found.map(({ kind, subject, detail }) => `${kind}: ${subject}: ${detail}`)
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

const HELLO = 'ce013625030ba8dba906f756967f9e9ca394464a' // git hash-object of "hello\n"

describe('the examination of revisions', () => {
  it('finds nothing wrong in what was just committed', async () => {
    await using node = await setUp()
    expect(await node.problems()).toEqual([])
  })

  it.each([
    ['cannot be inflated', { data: utf8('not zlib') }],
    ['has 6 bytes instead of 7', { size: 7 }],
    ['pointing to something else', { lfs_sha256: HELD, lfs_size: 12 }],
    ['pointing to something else', { lfs_size: 12 }],
  ])('finds an object that %s', async (sentence, change) => {
    await using node = await setUp()
    await node.database.write((tx) =>
      tx.updateTable('git_object').set(change).where('oid', '=', HELLO).execute(),
    )
    const problems = await node.problems()
    expect(problems[0]).toMatch(new RegExp(`^objectDamaged: git object ${HELLO}: .*${sentence}`))
  })

  it('finds an object whose bytes are another’s', async () => {
    await using node = await setUp()
    const other = await packObject(gitObject('blob', utf8('HELLO\n')))
    const change = { data: other.compressed, size: 6 }
    await node.database.write((tx) =>
      tx.updateTable('git_object').set(change).where('oid', '=', HELLO).execute(),
    )
    expect(await node.problems()).toEqual([
      expect.stringMatching(`^objectDamaged: git object ${HELLO}: its bytes are those of ${other.oid}$`),
    ])
  })

  it('finds a tree that leads to what its repository does not hold', async () => {
    await using node = await setUp()
    await node.database.write((tx) => tx.deleteFrom('repository_object').where('oid', '=', HELLO).execute())
    expect(await node.problems()).toEqual([
      expect.stringMatching(
        new RegExp(`^referenceBroken: repository nairobi/asr: its tree .* leads to ${HELLO}`),
      ),
    ])
  })

  it('finds a branch that is no commit, or what its repository does not hold', async () => {
    await using node = await setUp()
    await node.database.write((tx) => tx.updateTable('ref').set({ oid: HELLO }).execute())
    expect(await node.problems()).toEqual([
      `referenceBroken: repository nairobi/asr: its refs/heads/main is ${HELLO}, a blob`,
    ])
    await node.database.write((tx) =>
      tx
        .updateTable('ref')
        .set({ oid: '0'.repeat(40) })
        .execute(),
    )
    expect(await node.problems()).toEqual([
      `referenceBroken: repository nairobi/asr: its refs/heads/main is ${'0'.repeat(40)}, which it does not hold`,
    ])
  })

  it('finds a pointer to a large file that its repository may not use', async () => {
    await using node = await setUp()
    await node.database.write((tx) => tx.deleteFrom('repository_file').execute())
    expect(await node.problems()).toEqual([
      expect.stringMatching(`its pointer .* stands for ${HELD}, which it may not use$`),
    ])
  })

  it('stops when told', async () => {
    await using node = await setUp()
    const examining = Array.fromAsync(examineRevisions(node.database, AbortSignal.abort()))
    await expect(examining).rejects.toThrow('aborted')
  })
})
