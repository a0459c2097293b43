import type { LogTable, Reader } from '../../../database/index.ts'
import {
  GitOid,
  Handle,
  MemberId,
  RepositoryId,
  type RepositoryKind,
  repositoryKey,
  Sha256,
} from '../../../kernel/names.ts'
import { movedRefs } from '../repositories/rules.ts'
import type { CarriedMember } from './types.ts'

/** A log with a checkpoint, and what its member is called. */
export interface NamedLog {
  readonly log: LogTable
  readonly memberId: MemberId
  readonly handle: Handle
  readonly name: string
}

/** The logs of those members that are named by handle or id, or of all; `always` is among them. */
export async function logsToCarry(
  reader: Reader,
  named: readonly string[] | null,
  always: MemberId,
): Promise<readonly NamedLog[]> {
  const rows = await reader
    .selectFrom('log')
    .innerJoin('member', 'member.id', 'log.member_id')
    .selectAll('log')
    .select(['member.handle', 'member.display_name'])
    .where('log.checkpoint', 'is not', null)
    .where('log.number', '=', 0)
    .orderBy('log.origin')
    .execute()
  return rows
    .filter(
      ({ member_id, handle }) =>
        member_id === always || !named || named.includes(handle) || named.includes(member_id),
    )
    .map(({ handle, display_name, ...log }) => ({
      log,
      memberId: MemberId.parse(log.member_id),
      handle: Handle.parse(handle),
      name: display_name,
    }))
}

/** A public repository and what the signed part of its member's log says of its refs, `main` first. */
export interface PublicRepository {
  readonly id: string
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  readonly refs: readonly {
    readonly name: string
    readonly oid: GitOid
    readonly manifest: Sha256 | null
    readonly position: number
    readonly time: number
  }[]
}

/** What a member's log announces and everybody may read here. */
export async function publicRepositories(
  reader: Reader,
  log: LogTable,
): Promise<readonly PublicRepository[]> {
  const rows = await reader
    .selectFrom('announced_ref')
    .innerJoin('repository', (join) =>
      join
        .onRef('repository.member_id', '=', 'announced_ref.member_id')
        .onRef('repository.kind', '=', 'announced_ref.kind')
        .onRef('repository.key', '=', 'announced_ref.key'),
    )
    .selectAll('announced_ref')
    .select(['repository.id'])
    .where('announced_ref.member_id', '=', log.member_id)
    .where('announced_ref.position', '<', log.signed_size)
    .where('repository.visibility', '=', 'public')
    .where('repository.gated', '=', 'no')
    .where('repository.disabled', '=', 0)
    .orderBy('announced_ref.kind')
    .orderBy('announced_ref.key')
    .orderBy('announced_ref.ref')
    .execute()
  const found = new Map<string, PublicRepository['refs'][number][]>()
  const about = new Map<string, { kind: RepositoryKind; repository: RepositoryId }>()
  for (const row of rows) {
    const ref = {
      name: row.ref,
      oid: GitOid.parse(row.commit_oid),
      manifest: row.manifest_sha256 === null ? null : Sha256.parse(row.manifest_sha256),
      position: row.position,
      time: row.time,
    }
    found.set(row.id, [...(found.get(row.id) ?? []), ref])
    about.set(row.id, { kind: row.kind, repository: RepositoryId.parse(row.repository) })
  }
  return [...about].map(([id, described]) => {
    const refs = found.get(id) ?? []
    const order = new Map(movedRefs(refs, new Map()).map(({ name }, at) => [name, at]))
    return {
      id,
      ...described,
      refs: refs.toSorted((a, b) => (order.get(a.name) ?? 0) - (order.get(b.name) ?? 0)),
    }
  })
}

/** What this node has to do with a member. */
export async function stateOf(reader: Reader, memberId: MemberId): Promise<CarriedMember['state']> {
  const own = await reader
    .selectFrom('member')
    .select('id')
    .where('id', '=', memberId)
    .where('hosted', '=', 1)
    .executeTakeFirst()
  if (own) return 'own'
  const follow = await reader
    .selectFrom('follow')
    .select('member_id')
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  return follow ? 'followed' : 'unknown'
}

/** Under which name a repository stands in an index. */
export function nameOf({ kind, repository }: { readonly kind: string; readonly repository: string }): string {
  return `${kind} ${repositoryKey(repository)}`
}
