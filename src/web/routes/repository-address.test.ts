import { describe, expect, it } from 'vitest'

import { revisionPath } from '../paths.ts'
import { readRepositoryAddress } from './repository-address.ts'

describe('an address of a repository', () => {
  it.each([
    ['/ns/name/tree/main', 'model ns/name tree main '],
    ['/ns/name/tree/main/', 'model ns/name tree main '],
    ['/datasets/ns/name/blob/v1.0/a/b.txt', 'dataset ns/name blob v1.0 a/b.txt'],
    ['/ns/name/tree/refs%2Fpr%2F1/a', 'model ns/name tree refs/pr/1 a'],
    ['/ns/name/tree/refs/pr/1/a', 'model ns/name tree refs/pr/1 a'],
    ['/ns/tree/tree/main/tree', 'model ns/tree tree main tree'],
    ['/ns/name/blob/main/to%3F/a%25b%20c', 'model ns/name blob main to?/a%b c'],
  ])('%s is read', (pathname, read) => {
    const address = readRepositoryAddress(pathname)
    const { kind, id } = address?.repository ?? {}
    expect(`${kind} ${id} ${address?.page} ${address?.revision} ${address?.path}`).toBe(read)
  })

  it.each(['/ns/name/settings/x', '/ns/name/tree', '/ns/name/tree/', '/ns/name/tree/%zz', '/'])(
    '%s is none',
    (pathname) => {
      expect(readRepositoryAddress(pathname)).toBe(null)
    },
  )

  it('is read back as it was written, for any name', () => {
    const path = 'to?/awful #file%name/ü:شيء,never.give'
    const written = revisionPath({ kind: 'dataset', id: 'ns/name' }, 'blob', 'feature/x', path)
    expect(readRepositoryAddress(written)).toEqual({
      repository: { kind: 'dataset', id: 'ns/name' },
      page: 'blob',
      revision: 'feature/x',
      path,
    })
  })
})
