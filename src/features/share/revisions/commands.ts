import { promisify } from 'node:util'
import { deflate, deflateSync } from 'node:zlib'

import {
  decodePointer,
  editTree,
  encodeCommit,
  encodePointer,
  encodeTag,
  gitObject,
  isDirectory,
  type GitObject,
  type TreeEdit,
} from '../../../content/git/index.ts'
import type { Database, Writer } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { type GitOid, RefName, type Sha256 } from '../../../kernel/names.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'
import { unixSeconds, type Clock } from '../../../kernel/time.ts'
import { queueRevision } from '../outgoing/index.ts'
import type { Author, Repository } from '../types.ts'
import type { RevisionQueries } from './queries.ts'
import { ancestors, checkPlacement } from './rules.ts'
import type { CommitRequest, Operation, PackedObject, PlannedBlob } from './types.ts'

const deflateAsync = promisify(deflate)
/** Bytes up to which a body is deflated in place. */
const SMALL = 16 * 1024
/** Rows written per statement, well under SQLite's limit of 32,766 parameters. */
const ROWS_AT_ONCE = 500

/** What the content store tells about large files. */
export interface LargeFiles {
  /** The file's size in bytes if this repository holds it: a hash alone is no right to it. */
  sizeOf(repositoryId: string, sha256: Sha256): Promise<number | null>
}

export interface RevisionCommandDeps {
  readonly database: Database
  readonly queries: RevisionQueries
  readonly largeFiles: LargeFiles
  readonly clock: Clock
}

/** The outcome of a commit: where the branch points now, and whether that is new. */
export interface Committed {
  readonly oid: GitOid
  readonly isNew: boolean
}

/** Names and compresses a git object (zlib level 1: pointers and text, read often). */
export async function packObject({ oid, type, body }: GitObject): Promise<PackedObject> {
  const pointer = type === 'blob' ? decodePointer(body) : null
  return { oid, type, size: body.length, compressed: await compress(body), pointer }
}

/** A small body costs less to deflate at once than to send to another thread. */
async function compress(body: Uint8Array): Promise<Uint8Array> {
  const view = body.length <= SMALL ? deflateSync(body, { level: 1 }) : await deflateAsync(body, { level: 1 })
  // zlib hands out a view of its far larger buffer: a hundred thousand of those would fill the memory.
  return new Uint8Array(view)
}

/** Writes to revisions. The caller has already decided that the author may write here. */
export function createRevisionCommands(deps: RevisionCommandDeps) {
  const { database, queries, clock } = deps

  /**
   * Commits operations to a branch: one transaction from reading the branch to moving it, so two clients
   * never lose each other's files. Without changes the branch stays and its commit is returned.
   */
  function commit(
    repository: Repository,
    author: Author,
    request: CommitRequest,
  ): Promise<Result<Committed>> {
    return refusable(() =>
      database.write(async (tx) => {
        const ref = `refs/heads/${request.branch}`
        const head = await branchHead(tx, repository, request.branch)
        if (request.parentCommit !== undefined && request.parentCommit !== head)
          throw new Refusal(failure('branchMoved'))
        const base = (await queries.commit(tx, head)).tree
        const plan = await planOperations(deps, tx, repository, head, request.operations)
        const edited = await editTree(base, plan.edits, async (oid) => [
          ...(await queries.tree(tx, oid)).values(),
        ])
        if (edited.root === base) return { oid: head, isNew: false }
        const message = request.description ? `${request.summary}\n\n${request.description}` : request.summary
        const made = commitObject(edited.root, [head], author, message)
        await store(tx, repository.id, [...plan.blobs, ...(await packAll([...edited.created, made]))])
        await share(tx, repository.id, plan.reused)
        await moveRef(tx, repository, ref, made.oid)
        return { oid: made.oid, isNew: true }
      }),
    )
  }

  /** The first commit of a new repository, on `main`. Inside the caller's transaction. */
  async function begin(
    tx: Writer,
    repository: Repository,
    author: Author,
    files: ReadonlyMap<string, Uint8Array>,
  ): Promise<GitOid> {
    const blobs = [...files].map(([path, bytes]) => ({ path, blob: gitObject('blob', bytes) }))
    const edits = blobs.map(({ path, blob }): [string, TreeEdit] => [
      path,
      { kind: 'put', mode: '100644', oid: blob.oid },
    ])
    const { root, created } = await editTree(null, new Map(edits), async () => [])
    const made = commitObject(root, [], author, 'initial commit')
    await store(tx, repository.id, await packAll([...blobs.map(({ blob }) => blob), ...created, made]))
    await moveRef(tx, repository, 'refs/heads/main', made.oid)
    return made.oid
  }

  /** Makes a branch at a revision (default: `main`), or without history when `empty`. */
  function createBranch(
    repository: Repository,
    author: Author,
    branch: string,
    options: { readonly startingPoint?: string; readonly empty?: boolean; readonly overwrite?: boolean },
  ): Promise<Result<GitOid>> {
    return refusable(() =>
      database.write(async (tx) => {
        const ref = `refs/heads/${refName(branch)}`
        const exists = await refExists(tx, repository.id, ref)
        if (exists && !options.overwrite) throw new Refusal(failure('referenceExists', { ref }))
        const oid = options.empty
          ? await emptyCommit(tx, repository, author)
          : demand(await queries.resolve(tx, repository.id, options.startingPoint ?? 'main'))
        await moveRef(tx, repository, ref, oid)
        return oid
      }),
    )
  }

  async function emptyCommit(tx: Writer, repository: Repository, author: Author): Promise<GitOid> {
    const { root, created } = await editTree(null, new Map(), async () => [])
    const made = commitObject(root, [], author, 'initial commit')
    await store(tx, repository.id, await packAll([...created, made]))
    return made.oid
  }

  /** Removes a branch; never `main`, which clients take for granted. */
  function deleteBranch(repository: Repository, branch: string): Promise<Result<null>> {
    const ref = `refs/heads/${branch}`
    if (branch === 'main') return Promise.resolve(fail(failure('defaultBranch', { ref })))
    return removeRef(repository, ref, branch)
  }

  /** Names a revision: an annotated tag when a message is given. */
  function createTag(
    repository: Repository,
    author: Author,
    tag: { readonly name: string; readonly revision: string; readonly message?: string },
  ): Promise<Result<GitOid>> {
    return refusable(() =>
      database.write(async (tx) => {
        const ref = `refs/tags/${refName(tag.name)}`
        if (await refExists(tx, repository.id, ref)) throw new Refusal(failure('referenceExists', { ref }))
        const target = demand(await queries.resolve(tx, repository.id, tag.revision))
        const oid = tag.message
          ? await annotate(tx, repository, author, target, tag.name, tag.message)
          : target
        await moveRef(tx, repository, ref, oid)
        return target
      }),
    )
  }

  async function annotate(
    tx: Writer,
    repository: Repository,
    author: Author,
    target: GitOid,
    name: string,
    message: string,
  ): Promise<GitOid> {
    const object = gitObject(
      'tag',
      encodeTag({ target, name, tagger: signatureOf(author), message: `${message}\n` }),
    )
    await store(tx, repository.id, await packAll([object]))
    return object.oid
  }

  function deleteTag(repository: Repository, tag: string): Promise<Result<null>> {
    return removeRef(repository, `refs/tags/${tag}`, tag)
  }

  /** Replaces a branch's history by one commit with the same files. The old commits stay readable by id until collected. */
  function squash(
    repository: Repository,
    author: Author,
    branch: string,
    message: string,
  ): Promise<Result<GitOid>> {
    return refusable(() =>
      database.write(async (tx) => {
        const head = await branchHead(tx, repository, branch)
        const made = commitObject((await queries.commit(tx, head)).tree, [], author, message)
        await store(tx, repository.id, await packAll([made]))
        await moveRef(tx, repository, `refs/heads/${branch}`, made.oid)
        return made.oid
      }),
    )
  }

  function removeRef(repository: Repository, ref: string, asked: string): Promise<Result<null>> {
    return refusable(() =>
      database.write(async (tx) => {
        const gone = await tx
          .deleteFrom('ref')
          .where('repository_id', '=', repository.id)
          .where('name', '=', ref)
          .executeTakeFirst()
        if (gone.numDeletedRows === 0n) throw new Refusal(failure('revisionNotFound', { rev: asked }))
        await queueRevision(tx, repository, { ref, commit: null, at: clock() })
        return null
      }),
    )
  }

  async function branchHead(tx: Writer, repository: Repository, branch: string): Promise<GitOid> {
    return demand(await queries.resolve(tx, repository.id, `refs/heads/${branch}`), branch)
  }

  async function moveRef(tx: Writer, repository: Repository, ref: string, oid: GitOid): Promise<void> {
    const at = clock()
    await tx
      .insertInto('ref')
      .values({ repository_id: repository.id, name: ref, oid })
      .onConflict((conflict) => conflict.columns(['repository_id', 'name']).doUpdateSet({ oid }))
      .execute()
    await tx.updateTable('repository').set({ modified_at: at }).where('id', '=', repository.id).execute()
    await queueRevision(tx, repository, { ref, commit: oid, at })
  }

  function commitObject(
    tree: GitOid,
    parents: readonly GitOid[],
    author: Author,
    message: string,
  ): GitObject {
    const signature = signatureOf(author)
    return gitObject(
      'commit',
      encodeCommit({ tree, parents, author: signature, committer: signature, message: `${message}\n` }),
    )
  }

  function signatureOf({ name }: Author) {
    return { name, email: `${name}@users.noreply.invalid`, seconds: unixSeconds(clock()) }
  }

  return { commit, begin, createBranch, deleteBranch, createTag, deleteTag, squash }
}

export type RevisionCommands = ReturnType<typeof createRevisionCommands>

/** Turns a refusal thrown inside a transaction (which rolled back) into the value it carries. */
async function refusable<Value>(work: () => Promise<Value>): Promise<Result<Value>> {
  try {
    return succeed(await work())
  } catch (error) {
    if (error instanceof Refusal) return fail(error.failure)
    throw error
  }
}

function demand<Value>(result: Result<Value>, asked?: string): Value {
  if (result.ok) return result.value
  throw new Refusal(asked === undefined ? result.failure : failure('revisionNotFound', { rev: asked }))
}

function refName(name: string): string {
  const parsed = RefName.safeParse(name)
  if (!parsed.success) throw new Refusal(failure('invalidName', { name }, 'ref'))
  return parsed.data
}

async function refExists(tx: Writer, repositoryId: string, ref: string): Promise<boolean> {
  const row = await tx
    .selectFrom('ref')
    .select('oid')
    .where('repository_id', '=', repositoryId)
    .where('name', '=', ref)
    .executeTakeFirst()
  return row !== undefined
}

function packAll(objects: readonly GitObject[]): Promise<PackedObject[]> {
  return Promise.all(objects.map(packObject))
}

/** Stores objects and lists them as the repository's own. Known objects are left as they are. */
async function store(tx: Writer, repositoryId: string, objects: readonly PackedObject[]): Promise<void> {
  for (let start = 0; start < objects.length; start += ROWS_AT_ONCE) {
    const rows = objects
      .slice(start, start + ROWS_AT_ONCE)
      .map(({ oid, type, size, compressed, pointer }) => ({
        oid,
        type,
        size,
        data: compressed,
        lfs_sha256: pointer?.sha256 ?? null,
        lfs_size: pointer?.size ?? null,
      }))
    await tx
      .insertInto('git_object')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  const oids = objects.map(({ oid }) => oid)
  await share(tx, repositoryId, oids)
}

/** Lists existing objects as the repository's own. */
async function share(tx: Writer, repositoryId: string, oids: readonly GitOid[]): Promise<void> {
  for (let start = 0; start < oids.length; start += ROWS_AT_ONCE) {
    const rows = oids.slice(start, start + ROWS_AT_ONCE).map((oid) => ({ repository_id: repositoryId, oid }))
    await tx
      .insertInto('repository_object')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

interface OperationPlan {
  readonly edits: ReadonlyMap<string, TreeEdit>
  readonly blobs: readonly PackedObject[]
  readonly reused: readonly GitOid[]
}

/** Works out what each operation does to each path; the last word on a path counts. Throws a Refusal. */
async function planOperations(
  deps: RevisionCommandDeps,
  tx: Writer,
  repository: Repository,
  head: GitOid,
  operations: readonly Operation[],
): Promise<OperationPlan> {
  const edits = new Map<string, TreeEdit>()
  const blobs: PackedObject[] = []
  const reused: GitOid[] = []
  const put = async (path: string, { oid, mode }: PlannedBlob) => {
    const before = await deps.queries.entryAt(tx, head, path)
    edits.set(path, { kind: 'put', oid, mode: before?.mode === '100755' ? '100755' : mode })
  }
  for (const operation of operations) {
    switch (operation.kind) {
      case 'file':
        await checkPointer(deps, repository, operation.blob, operation.path)
        blobs.push(operation.blob)
        await put(operation.path, { oid: operation.blob.oid, mode: '100644' })
        break
      case 'lfsFile': {
        const blob = await largeFileBlob(deps, repository, operation)
        blobs.push(blob)
        await put(operation.path, { oid: blob.oid, mode: '100644' })
        break
      }
      case 'deletedFile':
      case 'deletedFolder':
        await checkRemoval(deps, tx, head, operation)
        edits.set(operation.path, { kind: 'remove' })
        break
      case 'copyFile': {
        const source = await copySource(deps, tx, repository, head, operation)
        reused.push(source.oid)
        await put(operation.path, source)
        break
      }
    }
  }
  await checkPaths(deps, tx, head, edits)
  return { edits, blobs, reused }
}

async function checkPointer(
  deps: RevisionCommandDeps,
  repository: Repository,
  blob: PackedObject,
  path: string,
): Promise<void> {
  if (!blob.pointer) return
  const size = await deps.largeFiles.sizeOf(repository.id, blob.pointer.sha256)
  if (size !== blob.pointer.size) throw new Refusal(failure('missingContent', { path }, path))
}

async function largeFileBlob(
  deps: RevisionCommandDeps,
  repository: Repository,
  { path, sha256, size }: Extract<Operation, { kind: 'lfsFile' }>,
): Promise<PackedObject> {
  const held = await deps.largeFiles.sizeOf(repository.id, sha256)
  if (held === null) throw new Refusal(failure('missingContent', { path }, path))
  if (size !== undefined && held !== size) {
    throw new Refusal(failure('sizeMismatch', { expected: size, actual: held }, path))
  }
  return packObject(gitObject('blob', encodePointer({ sha256, size: held })))
}

async function checkRemoval(
  deps: RevisionCommandDeps,
  tx: Writer,
  head: GitOid,
  { kind, path }: Extract<Operation, { kind: 'deletedFile' | 'deletedFolder' }>,
): Promise<void> {
  const entry = await deps.queries.entryAt(tx, head, path)
  if (!entry || isDirectory(entry) !== (kind === 'deletedFolder'))
    throw new Refusal(failure('entryNotFound', { path }, path))
}

async function copySource(
  deps: RevisionCommandDeps,
  tx: Writer,
  repository: Repository,
  head: GitOid,
  { sourcePath, sourceRevision }: Extract<Operation, { kind: 'copyFile' }>,
): Promise<PlannedBlob> {
  const from =
    sourceRevision === undefined
      ? head
      : demand(await deps.queries.resolve(tx, repository.id, sourceRevision))
  const entry = await deps.queries.entryAt(tx, from, sourcePath)
  if (!entry || isDirectory(entry))
    throw new Refusal(failure('entryNotFound', { path: sourcePath }, sourcePath))
  return entry
}

async function checkPaths(
  deps: RevisionCommandDeps,
  tx: Writer,
  head: GitOid,
  edits: ReadonlyMap<string, TreeEdit>,
): Promise<void> {
  const written = new Set<string>()
  const removed = new Set<string>()
  for (const [path, edit] of edits) (edit.kind === 'put' ? written : removed).add(path)
  const kinds = new Map<string, 'file' | 'directory' | null>()
  const touched = new Set([...written].flatMap((path) => [path, ...ancestors(path)]))
  for (const path of touched) {
    const entry = await deps.queries.entryAt(tx, head, path)
    kinds.set(path, entry ? (isDirectory(entry) ? 'directory' : 'file') : null)
  }
  const placed = checkPlacement(written, removed, { kindAt: (path) => kinds.get(path) ?? null })
  if (!placed.ok) throw new Refusal(placed.failure)
}
