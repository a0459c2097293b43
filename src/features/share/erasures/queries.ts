import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { inflate } from 'node:zlib'

import { type Erasure, erasureIn, isErasureHere } from '../../../content/index.ts'
import type { Database, Reader } from '../../../database/index.ts'
import { GitOid, type RepositoryKind, Sha256 } from '../../../kernel/names.ts'
import { rememberDigests } from '../manifests/index.ts'
import type { FileEntry } from '../types.ts'

const inflateAsync = promisify(inflate)
/** Ids read at once; bodies are read one at a time, as one may have ten megabytes. */
const PAGE = 500

/** Why a repository may not give out the bytes of a file that a revision of it names; null where it may. */
export async function erasureOf(
  reader: Reader,
  repositoryId: string,
  { oid, large }: Pick<FileEntry, 'oid' | 'large'>,
): Promise<Erasure | null> {
  if (large) return erasureIn(reader, repositoryId, large.sha256)
  const row = await reader
    .selectFrom('blob_digest')
    .select('sha256')
    .where('oid', '=', oid)
    .executeTakeFirst()
  return row ? erasureIn(reader, repositoryId, Sha256.parse(row.sha256)) : null
}

/** Small files that a repository names and may not give out, each with its SHA-256. */
export async function erasedBlobs(
  reader: Reader,
  repositoryId: string,
): Promise<ReadonlyMap<GitOid, Sha256>> {
  const rows = await reader
    .selectFrom('erasure')
    .innerJoin('repository', (join) => join.on('repository.id', '=', repositoryId))
    .innerJoin('member', 'member.id', 'repository.member_id')
    .innerJoin('blob_digest', 'blob_digest.sha256', 'erasure.sha256')
    .select(['blob_digest.oid', 'blob_digest.sha256'])
    .where(isErasureHere)
    .execute()
  return new Map(rows.map(({ oid, sha256 }) => [GitOid.parse(oid), Sha256.parse(sha256)]))
}

/** What was erased in all repositories of a member, and which git objects lost their bytes by it. */
export interface ErasedOf {
  readonly files: readonly Omit<Erasure, 'scope'>[]
  readonly blobs: readonly { readonly oid: GitOid; readonly sha256: Sha256 }[]
}

export async function erasedOf(reader: Reader, memberId: string): Promise<ErasedOf> {
  const files = await reader
    .selectFrom('erasure')
    .select(['sha256', 'size', 'reason', 'time'])
    .where('scope', '=', memberId)
    .orderBy('sha256')
    .execute()
  const blobs = await reader
    .selectFrom('erasure')
    .innerJoin('blob_digest', 'blob_digest.sha256', 'erasure.sha256')
    .select(['blob_digest.oid', 'blob_digest.sha256'])
    .where('erasure.scope', '=', memberId)
    .orderBy('blob_digest.oid')
    .execute()
  return {
    files: files.map((file) => ({ ...file, sha256: Sha256.parse(file.sha256) })),
    blobs: blobs.map(({ oid, sha256 }) => ({ oid: GitOid.parse(oid), sha256: Sha256.parse(sha256) })),
  }
}

/** A repository that names a file, and the file's size in bytes. */
export interface Naming {
  readonly repositoryId: string
  readonly memberId: string
  readonly kind: RepositoryKind
  /** `namespace/name`. */
  readonly fullName: string
  readonly visibility: 'public' | 'private'
  readonly isCopy: boolean
  readonly size: number
}

/** Every repository here that names a file in any of its revisions, whether or not its bytes are here. */
export async function repositoriesNaming(reader: Reader, sha256: Sha256): Promise<readonly Naming[]> {
  const small = reader.selectFrom('blob_digest').select('oid').where('sha256', '=', sha256)
  const large = reader.selectFrom('git_object').select('oid').where('lfs_sha256', '=', sha256)
  const rows = await reader
    .selectFrom('git_object')
    .innerJoin('repository_object', 'repository_object.oid', 'git_object.oid')
    .innerJoin('repository', 'repository.id', 'repository_object.repository_id')
    .innerJoin('member', 'member.id', 'repository.member_id')
    .select(['repository.id', 'repository.member_id', 'repository.kind', 'repository.visibility'])
    .select(['repository.namespace', 'repository.name', 'member.hosted'])
    .select(['git_object.size', 'git_object.lfs_size'])
    .where('git_object.oid', 'in', small.unionAll(large))
    .orderBy('repository.key')
    .execute()
  const all = rows.map((row) => ({
    repositoryId: row.id,
    memberId: row.member_id,
    kind: row.kind,
    fullName: `${row.namespace}/${row.name}`,
    visibility: row.visibility,
    isCopy: row.hosted === 0,
    size: row.lfs_size ?? row.size,
  }))
  return [...new Map(all.map((each) => [each.repositoryId, each])).values()]
}

/** Remembers the SHA-256 of every small file of which it is not known yet: those of private repositories may have none. */
export async function digestAll({ read, write }: Pick<Database, 'read' | 'write'>): Promise<void> {
  for (let after = ''; ;) {
    const rows = await read
      .selectFrom('git_object')
      .leftJoin('blob_digest', 'blob_digest.oid', 'git_object.oid')
      .select('git_object.oid')
      .where('git_object.oid', '>', after)
      .where('git_object.type', '=', 'blob')
      .where('git_object.lfs_sha256', 'is', null)
      .where('blob_digest.oid', 'is', null)
      .orderBy('git_object.oid')
      .limit(PAGE)
      .execute()
    const digests: { oid: GitOid; sha256: Sha256 }[] = []
    for (const { oid } of rows) {
      const sha256 = await digestOf(read, oid)
      if (sha256 !== null) digests.push({ oid: GitOid.parse(oid), sha256 })
    }
    if (digests.length > 0) await write((tx) => rememberDigests(tx, digests))
    after = rows.at(-1)?.oid ?? after
    if (rows.length < PAGE) return
  }
}

/** The SHA-256 of a small file; null where its bytes are gone and nobody kept it. */
export async function digestOf(reader: Reader, oid: string): Promise<Sha256 | null> {
  const known = await reader
    .selectFrom('blob_digest')
    .select('sha256')
    .where('oid', '=', oid)
    .executeTakeFirst()
  if (known) return Sha256.parse(known.sha256)
  const row = await reader.selectFrom('git_object').select('data').where('oid', '=', oid).executeTakeFirst()
  if (!row || row.data.length === 0) return null // collected or erased meanwhile
  const body = await inflateAsync(row.data)
  return Sha256.parse(createHash('sha256').update(body).digest('hex'))
}
