import { encodePointer, gitObject, isDirectory, type TreeEdit } from '../../../../content/git/index.ts'
import { erasureIn, fileErased } from '../../../../content/index.ts'
import type { Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { GitOid, Sha256 } from '../../../../kernel/names.ts'
import type { Repository } from '../../types.ts'
import type { RevisionQueries } from '../queries.ts'
import { ancestors, checkPlacement } from '../rules.ts'
import type { Operation, PackedObject, PlannedBlob } from '../types.ts'
import { packObject } from './objects.ts'
import { demand } from './refusal.ts'

/** What the content store tells about large files. */
export interface LargeFiles {
  /** The file's size in bytes if this repository holds it: a hash alone is no right to it. */
  sizeOf(repositoryId: string, sha256: Sha256): Promise<number | null>
}

/** What planning a commit asks. */
export interface PlanDeps {
  readonly queries: RevisionQueries
  readonly largeFiles: LargeFiles
}

/** What a commit does to the tree, and the objects it brings or takes over. */
export interface OperationPlan {
  readonly edits: ReadonlyMap<string, TreeEdit>
  readonly blobs: readonly PackedObject[]
  readonly reused: readonly GitOid[]
}

/** Works out what each operation does to each path; the last word on a path counts. Throws a Refusal. */
export async function planOperations(
  deps: PlanDeps,
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
        await refuseErased(tx, repository, operation.blob, operation.path)
        await checkPointer(deps, repository, operation.blob, operation.path)
        blobs.push(operation.blob)
        await put(operation.path, { oid: operation.blob.oid, mode: '100644' })
        break
      case 'lfsFile': {
        await refuseErased(tx, repository, operation, operation.path)
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

async function refuseErased(
  tx: Writer,
  repository: Repository,
  named: Pick<PackedObject, 'sha256'> & Partial<Pick<PackedObject, 'pointer'>>,
  path: string,
): Promise<void> {
  const sha256 = named.pointer?.sha256 ?? named.sha256
  const erasure = sha256 && (await erasureIn(tx, repository.id, sha256))
  if (erasure) throw new Refusal({ ...fileErased(erasure), field: path })
}

async function checkPointer(
  deps: PlanDeps,
  repository: Repository,
  blob: PackedObject,
  path: string,
): Promise<void> {
  if (!blob.pointer) return
  const size = await deps.largeFiles.sizeOf(repository.id, blob.pointer.sha256)
  if (size !== blob.pointer.size) throw new Refusal(failure('missingContent', { path }, path))
}

async function largeFileBlob(
  deps: PlanDeps,
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

/** Clients that do not know whether a path is a folder send it as a file. */
async function checkRemoval(
  deps: PlanDeps,
  tx: Writer,
  head: GitOid,
  { kind, path }: Extract<Operation, { kind: 'deletedFile' | 'deletedFolder' }>,
): Promise<void> {
  const entry = await deps.queries.entryAt(tx, head, path)
  if (!entry || (kind === 'deletedFolder' && !isDirectory(entry)))
    throw new Refusal(failure('entryNotFound', { path }, path))
}

async function copySource(
  deps: PlanDeps,
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
  deps: PlanDeps,
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
