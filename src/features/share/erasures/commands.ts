import type { OnConflictBuilder, OnConflictUpdateBuilder } from 'kysely'
import { z } from 'zod'

import { COPIES, type Erasure, forbid, isErasureHere } from '../../../content/index.ts'
import {
  type Database,
  readSetting,
  type Tables,
  type Writer,
  writeSetting,
} from '../../../database/index.ts'
import { rememberDigests } from '../manifests/index.ts'
import { type ErasedOf, repositoriesNaming } from './queries.ts'

/** Names the repositories of which something is left to be erased, as JSON. */
const DUE = 'erasure-due'
const Due = z.array(z.string())

/**
 * Forbids a file, large or small, to the repositories of a scope in the transaction that decides it. What is left to be done is
 * written down in the same transaction, for {@link eraseBlobs}.
 */
export async function forbidFile(tx: Writer, erasure: Erasure): Promise<void> {
  await forbid(tx, erasure)
  const naming = await repositoriesNaming(tx, erasure.sha256)
  const touched = naming.filter(({ memberId, isCopy }) =>
    erasure.scope === COPIES ? isCopy : memberId === erasure.scope,
  )
  if (touched.length === 0) return
  const due = new Set([...(await dueIn(tx)), ...touched.map(({ repositoryId }) => repositoryId)])
  await writeSetting(tx, DUE, JSON.stringify([...due]))
}

/** What was erased of a member elsewhere is erased here too. Of git objects nothing is believed but of those that have no bytes. */
export async function takeErased(tx: Writer, memberId: string, { files, blobs }: ErasedOf): Promise<void> {
  for (const blob of blobs) {
    const empty = await tx
      .selectFrom('git_object')
      .select('oid')
      .where('oid', '=', blob.oid)
      .where((is) => is(is.fn<number>('length', ['data']), '=', 0))
      .executeTakeFirst()
    if (empty) await rememberDigests(tx, [blob])
  }
  for (const file of files) await forbidFile(tx, { ...file, scope: memberId })
}

/**
 * Erases the bytes of small files that were forbidden and that no other repository may give out; their ids stay. `refresh` makes
 * anew what was made of a repository's files. May be called at any time, and goes on where it was interrupted.
 */
export async function eraseBlobs(
  database: Pick<Database, 'read' | 'write' | 'scrub'>,
  refresh: (repositoryId: string) => Promise<void>,
): Promise<void> {
  const due = await dueIn(database.read)
  if (due.length === 0) return
  await database.write(emptyBlobs)
  // If we stop here, or below, the next call does it again: what was written down is removed at the end.
  for (const id of due) await refresh(id)
  await database.scrub()
  await database.write(async (tx) => {
    const left = (await dueIn(tx)).filter((id) => !due.includes(id))
    await writeSetting(tx, DUE, left.length > 0 ? JSON.stringify(left) : null)
  })
}

async function dueIn(reader: Database['read']): Promise<readonly string[]> {
  const due = await readSetting(reader, DUE)
  return due === null ? [] : Due.parse(JSON.parse(due))
}

async function emptyBlobs(tx: Writer): Promise<void> {
  const rows = await tx
    .selectFrom('erasure')
    .innerJoin('blob_digest', 'blob_digest.sha256', 'erasure.sha256')
    .innerJoin('git_object', 'git_object.oid', 'blob_digest.oid')
    .select('git_object.oid')
    .distinct()
    .where((is) => is(is.fn<number>('length', ['git_object.data']), '>', 0))
    .execute()
  for (const { oid } of rows)
    if (!(await isUsed(tx, oid)))
      await tx.updateTable('git_object').set({ data: new Uint8Array() }).where('oid', '=', oid).execute()
}

/** Whether a repository holds the blob that may give it out. */
async function isUsed(tx: Writer, oid: string): Promise<boolean> {
  const row = await tx
    .selectFrom('repository_object')
    .innerJoin('blob_digest', 'blob_digest.oid', 'repository_object.oid')
    .innerJoin('repository', 'repository.id', 'repository_object.repository_id')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .leftJoin('erasure', (join) => join.onRef('erasure.sha256', '=', 'blob_digest.sha256').on(isErasureHere))
    .select('repository.id')
    .where('repository_object.oid', '=', oid)
    .where('erasure.sha256', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Where an object is known it stays as it is; bytes that were erased for one member come back with one who may have them. The pointer
 * stays what it was: an erased blob is none.
 */
export function bringBack(
  conflict: OnConflictBuilder<Tables, 'git_object'>,
): OnConflictUpdateBuilder<Tables, 'git_object'> {
  return conflict
    .column('oid')
    .doUpdateSet((row) => ({ data: row.ref('excluded.data') }))
    .where((is) => is(is.fn<number>('length', ['git_object.data']), '=', 0))
}
