import { createHash } from 'node:crypto'

import { decodePointer } from '../../../content/git/index.ts'
import type { Database, Reader, Writer } from '../../../database/index.ts'
import { failure, Refusal } from '../../../kernel/failure.ts'
import { type GitOid, RepositoryId, repositoryKey, type RepositoryKind } from '../../../kernel/names.ts'
import type { Random } from '../../../kernel/random.ts'
import { fail, succeed, type Result } from '../../../kernel/result.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { ManifestFile } from '../../../records/index.ts'
import { bringBack } from '../erasures/index.ts'
import { describeFiles, rememberDigests } from '../manifests/index.ts'
import { dropRepository, findRepository } from '../repositories/index.ts'
import type { RevisionQueries } from '../revisions/index.ts'
import { heldObjects } from './queries.ts'
import type { ArrivingObject, Copy, CopyProblem, CopyRequest, Delivery, ExpectedFiles } from './types.ts'

/** Rows written per statement, well under SQLite's limit of 32,766 parameters. */
const ROWS_AT_ONCE = 500

/** Keeps verified objects until their repository stands. An object may come twice. Nobody is shown them. */
export async function keepArriving(
  tx: Writer,
  batch: string,
  objects: readonly ArrivingObject[],
): Promise<void> {
  for (let start = 0; start < objects.length; start += ROWS_AT_ONCE)
    await tx
      .insertInto('arriving_object')
      .values(objects.slice(start, start + ROWS_AT_ONCE).map((object) => arriving(batch, object)))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

function arriving(batch: string, object: ArrivingObject) {
  if (object.type === 'erased') {
    const { oid, size, sha256 } = object
    const none = { data: new Uint8Array(), lfs_sha256: null, lfs_size: null }
    return { batch, oid, type: 'blob' as const, size, sha256, ...none }
  }
  const { oid, type, body, compressed: data } = object
  const pointer = type === 'blob' ? decodePointer(body) : null
  const lfs = { lfs_sha256: pointer?.sha256 ?? null, lfs_size: pointer?.size ?? null }
  const sha256 = type === 'blob' && !pointer ? createHash('sha256').update(body).digest('hex') : null
  return { batch, oid, type, size: body.length, data, ...lfs, sha256 }
}

/** Forgets one batch. */
export async function forgetBatch(tx: Writer, batch: string): Promise<void> {
  await tx.deleteFrom('arriving_object').where('batch', '=', batch).execute()
}

/** Forgets what arrived in batches whose names begin with `subject` and a `#`. */
export async function forgetArriving(tx: Writer, subject: string): Promise<void> {
  await tx
    .deleteFrom('arriving_object')
    .where('batch', '>=', `${subject}#`)
    .where('batch', '<', `${subject}$`) // '$' follows '#'
    .execute()
}

export interface CopyDeps {
  readonly database: Database
  readonly queries: RevisionQueries
  readonly random: Random
}

/**
 * Makes a repository stand here as its member's log says: one transaction, or nothing. Queues no record: the log has said it. A copy
 * becomes exactly what the request says; of an own repository refs that were lost come back, and none goes back or is taken from
 * what somebody committed since. Returns the internal id.
 */
export async function standCopy(
  { database, queries, random }: CopyDeps,
  request: CopyRequest,
): Promise<Result<string, CopyProblem>> {
  try {
    const id = await database.write(async (tx) => {
      if (!(await request.isCurrent(tx))) throw new RefusedCopy({ kind: 'outdated' })
      const id = await putRepository(tx, request, random)
      for (const delivery of request.deliveries) await takeOver(tx, id, delivery)
      if (request.isOwn) await moveRefsOn(tx, queries, id, request.copy)
      else await putRefs(tx, id, request.copy)
      for (const expected of request.expected) await checkFiles(tx, queries, id, expected)
      return id
    })
    return succeed(id)
  } catch (cause) {
    if (cause instanceof RefusedCopy) return fail(cause.problem)
    throw cause
  }
}

/** Removes the copy of a member's repository, if there is one; tells nobody. Returns whether there was. */
export function dropCopy(
  database: Database,
  { memberId, kind, fullName }: Pick<Copy, 'memberId' | 'kind' | 'fullName'>,
): Promise<boolean> {
  return database.write(async (tx) => {
    const found = await findRepository(tx, kind, fullName)
    if (found.kind !== 'found' || found.repository.memberId !== memberId) return false
    if (found.repository.home === null) throw new Error(`${fullName} is written here and no copy`)
    await dropRepository(tx, database.search, found.repository.id)
    return true
  })
}

/** A repository that comes with its member from another node, as it was there. */
export interface MovedRepository extends Pick<Copy, 'memberId' | 'kind' | 'fullName' | 'refs'> {
  readonly visibility: 'public' | 'private'
  readonly gated: 'no' | 'auto' | 'manual'
  readonly disabled: boolean
  readonly createdAt: Millis
  readonly modifiedAt: Millis
}

/**
 * Makes a repository stand here that moved with its member: one transaction, or nothing. May be called again. Returns the internal id;
 * throws a {@link Refusal} `repositoryExists` where another's has the name.
 */
export function standMoved(
  { database, random }: Pick<CopyDeps, 'database' | 'random'>,
  moved: MovedRepository,
  deliveries: readonly Delivery[],
): Promise<string> {
  const { memberId: member_id, kind, fullName, createdAt: created_at, modifiedAt: modified_at } = moved
  const [namespace = '', name = ''] = fullName.split('/')
  const { visibility, gated } = moved
  const state = { visibility, gated, disabled: moved.disabled ? (1 as const) : (0 as const), modified_at }
  return database.write(async (tx) => {
    const found = await findRepository(tx, kind, fullName)
    const isTheirs = found.kind === 'found' && found.repository.memberId === member_id
    if (found.kind !== 'unknown' && !isTheirs)
      throw new Refusal(failure('repositoryExists', { kind, name: fullName }))
    const id = found.kind === 'unknown' ? random(12).toHex() : found.repository.id
    const row = { id, member_id, kind, namespace, name, key: repositoryKey(fullName), ...state, created_at }
    await tx
      .insertInto('repository')
      .values(row)
      .onConflict((same) => same.column('id').doUpdateSet({ namespace, name, ...state }))
      .execute()
    for (const delivery of deliveries) await takeOver(tx, id, delivery)
    await putRefs(tx, id, moved)
    return id
  })
}

/** A name that a repository had before, folded, and how it is called now. */
export interface FormerName {
  readonly kind: RepositoryKind
  readonly former: string
  readonly repository: RepositoryId
}

/** Former names of a member's repositories. */
export async function formerNames(reader: Reader, memberId: string): Promise<readonly FormerName[]> {
  const rows = await reader
    .selectFrom('repository_alias')
    .innerJoin('repository', 'repository.id', 'repository_alias.repository_id')
    .select(['repository_alias.kind', 'repository_alias.key', 'namespace', 'name'])
    .where('repository.member_id', '=', memberId)
    .orderBy('repository_alias.kind')
    .orderBy('repository_alias.key')
    .execute()
  return rows.map(({ kind, key, namespace, name }) => ({
    kind,
    former: key,
    repository: RepositoryId.parse(`${namespace}/${name}`),
  }))
}

/** A former name leads to a member's repository here as well, where nothing else has it. */
export async function keepFormerName(
  tx: Writer,
  memberId: string,
  { kind, former, repository }: FormerName,
): Promise<void> {
  const place = await findRepository(tx, kind, repository)
  const taken = await findRepository(tx, kind, former)
  if (place.kind !== 'found' || place.repository.memberId !== memberId || taken.kind !== 'unknown') return
  const row = { kind, key: repositoryKey(former), repository_id: place.repository.id }
  await tx.insertInto('repository_alias').values(row).execute()
}

/** Rolls a transaction back. */
class RefusedCopy extends Error {
  readonly problem: CopyProblem
  constructor(problem: CopyProblem) {
    super(problem.kind)
    this.name = 'RefusedCopy'
    this.problem = problem
  }
}

async function putRepository(tx: Writer, { copy, isOwn }: CopyRequest, random: Random): Promise<string> {
  const { kind, fullName, memberId, createdAt, modifiedAt: modified_at } = copy
  const [namespace = '', name = ''] = fullName.split('/')
  const found = await findRepository(tx, kind, fullName)
  if (found.kind === 'unknown') {
    const id = random(12).toHex()
    const state = { visibility: 'public', gated: 'no', created_at: createdAt, modified_at } as const
    await tx
      .insertInto('repository')
      .values({ id, member_id: memberId, kind, namespace, name, key: repositoryKey(fullName), ...state })
      .execute()
    return id
  }
  const { repository } = found
  const isTheirs = found.kind === 'found' && repository.memberId === memberId
  const isRight = isOwn ? repository.visibility === 'public' : repository.home !== null
  if (!isTheirs || !isRight) throw new RefusedCopy({ kind: 'taken' })
  await tx
    .updateTable('repository')
    .set({ namespace, name, modified_at })
    .where('id', '=', repository.id)
    .execute()
  return repository.id
}

async function takeOver(tx: Writer, repositoryId: string, { batch, objects }: Delivery): Promise<void> {
  let taken = 0
  for (let after = ''; ;) {
    const rows = await tx
      .selectFrom('arriving_object')
      .select('oid')
      .where('batch', '=', batch)
      .where('oid', '>', after)
      .orderBy('oid')
      .limit(ROWS_AT_ONCE)
      .execute()
    const last = rows.at(-1)?.oid
    if (last === undefined) break
    await takeSlice(tx, repositoryId, { batch, after, last })
    taken += rows.length
    after = last
  }
  if (taken !== objects) throw new RefusedCopy({ kind: 'incomplete' })
  await forgetBatch(tx, batch)
}

/** A digest is taken over only together with its body: bytes that are here keep their own. */
async function takeSlice(
  tx: Writer,
  repositoryId: string,
  { batch, after, last }: { readonly batch: string; readonly after: string; readonly last: string },
): Promise<void> {
  const slice = tx
    .selectFrom('arriving_object')
    .where('batch', '=', batch)
    .where('arriving_object.oid', '>', after)
    .where('arriving_object.oid', '<=', last)
  const digests = slice
    .select(['oid', 'sha256'])
    .$narrowType<{ sha256: string }>()
    .where('sha256', 'is not', null)
    .where('oid', 'not in', (query) =>
      query
        .selectFrom('git_object')
        .select('oid')
        .where('oid', '>', after)
        .where('oid', '<=', last)
        .where((is) => is(is.fn<number>('length', ['data']), '>', 0)),
    )
  await tx
    .insertInto('blob_digest')
    .columns(['oid', 'sha256'])
    .expression(digests)
    .onConflict((conflict) =>
      conflict.column('oid').doUpdateSet((row) => ({ sha256: row.ref('excluded.sha256') })),
    )
    .execute()
  await tx
    .insertInto('git_object')
    .columns(['oid', 'type', 'size', 'data', 'lfs_sha256', 'lfs_size'])
    .expression(slice.select(['oid', 'type', 'size', 'data', 'lfs_sha256', 'lfs_size']))
    .onConflict(bringBack)
    .execute()
  await tx
    .insertInto('repository_object')
    .columns(['repository_id', 'oid'])
    .expression(slice.select((row) => [row.val(repositoryId).as('repository_id'), 'oid']))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** A ref that is here moves only to what continues it. */
async function moveRefsOn(
  tx: Writer,
  queries: RevisionQueries,
  repositoryId: string,
  { refs }: Copy,
): Promise<void> {
  for (const { name, oid } of refs) {
    const here = await tx
      .selectFrom('ref')
      .select('oid')
      .where('repository_id', '=', repositoryId)
      .where('name', '=', name)
      .executeTakeFirst()
    if (here && !(await continuesFrom(tx, queries, oid, here.oid))) continue
    await tx
      .insertInto('ref')
      .values({ repository_id: repositoryId, name, oid })
      .onConflict((same) => same.columns(['repository_id', 'name']).doUpdateSet({ oid }))
      .execute()
  }
}

/** Whether a commit has another one among its ancestors. What is no commit continues nothing. */
export async function continuesFrom(
  reader: Reader,
  queries: RevisionQueries,
  later: GitOid,
  earlier: string,
): Promise<boolean> {
  const seen = new Set<GitOid>()
  for (const open = [later]; ;) {
    const oid = open.pop()
    if (oid === undefined) return false
    if (oid === earlier) return true
    if (seen.has(oid)) continue
    seen.add(oid)
    const row = await reader.selectFrom('git_object').select('type').where('oid', '=', oid).executeTakeFirst()
    if (row?.type === 'commit') open.push(...(await queries.commit(reader, oid)).parents)
  }
}

/** Hides what a member's log says is no longer offered, and an old backup brought back. */
export async function hideRepository(
  tx: Writer,
  { memberId, kind, fullName }: Pick<Copy, 'memberId' | 'kind' | 'fullName'>,
): Promise<void> {
  await tx
    .updateTable('repository')
    .set({ visibility: 'private' })
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(fullName))
    .execute()
}

async function putRefs(tx: Writer, repositoryId: string, { refs }: Pick<Copy, 'refs'>): Promise<void> {
  const oids = [...new Set(refs.map(({ oid }) => oid))]
  const held = await heldObjects(tx, repositoryId, oids)
  const roots = held.filter(({ type }) => type === 'commit' || type === 'tag')
  if (roots.length !== oids.length) throw new RefusedCopy({ kind: 'incomplete' })
  await tx.deleteFrom('ref').where('repository_id', '=', repositoryId).execute()
  for (const { name, oid } of refs)
    await tx.insertInto('ref').values({ repository_id: repositoryId, name, oid }).execute()
}

async function checkFiles(
  tx: Writer,
  queries: RevisionQueries,
  repositoryId: string,
  { at, files: expected }: ExpectedFiles,
): Promise<void> {
  const described = await describeFiles(tx, queries, repositoryId, at)
  if (!described) throw new RefusedCopy({ kind: 'otherFile', path: '' }) // far more files than the manifest can name
  const actual = new Map(described.files.map((file) => [file.path, file]))
  for (const file of expected) {
    if (!isSameFile(file, actual.get(file.path)))
      throw new RefusedCopy({ kind: 'otherFile', path: file.path })
    actual.delete(file.path)
  }
  for (const path of actual.keys()) throw new RefusedCopy({ kind: 'otherFile', path })
  await rememberDigests(tx, described.digests)
  await nameLargeFiles(tx, repositoryId, expected)
}

function isSameFile(expected: ManifestFile, actual: ManifestFile | undefined): boolean {
  const isNamedSo = expected.gitOid === undefined || expected.gitOid === actual?.gitOid
  return isNamedSo && expected.sha256 === actual?.sha256 && expected.size === actual.size
}

/** The home's word counts, and its newest one. */
async function nameLargeFiles(
  tx: Writer,
  repositoryId: string,
  files: readonly ManifestFile[],
): Promise<void> {
  const rows = files.flatMap(({ sha256, xet }) =>
    xet === undefined ? [] : [{ repository_id: repositoryId, sha256, xet_hash: xet }],
  )
  for (let start = 0; start < rows.length; start += ROWS_AT_ONCE)
    await tx
      .insertInto('manifest_file')
      .values(rows.slice(start, start + ROWS_AT_ONCE))
      .onConflict((conflict) =>
        conflict
          .columns(['repository_id', 'sha256'])
          .doUpdateSet((row) => ({ xet_hash: row.ref('excluded.xet_hash') })),
      )
      .execute()
}
