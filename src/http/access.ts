import type { Database, ReadCache } from '../database/index.ts'
import type { Accounts, Actor } from '../features/accounts/index.ts'
import { includesRight, refusalOf, rightTo, type Role } from '../features/accounts/index.ts'
import { type Guest, isGranted } from '../features/letters/index.ts'
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
export async function access(
  deps: AccessDeps,
  c: RequestContext,
  address: RepositoryAddress,
  needed: Role,
): Promise<Result<Access>> {
  const invited = needed === 'read' ? await invitation(deps, c.get('guest'), address) : null
  return invited ? succeed(invited) : accessOf(deps, c.get('actor'), address, needed)
}

/** {@link access} for an actor, whatever they came through. */
export async function accessOf(
  deps: AccessDeps,
  actor: Actor,
  address: RepositoryAddress,
  needed: Role,
): Promise<Result<Access>> {
  const found = await look(deps, address)
  const repository = found?.repository ?? null
  const copy = repository && needed !== 'read' ? refusalOfCopy(repository) : null
  if (copy) return fail(copy) // no account of ours has a say in it, whatever its name
  const role = repository ? await deps.accounts.roleIn(actor, repository.namespace) : null
  const refusal = refusalOf(needed, actor, role, repository)
  if (refusal && found && needed === 'read' && (await wasLetIn(deps, actor, found.repository)))
    return succeed(found)
  if (refusal) return fail(refusal)
  return found ? succeed(found) : fail(failure('repositoryNotFound'))
}

/** Like {@link access}, also refusing files of a gated repository to those who neither may write to it nor were let in. */
export async function accessToFiles(
  deps: AccessDeps,
  c: RequestContext,
  address: RepositoryAddress,
): Promise<Result<Access>> {
  const invited = await invitation(deps, c.get('guest'), address)
  return invited ? succeed(invited) : accessToFilesOf(deps, c.get('actor'), address)
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
  if (write.ok || (await wasLetIn(deps, actor, read.value.repository))) return read
  return fail(failure(actor.kind === 'anonymous' ? 'gatedSignedOut' : 'gated'))
}

/** What an id leads to; says nothing about rights. */
export async function look(
  { database, lookups }: Pick<AccessDeps, 'database' | 'lookups'>,
  { kind, id }: RepositoryAddress,
): Promise<Access | null> {
  if (!isRepositoryId(id)) return null
  const find = () => findRepository(database.read, kind, id)
  const found = await lookups.get(`${kind} ${repositoryKey(id)}`, find)
  return found.kind === 'unknown' ? null : { repository: found.repository, moved: found.kind === 'moved' }
}

/**
 * A repository, written here, that a person of another member may read: the one that their node asks for, if they were let
 * in. Null leaves them what a stranger sees.
 */
async function invitation(
  deps: AccessDeps,
  guest: Guest | null,
  address: RepositoryAddress,
): Promise<Access | null> {
  if (!guest || guest.kind !== address.kind) return null
  if (repositoryKey(guest.repository) !== repositoryKey(address.id)) return null
  const found = await look(deps, address)
  if (found?.repository.home !== null) return null
  const { memberId, pseudonym } = guest
  const who = { kind: 'guest', memberId, pseudonym } as const
  return (await isGranted(deps.database.read, found.repository.id, who)) ? found : null
}

/** Whether a person of this node asked to read a repository, was let in, and sent a credential that reaches so far. */
async function wasLetIn({ database }: AccessDeps, actor: Actor, repository: Repository): Promise<boolean> {
  if (actor.kind === 'anonymous') return false
  const right = rightTo(actor, 'read', { ...repository, visibility: 'private' })
  if (!includesRight(right, 'read')) return false
  return isGranted(database.read, repository.id, { kind: 'account', accountId: actor.userId })
}
