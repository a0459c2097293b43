import type { Reader } from '../../../database/index.ts'
import {
  GitOid,
  Handle,
  Origin,
  partsOfOrigin,
  RepositoryId,
  repositoryKey,
  type RepositoryKind,
  Sha256,
} from '../../../kernel/names.ts'
import type { Announcement, MirrorRequest } from './types.ts'

/** The handle of a member that is hosted here, or is not; null when there is none such. */
export async function handleOf(reader: Reader, memberId: string, isHosted: boolean): Promise<Handle | null> {
  const row = await reader
    .selectFrom('member')
    .select('handle')
    .where('id', '=', memberId)
    .where('hosted', '=', isHosted ? 1 : 0)
    .executeTakeFirst()
  return row ? Handle.parse(row.handle) : null
}

/** What a member's log says of a repository now; null when it says nothing, or nothing any more. */
export async function announcementOf(
  reader: Reader,
  { memberId, kind, repository }: MirrorRequest,
): Promise<Announcement | null> {
  const rows = await reader
    .selectFrom('announced_ref')
    .selectAll()
    .where('member_id', '=', memberId)
    .where('kind', '=', kind)
    .where('key', '=', repositoryKey(repository))
    .orderBy('ref')
    .execute()
  const logOf = (row: { readonly origin: string }) => partsOfOrigin(Origin.parse(row.origin)).log
  const newest = rows.toSorted(
    (left, right) => logOf(right) - logOf(left) || right.position - left.position,
  )[0]
  if (!newest) return null
  const refs = rows.map(({ ref, commit_oid, manifest_sha256, time }) => ({
    name: ref,
    oid: GitOid.parse(commit_oid),
    manifest: manifest_sha256 === null ? null : Sha256.parse(manifest_sha256),
    time,
  }))
  return { fullName: RepositoryId.parse(newest.repository), refs }
}

/** A repository that a member announces, or of which a copy stands here. */
export interface CopiedRepository {
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
}

/** Every repository of a followed member that may need a turn: what it announces, and what stands here already. */
export async function repositoriesOf(reader: Reader, memberId: string): Promise<readonly CopiedRepository[]> {
  const announced = await reader
    .selectFrom('announced_ref')
    .select(['kind', 'repository'])
    .distinct()
    .where('member_id', '=', memberId)
    .execute()
  const standing = await reader
    .selectFrom('repository')
    .select(['kind', 'namespace', 'name'])
    .where('member_id', '=', memberId)
    .execute()
  const all = new Map<string, CopiedRepository>()
  for (const { kind, namespace, name } of standing) {
    const repository = RepositoryId.parse(`${namespace}/${name}`)
    all.set(`${kind} ${repositoryKey(repository)}`, { kind, repository })
  }
  for (const { kind, repository } of announced)
    all.set(`${kind} ${repositoryKey(repository)}`, { kind, repository: RepositoryId.parse(repository) })
  return [...all.values()]
}
