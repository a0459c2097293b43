import type { Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { MemberId } from '../../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import { hostedMembers, type UserActor } from '../../../accounts/index.ts'
import type { Repository } from '../../../share/index.ts'
import { MessageId, newMessageId, queueMessage, speakerOf } from '../../messages/index.ts'
import { requestsFor, sentRequestsOf } from '../queries.ts'
import type { Decision, RequestStatus, Wish } from '../types.ts'
import { ask, type RequestDeps } from './ask.ts'

/** Asking to read repositories and answering. The caller has decided that whoever decides may. */
export type RequestCommands = ReturnType<typeof createRequestCommands>

export function createRequestCommands(deps: RequestDeps) {
  const { database } = deps
  return {
    /** See {@link ask}. */
    ask: (actor: UserActor, wish: Wish): Promise<Result<void>> =>
      attempt(deps, (tx) => ask(deps, tx, actor, wish)),

    /** Takes back what was asked for, and the right with it. Refused with `requestNotFound`. */
    withdraw: (actor: UserActor, id: string): Promise<Result<void>> =>
      attempt(deps, (tx) => withdraw(deps, tx, actor, id)),

    /** What a person asked for, newest first. */
    sentBy: (accountId: string) => sentRequestsOf(database.read, accountId),

    /** Who asked for a repository, oldest first. */
    listFor: (repositoryId: string, status: RequestStatus | null) =>
      requestsFor(database.read, repositoryId, status),

    /** Answers a request, by its id or by the name of whoever asked; rejecting an accepted one ends the right at once. */
    decide: (repository: Repository, who: string, decision: Decision): Promise<Result<void>> =>
      attempt(deps, (tx) => decide(deps, tx, repository, who, decision)),

    /** Lets a person of this node in who did not ask. Refused with `alreadyGranted`, `accountNotFound`. */
    grant: (repository: Repository, name: string): Promise<Result<void>> =>
      attempt(deps, (tx) => grant(deps, tx, repository, name)),
  }
}

async function attempt<Value>(
  { database }: RequestDeps,
  work: (tx: Writer) => Promise<Value>,
): Promise<Result<Value>> {
  try {
    return succeed(await database.write(work))
  } catch (cause) {
    if (cause instanceof Refusal) return fail(cause.failure)
    throw cause
  }
}

async function withdraw(deps: RequestDeps, tx: Writer, actor: UserActor, id: string): Promise<void> {
  const sent = await tx
    .selectFrom('sent_request')
    .select(['id', 'member_id'])
    .where('id', '=', id)
    .where('account_id', '=', actor.userId)
    .executeTakeFirst()
  if (!sent) throw new Refusal(failure('requestNotFound'))
  await tx.deleteFrom('sent_request').where('id', '=', id).execute()
  await tx
    .deleteFrom('access_request')
    .where('request_id', '=', id)
    .where('account_id', '=', actor.userId)
    .execute()
  const hosted = await hostedMembers(tx)
  const from = speakerOf(hosted)
  const isElsewhere = !hosted.some((member) => member.id === sent.member_id)
  if (!from || !isElsewhere) return
  const to = MemberId.parse(sent.member_id)
  await queueMessage(deps, tx, { from, to }, { kind: 'access-withdrawal/1', request: MessageId.parse(id) })
}

async function decide(
  deps: RequestDeps,
  tx: Writer,
  repository: Repository,
  who: string,
  { status, reason }: Decision,
): Promise<void> {
  const asked = (await requestsFor(tx, repository.id, null)).find(
    ({ id, name }) => who === id || who === name,
  )
  if (!asked) throw new Refusal(failure('requestNotFound', {}, 'user'))
  if (asked.status === status) {
    if (status === 'accepted') throw new Refusal(failure('alreadyGranted', { name: asked.name }, 'user'))
    return
  }
  const at = deps.clock()
  const answer = { status, reason: reason === '' ? null : reason }
  await tx
    .updateTable('access_request')
    .set({ ...answer, decided_at: at })
    .where('id', '=', asked.id)
    .execute()
  if (asked.memberId === null) {
    await tx
      .updateTable('sent_request')
      .set({ ...answer, answered_at: at })
      .where('id', '=', asked.requestId)
      .execute()
    return
  }
  const between = { from: MemberId.parse(repository.memberId), to: MemberId.parse(asked.memberId) }
  await queueMessage(deps, tx, between, {
    kind: 'access-answer/1',
    request: asked.requestId,
    status,
    ...(reason !== '' && { reason }),
  })
}

async function grant(deps: RequestDeps, tx: Writer, repository: Repository, name: string): Promise<void> {
  const asked = (await requestsFor(tx, repository.id, null)).find((request) => request.name === name)
  if (asked) return decide(deps, tx, repository, asked.id, { status: 'accepted', reason: '' })
  const account = await tx
    .selectFrom('account')
    .select(['id', 'is_operator'])
    .where('name_key', '=', name.toLowerCase())
    .where('kind', '=', 'user')
    .executeTakeFirst()
  if (!account) throw new Refusal(failure('accountNotFound', { name }, 'user'))
  const at = deps.clock()
  const id = newMessageId(deps.random)
  const row = {
    id,
    request_id: id,
    repository_id: repository.id,
    account_id: account.id,
    member_id: null,
    pseudonym: null,
    role: account.is_operator === 1 ? ('operator' as const) : ('person' as const),
    purpose: '',
    contact: null,
    status: 'accepted' as const,
    reason: null,
    asked_at: at,
    decided_at: at,
  }
  await tx.insertInto('access_request').values(row).execute()
}
