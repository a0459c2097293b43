import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { utf8 } from '../../kernel/bytes.ts'
import { GitOid, Sha256 } from '../../kernel/names.ts'
import {
  decodeCommit,
  decodePointer,
  decodeTree,
  editTree,
  encodeCommit,
  encodePointer,
  encodeTree,
  gitObject,
  isDirectory,
  type GitObject,
  type TreeEdit,
} from './index.ts'

/** Writes objects with git itself and returns what it names them. */
function gitHash(type: string, body: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'ayni-git-'))
  try {
    execFileSync('git', ['init', '-q', folder])
    const hash = execFileSync('git', ['hash-object', '-t', type, '--literally', '--stdin'], {
      cwd: folder,
      input: body,
    })
    return hash.toString().trim()
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const blob = (text: string) => gitObject('blob', utf8(text))
const signature = { name: 'amina', email: 'amina@users.invalid', seconds: 1_700_000_000 }

describe('git objects', () => {
  it('have the ids that git computes', () => {
    const file = blob('hello\n')
    const tree = gitObject('tree', encodeTree([{ mode: '100644', name: 'a.txt', oid: file.oid }]))
    const commit = gitObject(
      'commit',
      encodeCommit({
        tree: tree.oid,
        parents: [],
        author: signature,
        committer: signature,
        message: 'First\n\nWhy.',
      }),
    )
    for (const { type, body, oid } of [file, tree, commit]) expect(gitHash(type, body)).toBe(oid)
  })

  it('sort a directory as if its name ended in a slash', () => {
    const { oid } = blob('x')
    const tree = encodeTree([
      { mode: '40000', name: 'a', oid },
      { mode: '100644', name: 'a.b', oid },
      { mode: '100644', name: 'a-b', oid },
    ])
    expect(decodeTree(tree).map(({ name }) => name)).toEqual(['a-b', 'a.b', 'a'])
  })

  it('read back the commit that was written', () => {
    const commit = {
      tree: blob('').oid,
      parents: [blob('p').oid],
      author: signature,
      committer: { ...signature, seconds: 5 },
      message: 'Título\n\n说明',
    }
    expect(decodeCommit(encodeCommit(commit))).toEqual(commit)
  })

  it('recognise a pointer and nothing else', () => {
    const pointer = { sha256: Sha256.parse('ab'.repeat(32)), size: 12 }
    expect(decodePointer(encodePointer(pointer))).toEqual(pointer)
    expect(decodePointer(utf8('version https://git-lfs.github.com/spec/v1\n'))).toBeNull()
  })
})

/** A store of trees in memory, and the flat list of its files. */
function treeStore() {
  const trees = new Map<string, GitObject>()
  const read = async (oid: GitOid) => decodeTree(trees.get(oid)?.body ?? new Uint8Array(0))
  const files = async (root: GitOid, prefix = ''): Promise<Record<string, string>> => {
    const all: Record<string, string> = {}
    for (const entry of await read(root)) {
      if (isDirectory(entry)) Object.assign(all, await files(entry.oid, `${prefix}${entry.name}/`))
      else all[prefix + entry.name] = entry.oid
    }
    return all
  }
  const keep = (objects: readonly GitObject[]) => objects.forEach((object) => trees.set(object.oid, object))
  return { read, files, keep }
}

const depth = fc.array(fc.constantFrom('a', 'b', 'c.d', 'é'), { minLength: 1, maxLength: 3 })
/** Files only under distinct leaf names, so that no file is also a directory. */
const fileSet = fc.dictionary(
  depth.map((parts) => [...parts, 'leaf'].join('/')),
  fc.constantFrom('1', '2', '3'),
  { maxKeys: 8 },
)

describe('editing a tree', () => {
  it('equals writing the resulting files from nothing', async () => {
    await fc.assert(
      fc.asyncProperty(fileSet, fileSet, async (before, after) => {
        const store = treeStore()
        const puts = (files: Record<string, string>): [string, TreeEdit][] =>
          Object.entries(files).map(([path, text]) => [
            path,
            { kind: 'put', mode: '100644', oid: blob(text).oid },
          ])
        const first = await editTree(null, new Map(puts(before)), store.read)
        store.keep(first.created)
        const removals = Object.keys(before)
          .filter((path) => !(path in after))
          .map((path): [string, TreeEdit] => [path, { kind: 'remove' }])
        const second = await editTree(first.root, new Map([...removals, ...puts(after)]), store.read)
        store.keep(second.created)
        const direct = await editTree(null, new Map(puts(after)), store.read)
        expect(second.root).toBe(direct.root)
        expect(Object.keys(await store.files(second.root)).sort()).toEqual(Object.keys(after).sort())
      }),
      { numRuns: 60 },
    )
  })
})
