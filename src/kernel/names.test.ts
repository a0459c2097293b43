import { describe, expect, it } from 'vitest'

import { Name, RefName, RepositoryId, RepositoryPath } from './names.ts'

const accepts = (schema: { safeParse(value: unknown): { success: boolean } }, value: string) =>
  schema.safeParse(value).success

describe('names', () => {
  it.each(['__DUMMY_HUB_USER__', 'nairobi.speech', 'a', 'x_1-2.3', '1model'])('take %s', (name) => {
    expect(accepts(Name, name)).toBe(true)
  })

  it.each(['', 'a--b', 'a..b', 'x.git', '-a', 'a-', 'a.', 'é', 'a b', 'a/b', 'x'.repeat(97)])(
    'refuse %j',
    (name) => {
      expect(accepts(Name, name)).toBe(false)
    },
  )

  it('make a repository id of exactly two', () => {
    expect(accepts(RepositoryId, 'nairobi/swahili-asr')).toBe(true)
    expect(['gpt2', 'a/b/c', '/b', 'a/', 'a/b.git'].filter((id) => accepts(RepositoryId, id))).toEqual([])
  })
})

describe('paths', () => {
  it.each([
    'a.txt',
    'subfolder/to?/awful?filename%you:should,never.give',
    'données/文件.txt',
    ' leading',
    '...',
  ])('take %j', (path) => {
    expect(accepts(RepositoryPath, path)).toBe(true)
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    '..\\ddd',
    '.git/config',
    'a/.GIT/x',
    'a\u0000b',
    'a\nb',
    '\ud800',
  ])('refuse %j', (path) => {
    expect(accepts(RepositoryPath, path)).toBe(false)
  })
})

describe('refs', () => {
  it.each(['main', 'feature/x', 'v1.0', '1.0-beta'])('take %s', (name) => {
    expect(accepts(RefName, name)).toBe(true)
  })

  it.each(['a..b', 'a b', '-x', 'a~1', 'a^', 'x.lock', 'a//b', '/a', 'a/', '@', 'a@{1}', '.a', 'a/.b'])(
    'refuse %j',
    (name) => {
      expect(accepts(RefName, name)).toBe(false)
    },
  )
})
