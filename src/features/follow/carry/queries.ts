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

/** A member, and all of its logs that are here, the first one first. */
export interface NamedLogs {
  readonly memberId: MemberId
  readonly handle: Handle
  readonly name: string
  readonly logs: readonly LogTable[]
}

/** The logs of those members that are named by handle or id, or of all; those of `always` are among them. */
export async function logsToCarry(
  reader: Reader,
  named: readonly string[] | null,
  always: MemberId,
): Promise<readonly NamedLogs[]> {
  const rows = await reader
    .selectFrom('log')
    .innerJoin('member', 'member.id', 'log.member_id')
    .selectAll('log')
    .select(['member.handle', 'member.display_name'])
    .orderBy('log.member_id')
    .orderBy('log.number')
    .execute()
  const wanted = rows.filter(
    ({ member_id, handle }) =>
      member_id === always || !named || named.includes(handle) || named.includes(member_id),
  )
  return [...Map.groupBy(wanted, ({ member_id }) => member_id)].map(([id, logs]) => ({
    memberId: MemberId.parse(id),
    handle: Handle.parse(logs[0]?.handle),
    name: logs[0]?.display_name ?? '',
    logs,
  }))
}

/** A public repository and what the signed part of its member's logs says of its refs, `main` first. */
export interface PublicRepository {
  readonly id: string
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  readonly refs: readonly {
    readonly name: string
    readonly oid: GitOid
    readonly manifest: Sha256 | null
    readonly origin: string
    readonly position: number
    readonly time: number
  }[]
}

/** What a member's logs announce, each as far as it is carried, and everybody may read here. */
export async function publicRepositories(
  reader: Reader,
  { memberId, logs }: Pick<NamedLogs, 'memberId' | 'logs'>,
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
    .where('announced_ref.member_id', '=', memberId)
    .where('repository.visibility', '=', 'public')
    .where('repository.gated', '=', 'no')
    .where('repository.disabled', '=', 0)
    .orderBy('announced_ref.kind')
    .orderBy('announced_ref.key')
    .orderBy('announced_ref.ref')
    .execute()
  const found = new Map<string, PublicRepository['refs'][number][]>()
  const about = new Map<string, { kind: RepositoryKind; repository: RepositoryId }>()
  const ends = new Map(logs.map(({ origin, signed_size }) => [origin, signed_size]))
  for (const row of rows) {
    if (row.position >= (ends.get(row.origin) ?? 0)) continue
    const ref = {
      name: row.ref,
      oid: GitOid.parse(row.commit_oid),
      manifest: row.manifest_sha256 === null ? null : Sha256.parse(row.manifest_sha256),
      origin: row.origin,
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

/** Whether anything is known of a member here, be it its name. */
export async function isKnown(reader: Reader, memberId: MemberId): Promise<boolean> {
  const row = await reader.selectFrom('member').select('id').where('id', '=', memberId).executeTakeFirst()
  return row !== undefined
}

/** Under which name a repository stands in an index. */
export function nameOf({ kind, repository }: { readonly kind: string; readonly repository: string }): string {
  return `${kind} ${repositoryKey(repository)}`
}
