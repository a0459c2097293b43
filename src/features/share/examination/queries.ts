import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

import { decodePointer, type GitType, gitObject, linksOf } from '../../../content/git/index.ts'
import type { Problem } from '../../../content/index.ts'
import type { Database, GitObjectTable, Reader } from '../../../database/index.ts'

const inflateAsync = promisify(inflate)
/** Ids read at once; bodies are read one at a time, as one may have ten megabytes. */
const PAGE = 1000

/**
 * Re-hashes every git object and follows every reference: refs, commits, trees, tags and pointers lead to what
 * the same repository holds. Also while the node serves. Yields what is wrong.
 */
export async function* examineRevisions(database: Database, signal?: AbortSignal): AsyncGenerator<Problem> {
  const { read } = database
  for await (const oid of objectIds(read)) {
    signal?.throwIfAborted()
    const fault = await faultOfObject(read, oid)
    if (fault !== null) yield { kind: 'objectDamaged', subject: `git object ${oid}`, detail: fault }
  }
  for (const { id, key } of await read
    .selectFrom('repository')
    .select(['id', 'key'])
    .orderBy('key')
    .execute()) {
    for await (const detail of brokenReferences(read, id, signal))
      yield { kind: 'referenceBroken', subject: `repository ${key}`, detail }
  }
}

async function* objectIds(read: Reader): AsyncGenerator<string> {
  for (let after = ''; ;) {
    const rows = await read
      .selectFrom('git_object')
      .select('oid')
      .where('oid', '>', after)
      .orderBy('oid')
      .limit(PAGE)
      .execute()
    for (const { oid } of rows) yield oid
    after = rows.at(-1)?.oid ?? after
    if (rows.length < PAGE) return
  }
}

async function faultOfObject(read: Reader, oid: string): Promise<string | null> {
  const row = await read.selectFrom('git_object').selectAll().where('oid', '=', oid).executeTakeFirst()
  if (!row) return null // collected meanwhile
  if (row.data.length === 0) return (await isErased(read, oid)) ? null : 'its bytes are not there'
  const body = await bodyOf(row)
  if (body === null) return 'its bytes cannot be inflated'
  if (body.length !== row.size) return `it has ${body.length} bytes instead of ${row.size}`
  const { oid: actual } = gitObject(row.type, body)
  if (actual !== oid) return `its bytes are those of ${actual}`
  const pointer = row.type === 'blob' ? decodePointer(body) : null
  const isNoted = row.lfs_sha256 === (pointer?.sha256 ?? null) && row.lfs_size === (pointer?.size ?? null)
  return isNoted ? null : 'it is noted as pointing to something else than it does'
}

async function isErased(read: Reader, oid: string): Promise<boolean> {
  const row = await read
    .selectFrom('blob_digest')
    .innerJoin('erasure', 'erasure.sha256', 'blob_digest.sha256')
    .select('erasure.scope')
    .where('blob_digest.oid', '=', oid)
    .executeTakeFirst()
  return row !== undefined
}

async function bodyOf(row: Pick<GitObjectTable, 'data'>): Promise<Uint8Array | null> {
  try {
    return await inflateAsync(row.data)
  } catch {
    return null // the finding itself
  }
}

async function* brokenReferences(
  read: Reader,
  repositoryId: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  yield* brokenRefs(read, repositoryId)
  yield* brokenPointers(read, repositoryId)
  for await (const { oid, type } of linkingObjects(read, repositoryId)) {
    signal?.throwIfAborted()
    const targets = await targetsOf(read, oid, type)
    for (const missing of await notHeld(read, repositoryId, targets))
      yield `its ${type} ${oid} leads to ${missing}, which it does not hold`
  }
}

async function* brokenRefs(read: Reader, repositoryId: string): AsyncGenerator<string> {
  const refs = await read
    .selectFrom('ref')
    .leftJoin('repository_object', (join) =>
      join
        .onRef('repository_object.repository_id', '=', 'ref.repository_id')
        .onRef('repository_object.oid', '=', 'ref.oid'),
    )
    .leftJoin('git_object', 'git_object.oid', 'repository_object.oid')
    .select(['ref.name', 'ref.oid', 'git_object.type'])
    .where('ref.repository_id', '=', repositoryId)
    .execute()
  for (const { name, oid, type } of refs) {
    if (type === null) yield `its ${name} is ${oid}, which it does not hold`
    else if (type !== 'commit' && type !== 'tag') yield `its ${name} is ${oid}, a ${type}`
  }
}

/** A copy of another node's repository names large files before it holds them. */
async function* brokenPointers(read: Reader, repositoryId: string): AsyncGenerator<string> {
  const rows = await read
    .selectFrom('repository_object')
    .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
    .innerJoin('repository', 'repository.id', 'repository_object.repository_id')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .leftJoin('repository_file', (join) =>
      join
        .onRef('repository_file.repository_id', '=', 'repository_object.repository_id')
        .onRef('repository_file.sha256', '=', 'git_object.lfs_sha256'),
    )
    .select(['git_object.oid', 'git_object.lfs_sha256'])
    .where('repository_object.repository_id', '=', repositoryId)
    .where('git_object.lfs_sha256', 'is not', null)
    .where('repository_file.sha256', 'is', null)
    .where('member.hosted', '=', 1)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('erasure')
            .select('erasure.scope')
            .whereRef('erasure.scope', '=', 'repository.member_id')
            .whereRef('erasure.sha256', '=', 'git_object.lfs_sha256'),
        ),
      ),
    )
    .execute()
  for (const { oid, lfs_sha256 } of rows)
    yield `its pointer ${oid} stands for ${lfs_sha256}, which it may not use`
}

/** Commits, trees and tags of a repository. */
async function* linkingObjects(
  read: Reader,
  repositoryId: string,
): AsyncGenerator<{ readonly oid: string; readonly type: GitType }> {
  for (let after = ''; ;) {
    const rows = await read
      .selectFrom('repository_object')
      .innerJoin('git_object', 'git_object.oid', 'repository_object.oid')
      .select(['git_object.oid', 'git_object.type'])
      .where('repository_object.repository_id', '=', repositoryId)
      .where('repository_object.oid', '>', after)
      .where('git_object.type', '!=', 'blob')
      .orderBy('repository_object.oid')
      .limit(PAGE)
      .execute()
    yield* rows
    after = rows.at(-1)?.oid ?? after
    if (rows.length < PAGE) return
  }
}

async function targetsOf(read: Reader, oid: string, type: GitType): Promise<readonly string[]> {
  const row = await read.selectFrom('git_object').select('data').where('oid', '=', oid).executeTakeFirst()
  const body = row && (await bodyOf(row))
  if (!body) return [] // gone meanwhile, or damaged, which was told
  try {
    return linksOf(type, body).map((link) => link.oid)
  } catch {
    return [] // unreadable bytes are not those of its id, which was told
  }
}

async function notHeld(
  read: Reader,
  repositoryId: string,
  oids: readonly string[],
): Promise<readonly string[]> {
  const missing = new Set(oids)
  const asked = [...missing]
  for (let first = 0; first < asked.length; first += PAGE) {
    const rows = await read
      .selectFrom('repository_object')
      .select('oid')
      .where('repository_id', '=', repositoryId)
      .where('oid', 'in', asked.slice(first, first + PAGE))
      .execute()
    for (const { oid } of rows) missing.delete(oid)
  }
  return [...missing]
}
