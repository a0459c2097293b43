import {
  editTree,
  encodeCommit,
  encodeTag,
  gitObject,
  type GitObject,
  type TreeEdit,
} from '../../../../content/git/index.ts'
import type { Database, Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type GitOid, RefName } from '../../../../kernel/names.ts'
import { fail, type Result } from '../../../../kernel/result.ts'
import { unixSeconds, type Clock } from '../../../../kernel/time.ts'
import { queueRevision } from '../../outgoing/index.ts'
import { refusalOfCopy } from '../../rules.ts'
import type { Author, Repository } from '../../types.ts'
import type { CommitRequest } from '../types.ts'
import { packAll, share, store } from './objects.ts'
import { planOperations, type PlanDeps } from './plan.ts'
import { demand, refusable } from './refusal.ts'

export { packObject } from './objects.ts'
export type { LargeFiles } from './plan.ts'

export interface RevisionCommandDeps extends PlanDeps {
  readonly database: Database
  readonly clock: Clock
}

/** The outcome of a commit: where the branch points now, and whether that is new. */
export interface Committed {
  readonly oid: GitOid
  readonly isNew: boolean
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
    return writing(repository, () =>
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
    return writing(repository, () =>
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
    return writing(repository, () =>
      database.write(async (tx) => {
        const target = demand(await queries.resolve(tx, repository.id, tag.revision))
        const ref = `refs/tags/${refName(tag.name)}`
        if (await refExists(tx, repository.id, ref)) throw new Refusal(failure('referenceExists', { ref }))
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
    return writing(repository, () =>
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
    return writing(repository, () =>
      database.write(async (tx) => {
        const gone = await tx
          .deleteFrom('ref')
          .where('repository_id', '=', repository.id)
          .where('name', '=', ref)
          .executeTakeFirst()
        if (gone.numDeletedRows === 0n) throw new Refusal(failure('revisionNotFound', { rev: asked }))
        await queueRevision(tx, queries, repository, { ref, commit: null, at: clock() })
        return null
      }),
    )
  }

  function writing<Value>(repository: Repository, work: () => Promise<Value>): Promise<Result<Value>> {
    const refusal = refusalOfCopy(repository)
    return refusal ? Promise.resolve(fail(refusal)) : refusable(work)
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
    await queueRevision(tx, queries, repository, { ref, commit: oid, at })
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
