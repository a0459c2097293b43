import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testNode, type TestNode } from '../../../../test/support/test-node.ts'
import { GitOid, MemberId } from '../../../kernel/names.ts'
import { holdersOf } from './index.ts'

const idOf = (letter: string) => MemberId.parse(`m${letter.repeat(32)}`)
const [HOME, WHOLE, PARTLY, CHECKED, LEFT] = ['h', 'w', 'p', 'c', 'l'].map(idOf)
const COMMIT = GitOid.parse('c0ffee'.padEnd(40, '0'))
const FILES = ['a', 'b'].map((letter) => letter.repeat(64))
const VERSION = {
  repositoryId: 'r1',
  memberId: HOME ?? '',
  commit: COMMIT,
  files: new Set(FILES),
}

describe('who holds the large files of a copy', () => {
  let test: TestNode

  beforeAll(async () => {
    test = await testNode()
    await test.node.database.write(async (tx) => {
      for (const id of [HOME, WHOLE, PARTLY, CHECKED, LEFT].map(String)) {
        const member = {
          id,
          handle: id.slice(1, 4),
          display_name: '',
          url: null,
          created_at: 0,
          hosted: 0 as const,
        }
        await tx.insertInto('member').values(member).execute()
        if (id === LEFT) continue // not followed any more
        const terms = { content: 'on-demand', trust: 'full', allow_private: 0 } as const
        const follow = { member_id: id, url: null, since: 0, applied: 0, checked_at: null, failure: null }
        await tx
          .insertInto('follow')
          .values({ ...follow, ...terms, failed_at: null, filter: null, quota: null })
          .execute()
      }
      const names = { namespace: 'hhh', name: 'asr', key: 'hhh/asr' }
      await tx
        .insertInto('repository')
        .values({
          id: 'r1',
          member_id: HOME ?? '',
          kind: 'model',
          ...names,
          visibility: 'public',
          gated: 'no',
          created_at: 0,
          modified_at: 0,
        })
        .execute()
      const held = [
        [WHOLE, 0, 50],
        [WHOLE, 1, 20],
        [PARTLY, 0, 90],
        [LEFT, 0, 95],
        [CHECKED, 0, 5],
      ] as const
      for (const [member, file, verified_at] of held)
        await tx
          .insertInto('file_holder')
          .values({ repository_id: 'r1', sha256: FILES[file] ?? '', member_id: member ?? '', verified_at })
          .execute()
      // Of a version that is not asked about now, nothing counts.
      await tx
        .insertInto('file_holder')
        .values({ repository_id: 'r1', sha256: 'f'.repeat(64), member_id: PARTLY ?? '', verified_at: 1 })
        .execute()
      const check = { repository_id: 'r1', commit_oid: COMMIT, checked_at: 70, failures: 0 }
      await tx
        .insertInto('copy_check')
        .values([
          { ...check, member_id: CHECKED ?? '', state: 'verified', verified_at: 70 },
          { ...check, member_id: PARTLY ?? '', state: 'partial', verified_at: null },
        ])
        .execute()
    })
  })
  afterAll(() => test[Symbol.asyncDispose]())

  it('is told of the home first, then of followed members by how much they showed, each since its oldest piece', async () => {
    const holders = await holdersOf(test.node.database.read, VERSION)
    expect(
      holders.map(({ memberId, isHome, files, verifiedAt }) => [memberId, isHome, files, verifiedAt]),
    ).toEqual([
      [HOME, true, 0, null],
      [CHECKED, false, 2, 70],
      [WHOLE, false, 2, 20],
      [PARTLY, false, 1, 90],
    ])
  })

  it('is told of another version by what was seen of that one', async () => {
    const other = { ...VERSION, commit: GitOid.parse('b'.repeat(40)), files: new Set([FILES[1] ?? '']) }
    const holders = await holdersOf(test.node.database.read, other)
    expect(holders.map(({ memberId, files }) => [memberId, files])).toEqual([
      [HOME, 0],
      [WHOLE, 1],
    ])
  })
})
