import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

import { LRUCache } from 'lru-cache'

import {
  commitDescription,
  commitTitle,
  decodeCommit,
  decodeTree,
  isDirectory,
  tagTarget,
  type Commit,
  type TreeEntry,
} from '../../../content/git/index.ts'
import type { Reader } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { GitOid, Sha256 } from '../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'
import type { Entry, FileEntry } from '../types.ts'
import { readRevision } from './rules.ts'
import type { CommitSummary, Ref } from './types.ts'

const inflateAsync = promisify(inflate)
/** SQLite takes at most 32,766 parameters; lists are asked for in pieces. */
const ASK_AT_ONCE = 1000

type Directory = ReadonlyMap<string, TreeEntry>

/** Where a walk through a tree resumes: after this path, of this commit. */
export interface TreeCursor {
  readonly after: string
}

/** Reads of revisions. Objects never change, so what was once decoded is kept: bounded by entries, not by time. */
export interface RevisionQueries {
  /** The commit a revision string names in this repository, or `revisionNotFound`. */
  resolve(reader: Reader, repositoryId: string, revision: string): Promise<Result<GitOid>>
  commit(reader: Reader, oid: GitOid): Promise<Commit>
  tree(reader: Reader, oid: GitOid): Promise<Directory>
  /** What stands at `path` (empty: the root), or null. */
  entryAt(reader: Reader, commit: GitOid, path: string): Promise<TreeEntry | null>
  /** The entry with its size, or null. */
  describe(reader: Reader, commit: GitOid, path: string): Promise<Entry | null>
  /** Up to `limit` entries under a directory, depth first when recursive. `entryNotFound` when it is no directory. */
  list(
    reader: Reader,
    commit: GitOid,
    folder: string,
    options: ListOptions,
  ): Promise<Result<readonly Entry[]>>
  /** Every file of a commit, in tree order. */
  files(reader: Reader, commit: GitOid): Promise<readonly FileEntry[]>
  /** The uncompressed body of a blob. The caller has found the oid in a revision the reader may see. Throws a `Refusal`, `fileErased`. */
  blob(reader: Reader, oid: GitOid): Promise<Uint8Array>
  refs(reader: Reader, repositoryId: string): Promise<readonly Ref[]>
  /** Commits from `from` back along first parents. */
  history(
    reader: Reader,
    from: GitOid,
    page: { skip: number; limit: number },
  ): Promise<readonly CommitSummary[]>
  countHistory(reader: Reader, from: GitOid): Promise<number>
  /** For each path, the newest first-parent commit that changed it. Cost: commits walked × paths still open. */
  lastChanges(
    reader: Reader,
    from: GitOid,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, CommitSummary>>
}

export interface ListOptions {
  readonly recursive: boolean
  readonly limit: number
  /** Resume after this path of the same commit. */
  readonly after?: string
}

/** Makes the reads with a cache of their own: about `cacheEntries` tree entries are kept. */
export function createRevisionQueries({ cacheEntries = 400_000 } = {}): RevisionQueries {
  const trees = new LRUCache<GitOid, Directory>({
    maxSize: cacheEntries,
    sizeCalculation: (tree) => tree.size + 1,
  })
  const commits = new LRUCache<GitOid, Commit>({ max: 5000 })

  async function body(reader: Reader, oid: GitOid): Promise<Uint8Array> {
    const row = await reader
      .selectFrom('git_object')
      .select('data')
      .where('oid', '=', oid)
      .executeTakeFirstOrThrow()
    if (row.data.length === 0) throw new Refusal(failure('fileErased'))
    return inflateAsync(row.data)
  }

  async function tree(reader: Reader, oid: GitOid): Promise<Directory> {
    const known = trees.get(oid)
    if (known) return known
    const entries = new Map(decodeTree(await body(reader, oid)).map((entry) => [entry.name, entry]))
    trees.set(oid, entries)
    return entries
  }

  async function commit(reader: Reader, oid: GitOid): Promise<Commit> {
    const known = commits.get(oid)
    if (known) return known
    const read = decodeCommit(await body(reader, oid))
    commits.set(oid, read)
    return read
  }

  async function entryAt(reader: Reader, at: GitOid, path: string): Promise<TreeEntry | null> {
    const { tree: root } = await commit(reader, at)
    let entry: TreeEntry | undefined = { mode: '40000', name: '', oid: root }
    for (const segment of path === '' ? [] : path.split('/')) {
      if (!entry || !isDirectory(entry)) return null
      entry = (await tree(reader, entry.oid)).get(segment)
    }
    return entry ?? null
  }

  async function resolve(reader: Reader, repositoryId: string, revision: string): Promise<Result<GitOid>> {
    const meaning = readRevision(revision)
    const found =
      meaning.kind === 'commit'
        ? await memberCommit(reader, repositoryId, meaning.oid)
        : ((await firstRef(reader, repositoryId, meaning.names)) ??
          (meaning.abbreviation ? await abbreviated(reader, repositoryId, meaning.abbreviation) : null))
    return found ? succeed(found) : fail(failure('revisionNotFound', { rev: revision }))
  }

  async function firstRef(
    reader: Reader,
    repositoryId: string,
    names: readonly string[],
  ): Promise<GitOid | null> {
    const rows = await reader
      .selectFrom('ref')
      .innerJoin('git_object', 'git_object.oid', 'ref.oid')
      .select(['ref.name', 'ref.oid', 'git_object.type'])
      .where('ref.repository_id', '=', repositoryId)
      .where('ref.name', 'in', [...names])
      .execute()
    const row = names.map((name) => rows.find((candidate) => candidate.name === name)).find(Boolean)
    if (!row) return null
    const oid = GitOid.parse(row.oid)
    return row.type === 'tag' ? tagTarget(await body(reader, oid)) : oid
  }

  async function* walk(
    reader: Reader,
    root: GitOid,
    prefix: string,
    options: ListOptions,
  ): AsyncGenerator<[string, TreeEntry]> {
    const { recursive, after } = options
    const inside = after?.startsWith(prefix) ? after.slice(prefix.length).split('/') : []
    const resume = inside[0]
    let passed = resume === undefined
    for (const entry of (await tree(reader, root)).values()) {
      const isResume = !passed && entry.name === resume
      if (!passed && !isResume) continue
      passed = true
      const path = prefix + entry.name
      if (!isResume) yield [path, entry]
      if (recursive && isDirectory(entry)) yield* walk(reader, entry.oid, `${path}/`, options)
    }
  }

  async function list(
    reader: Reader,
    at: GitOid,
    folder: string,
    options: ListOptions,
  ): Promise<Result<readonly Entry[]>> {
    const start = await entryAt(reader, at, folder)
    if (!start || !isDirectory(start)) return fail(failure('entryNotFound', { path: folder }, folder))
    const found: [string, TreeEntry][] = []
    for await (const pair of walk(reader, start.oid, folder === '' ? '' : `${folder}/`, options)) {
      if (found.push(pair) >= options.limit) break
    }
    return succeed(await withSizes(reader, found))
  }

  async function describe(reader: Reader, at: GitOid, path: string): Promise<Entry | null> {
    const entry = await entryAt(reader, at, path)
    if (!entry || path === '') return null
    return (await withSizes(reader, [[path, entry]]))[0] ?? null
  }

  async function files(reader: Reader, at: GitOid): Promise<readonly FileEntry[]> {
    const everything = await list(reader, at, '', { recursive: true, limit: Number.MAX_SAFE_INTEGER })
    return everything.ok ? everything.value.filter((entry) => entry.type === 'file') : []
  }

  async function history(
    reader: Reader,
    from: GitOid,
    page: { skip: number; limit: number },
  ): Promise<CommitSummary[]> {
    const found: CommitSummary[] = []
    let at: GitOid | undefined = from
    for (let index = 0; at && index < page.skip + page.limit; index++) {
      const read: Commit = await commit(reader, at)
      if (index >= page.skip) found.push(summarise(at, read))
      at = read.parents[0]
    }
    return found
  }

  async function countHistory(reader: Reader, from: GitOid): Promise<number> {
    let count = 0
    for (let at: GitOid | undefined = from; at; count++) at = (await commit(reader, at)).parents[0]
    return count
  }

  async function lastChanges(
    reader: Reader,
    from: GitOid,
    paths: readonly string[],
  ): Promise<ReadonlyMap<string, CommitSummary>> {
    const found = new Map<string, CommitSummary>()
    let open = new Map<string, string | undefined>()
    for (const path of paths) open.set(path, (await entryAt(reader, from, path))?.oid)
    for (let at: GitOid | undefined = from; at && open.size > 0;) {
      const read: Commit = await commit(reader, at)
      const [parent] = read.parents
      const still = new Map<string, string | undefined>()
      for (const [path, oid] of open) {
        const before = parent ? (await entryAt(reader, parent, path))?.oid : undefined
        if (before === oid && parent) still.set(path, oid)
        else found.set(path, summarise(at, read))
      }
      open = still
      at = parent
    }
    return found
  }

  return {
    resolve,
    commit,
    tree,
    entryAt,
    describe,
    list,
    files,
    blob: body,
    refs,
    history,
    countHistory,
    lastChanges,
  }
}

function summarise(oid: GitOid, commit: Commit): CommitSummary {
  const { author, parents } = commit
  return {
    oid,
    title: commitTitle(commit),
    description: commitDescription(commit),
    author: author.name,
    seconds: author.seconds,
    parents,
  }
}

async function memberCommit(reader: Reader, repositoryId: string, oid: GitOid): Promise<GitOid | null> {
  const row = await reader
    .selectFrom('repository_object')
    .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
    .select('git_object.oid')
    .where('repository_object.repository_id', '=', repositoryId)
    .where('repository_object.oid', '=', oid)
    .where('git_object.type', '=', 'commit')
    .executeTakeFirst()
  return row ? oid : null
}

async function abbreviated(reader: Reader, repositoryId: string, prefix: string): Promise<GitOid | null> {
  const rows = await reader
    .selectFrom('repository_object')
    .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
    .select('git_object.oid')
    .where('repository_object.repository_id', '=', repositoryId)
    .where('repository_object.oid', '>=', prefix)
    .where('repository_object.oid', '<', `${prefix}g`)
    .where('git_object.type', '=', 'commit')
    .limit(2)
    .execute()
  const [only] = rows
  return only && rows.length === 1 ? GitOid.parse(only.oid) : null
}

async function refs(reader: Reader, repositoryId: string): Promise<Ref[]> {
  const rows = await reader
    .selectFrom('ref')
    .select(['name', 'oid'])
    .where('repository_id', '=', repositoryId)
    .orderBy('name')
    .execute()
  return rows.map(({ name, oid }) => ({ name, oid: GitOid.parse(oid) }))
}

async function withSizes(reader: Reader, found: readonly (readonly [string, TreeEntry])[]): Promise<Entry[]> {
  const blobs = found.filter(([, entry]) => !isDirectory(entry)).map(([, entry]) => entry.oid)
  const facts = await blobFacts(reader, blobs)
  return found.map(([path, entry]) => {
    const { oid } = entry
    if (isDirectory(entry)) return { type: 'directory', path, oid }
    const fact = facts.get(oid)
    if (!fact) return { type: 'file', path, oid, size: 0 } // a submodule names no object of ours
    return { type: 'file', path, oid, ...fact }
  })
}

async function blobFacts(
  reader: Reader,
  oids: readonly GitOid[],
): Promise<ReadonlyMap<string, Pick<FileEntry, 'size' | 'large'>>> {
  const facts = new Map<string, Pick<FileEntry, 'size' | 'large'>>()
  for (let start = 0; start < oids.length; start += ASK_AT_ONCE) {
    const rows = await reader
      .selectFrom('git_object')
      .select(['oid', 'size', 'lfs_sha256', 'lfs_size'])
      .where('oid', 'in', oids.slice(start, start + ASK_AT_ONCE))
      .execute()
    for (const { oid, size, lfs_sha256: sha256, lfs_size: largeSize } of rows) {
      const isLarge = sha256 !== null && largeSize !== null
      facts.set(
        oid,
        isLarge
          ? { size: largeSize, large: { sha256: Sha256.parse(sha256), size: largeSize, pointerSize: size } }
          : { size },
      )
    }
  }
  return facts
}
