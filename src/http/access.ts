import type { Database, ReadCache } from '../database/index.ts'
import type { Accounts, Actor } from '../features/accounts/index.ts'
import { refusalOf, type Role } from '../features/accounts/index.ts'
import { findRepository, type Lookup, refusalOfCopy, type Repository } from '../features/share/index.ts'
import { failure } from '../kernel/failure.ts'
import { repositoryKey } from '../kernel/names.ts'
import { fail, succeed, type Result } from '../kernel/result.ts'
import { isRepositoryId, type RepositoryAddress } from './address.ts'
import type { RequestContext } from './context.ts'

export interface AccessDeps {
  readonly database: Database
  readonly accounts: Pick<Accounts, 'roleIn'>
  /** What ids lead to, remembered between writes. */
  readonly lookups: ReadCache<Lookup>
}

/** A repository the actor may use as asked, and whether the URL named it by a former id. */
export interface Access {
  readonly repository: Repository
  readonly moved: boolean
}

/** Finds a repository and decides whether the actor has the right; a private one that they may not read does not exist. */
export function access(
  deps: AccessDeps,
  c: RequestContext,
  address: RepositoryAddress,
  needed: Role,
): Promise<Result<Access>> {
  return accessOf(deps, c.get('actor'), address, needed)
}

/** {@link access} for an actor, whatever they came through. */
export async function accessOf(
  { database, accounts, lookups }: AccessDeps,
  actor: Actor,
  { kind, id }: RepositoryAddress,
  needed: Role,
): Promise<Result<Access>> {
  const look = () => findRepository(database.read, kind, id)
  const found = isRepositoryId(id) ? await lookups.get(`${kind} ${repositoryKey(id)}`, look) : null
  const repository = found && found.kind !== 'unknown' ? found.repository : null
  const copy = repository && needed !== 'read' ? refusalOfCopy(repository) : null
  if (copy) return fail(copy) // no account of ours has a say in it, whatever its name
  const role = repository ? await accounts.roleIn(actor, repository.namespace) : null
  const refusal = refusalOf(needed, actor, role, repository)
  if (refusal) return fail(refusal)
  if (!repository) return fail(failure('repositoryNotFound'))
  return succeed({ repository, moved: found?.kind === 'moved' })
}

/** Like {@link access}, also refusing files of a gated repository to those who may not write to it. */
export function accessToFiles(
  deps: AccessDeps,
  c: RequestContext,
  address: RepositoryAddress,
): Promise<Result<Access>> {
  return accessToFilesOf(deps, c.get('actor'), address)
}

/** {@link accessToFiles} for an actor, whatever they came through. */
export async function accessToFilesOf(
  deps: AccessDeps,
  actor: Actor,
  address: RepositoryAddress,
): Promise<Result<Access>> {
  const read = await accessOf(deps, actor, address, 'read')
  if (!read.ok || read.value.repository.gated === 'no') return read
  const write = await accessOf(deps, actor, address, 'write')
  if (write.ok) return write
  return fail(failure(actor.kind === 'anonymous' ? 'gatedSignedOut' : 'gated'))
}
