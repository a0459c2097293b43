import type { Database, Writer } from '../../../../database/index.ts'
import { encodeBase32 } from '../../../../kernel/base32.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type MemberId, repositoryKey } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { hostedMembers, includesRight, rightTo, roleIn, type UserActor } from '../../../accounts/index.ts'
import { findRepository, type Repository } from '../../../share/index.ts'
import { type MessageId, newMessageId, Pseudonym, queueMessage, speakerOf } from '../../messages/index.ts'
import { homeOfNamespace, isGranted } from '../queries.ts'
import { firstStatus, statusOfRepeated } from '../rules.ts'
import type { RequestStatus, Wish } from '../types.ts'

export interface RequestDeps {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}

/**
 * A person asks to read a repository, of this node or of another member. Whether there is one is told to nobody: a request for
 * nothing waits like any other. Throws a {@link Refusal}: `accessNotNeeded`, `alreadyAsked`, `homeNotKnown`, `notSetUp`.
 */
export async function ask(deps: RequestDeps, tx: Writer, actor: UserActor, wish: Wish): Promise<void> {
  const found = await findRepository(tx, wish.kind, wish.repository)
  const repository = found.kind === 'found' ? found.repository : null
  if (repository && (await mayRead(tx, actor, repository))) throw new Refusal(failure('accessNotNeeded'))
  const [namespace = ''] = wish.repository.split('/')
  const home = repository ? null : await homeOfNamespace(tx, namespace)
  const from = speakerOf(await hostedMembers(tx))
  if (!from) throw new Refusal(failure('notSetUp'))
  const id = newMessageId(deps.random)
  if (home) {
    await noteSent(deps, tx, { id, actor, wish, home, status: 'pending' })
    await tellHome(deps, tx, { id, actor, wish, from, home })
    return
  }
  if (!repository && !(await isOurs(tx, namespace)))
    throw new Refusal(failure('homeNotKnown', {}, 'repository'))
  const status = repository ? firstStatus(repository) : 'pending'
  await noteSent(deps, tx, { id, actor, wish, home: from, status })
  if (repository) await noteLocal(deps, tx, { id, actor, wish, repository, status })
}

interface Asking {
  readonly id: MessageId
  readonly actor: UserActor
  readonly wish: Wish
}

/** Whether asking would bring nothing: the files are open to the person already. */
async function mayRead(tx: Writer, actor: UserActor, repository: Repository): Promise<boolean> {
  const right = rightTo(actor, await roleIn(tx, actor, repository.namespace), repository)
  const isOpen = repository.gated === 'no' ? includesRight(right, 'read') : includesRight(right, 'write')
  return isOpen || isGranted(tx, repository.id, { kind: 'account', accountId: actor.userId })
}

/** Whether a namespace is of this node: a member's, or an account's. */
async function isOurs(tx: Writer, namespace: string): Promise<boolean> {
  const key = repositoryKey(namespace)
  const account = await tx.selectFrom('account').select('id').where('name_key', '=', key).executeTakeFirst()
  return account !== undefined
}

async function noteSent(
  { clock }: RequestDeps,
  tx: Writer,
  { id, actor, wish, home, status }: Asking & { readonly home: MemberId; readonly status: RequestStatus },
): Promise<void> {
  const key = repositoryKey(wish.repository)
  const before = await tx
    .selectFrom('sent_request')
    .select(['id', 'status'])
    .where('account_id', '=', actor.userId)
    .where('kind', '=', wish.kind)
    .where('key', '=', key)
    .executeTakeFirst()
  if (before && before.status !== 'rejected') throw new Refusal(failure('alreadyAsked'))
  if (before) await tx.deleteFrom('sent_request').where('id', '=', before.id).execute()
  const row = {
    id,
    account_id: actor.userId,
    member_id: home,
    kind: wish.kind,
    key,
    repository: wish.repository,
    purpose: wish.purpose,
    status,
    reason: null,
    asked_at: clock(),
    answered_at: status === 'pending' ? null : clock(),
  }
  await tx.insertInto('sent_request').values(row).execute()
}

async function tellHome(
  deps: RequestDeps,
  tx: Writer,
  { id, actor, wish, from, home }: Asking & { readonly from: MemberId; readonly home: MemberId },
): Promise<void> {
  const { kind: repositoryKind, repository, purpose, contact } = wish
  await queueMessage(
    deps,
    tx,
    { from, to: home },
    {
      kind: 'access-request/1',
      request: id,
      repository,
      repositoryKind,
      pseudonym: await pseudonymOf(deps, tx, actor.userId, home),
      role: roleOf(actor),
      purpose,
      ...(contact !== '' && { contact }),
    },
    id, // so that the request knows whether it is on its way yet
  )
}

/** What a person is at their own node. */
function roleOf({ isOperator }: { readonly isOperator: boolean }): 'person' | 'operator' {
  return isOperator ? 'operator' : 'person'
}

/** The name under which one member knows the person: made once, random, and another for each member. */
export async function pseudonymOf(
  { random }: Pick<RequestDeps, 'random'>,
  tx: Writer,
  accountId: string,
  memberId: MemberId,
): Promise<Pseudonym> {
  const known = await tx
    .selectFrom('pseudonym')
    .select('pseudonym')
    .where('account_id', '=', accountId)
    .where('member_id', '=', memberId)
    .executeTakeFirst()
  if (known) return Pseudonym.parse(known.pseudonym)
  const pseudonym = Pseudonym.parse(encodeBase32(Uint8Array.from(random(10))))
  await tx.insertInto('pseudonym').values({ account_id: accountId, member_id: memberId, pseudonym }).execute()
  return pseudonym
}

async function noteLocal(
  { clock }: RequestDeps,
  tx: Writer,
  {
    id,
    actor,
    wish,
    repository,
    status: first,
  }: Asking & { readonly repository: Repository; readonly status: RequestStatus },
): Promise<void> {
  const before = await tx
    .selectFrom('access_request')
    .select('status')
    .where('repository_id', '=', repository.id)
    .where('account_id', '=', actor.userId)
    .executeTakeFirst()
  await tx
    .deleteFrom('access_request')
    .where('repository_id', '=', repository.id)
    .where('account_id', '=', actor.userId)
    .execute()
  const status = before ? statusOfRepeated(before.status, first) : first
  const row = {
    id,
    request_id: id,
    repository_id: repository.id,
    account_id: actor.userId,
    member_id: null,
    pseudonym: null,
    role: roleOf(actor),
    purpose: wish.purpose,
    contact: wish.contact === '' ? null : wish.contact,
    status,
    reason: null,
    asked_at: clock(),
    decided_at: status === 'pending' ? null : clock(),
  }
  await tx.insertInto('access_request').values(row).execute()
}
