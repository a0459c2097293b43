import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { deflate, deflateSync } from 'node:zlib'

import { decodePointer, type GitObject } from '../../../../content/git/index.ts'
import type { Writer } from '../../../../database/index.ts'
import { type GitOid, Sha256 } from '../../../../kernel/names.ts'
import { bringBack } from '../../erasures/index.ts'
import { rememberDigests } from '../../manifests/index.ts'
import type { PackedObject } from '../types.ts'

const deflateAsync = promisify(deflate)
/** Bytes up to which a body is deflated in place. */
const SMALL = 16 * 1024
/** Rows written per statement, well under SQLite's limit of 32,766 parameters. */
const ROWS_AT_ONCE = 500

/** Names and compresses a git object (zlib level 1: pointers and text, read often). */
export async function packObject({ oid, type, body }: GitObject): Promise<PackedObject> {
  const pointer = type === 'blob' ? decodePointer(body) : null
  const sha256 = type === 'blob' && !pointer ? digest(body) : null
  return { oid, type, size: body.length, compressed: await compress(body), pointer, sha256 }
}

function digest(body: Uint8Array): Sha256 {
  return Sha256.parse(createHash('sha256').update(body).digest('hex'))
}

/** A small body costs less to deflate at once than to send to another thread. */
async function compress(body: Uint8Array): Promise<Uint8Array> {
  const view = body.length <= SMALL ? deflateSync(body, { level: 1 }) : await deflateAsync(body, { level: 1 })
  // zlib hands out a view of its far larger buffer: a hundred thousand of those would fill the memory.
  return new Uint8Array(view)
}

/** {@link packObject} for several. */
export function packAll(objects: readonly GitObject[]): Promise<PackedObject[]> {
  return Promise.all(objects.map(packObject))
}

/** Stores objects and lists them as the repository's own. Known objects are left as they are, but for the erased ones. */
export async function store(
  tx: Writer,
  repositoryId: string,
  objects: readonly PackedObject[],
): Promise<void> {
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
    await tx.insertInto('git_object').values(rows).onConflict(bringBack).execute()
  }
  await rememberDigests(
    tx,
    objects.flatMap(({ oid, sha256 }) => (sha256 === null ? [] : [{ oid, sha256 }])),
  )
  const oids = objects.map(({ oid }) => oid)
  await share(tx, repositoryId, oids)
}

/** Lists existing objects as the repository's own. */
export async function share(tx: Writer, repositoryId: string, oids: readonly GitOid[]): Promise<void> {
  for (let start = 0; start < oids.length; start += ROWS_AT_ONCE) {
    const rows = oids.slice(start, start + ROWS_AT_ONCE).map((oid) => ({ repository_id: repositoryId, oid }))
    await tx
      .insertInto('repository_object')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}
