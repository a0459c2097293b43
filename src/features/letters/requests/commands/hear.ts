import type { Writer } from '../../../../database/index.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import { hostedMembers, isOfMember } from '../../../accounts/index.ts'
import { findRepository, type Repository } from '../../../share/index.ts'
import {
  type AccessAnswerMessage,
  type AccessMessage,
  type AccessRequestMessage,
  type AccessWithdrawalMessage,
  type Between,
  newMessageId,
  queueMessage,
} from '../../messages/index.ts'
import { firstStatus, statusOfRepeated } from '../rules.ts'
import type { RequestStatus } from '../types.ts'
import type { RequestDeps } from './ask.ts'

/** Requests of one member that may wait for an answer. */
const MOST_PENDING = 1000

/** Makes a message about access count, in the transaction that says it was received. */
export async function hear(
  deps: RequestDeps,
  tx: Writer,
  between: Between,
  message: AccessMessage,
): Promise<void> {
  switch (message.kind) {
    case 'access-request/1':
      return hearRequest(deps, tx, between, message)
    case 'access-withdrawal/1':
      return hearWithdrawal(tx, between, message)
    case 'access-answer/1':
      return hearAnswer(deps, tx, between, message)
  }
}

/** A request for what is not there, or not this member's, leaves nothing and is answered like any other: not at all. */
async function hearRequest(
  deps: RequestDeps,
  tx: Writer,
  { from, to }: Between,
  message: AccessRequestMessage,
): Promise<void> {
  await refuseFlood(tx, from) // before anything is looked for, or it would tell what is there
  const found = await findRepository(tx, message.repositoryKind, message.repository)
  if (found.kind !== 'found' || !(await isSharedBy(tx, to, found.repository))) return
  const status = await putRequest(deps, tx, from, found.repository, message)
  if (status !== 'accepted') return
  const answer = { kind: 'access-answer/1', request: message.request, status } as const
  await queueMessage(deps, tx, { from: to, to: from }, answer)
}

/** Writes a request down in place of an earlier one of the same person; what became of it at once. */
async function putRequest(
  deps: RequestDeps,
  tx: Writer,
  memberId: MemberId,
  repository: Repository,
  { request, pseudonym, role, purpose, contact }: AccessRequestMessage,
): Promise<RequestStatus> {
  const before = await tx
    .selectFrom('access_request')
    .select(['id', 'status'])
    .where('repository_id', '=', repository.id)
    .where('member_id', '=', memberId)
    .where('pseudonym', '=', pseudonym)
    .executeTakeFirst()
  if (before) await tx.deleteFrom('access_request').where('id', '=', before.id).execute()
  const first = firstStatus(repository)
  const status = before ? statusOfRepeated(before.status, first) : first
  const at = deps.clock()
  const row = {
    id: newMessageId(deps.random),
    request_id: request,
    repository_id: repository.id,
    account_id: null,
    member_id: memberId,
    pseudonym,
    role,
    purpose,
    contact: contact ?? null,
    status,
    reason: null,
    asked_at: at,
    decided_at: status === 'pending' ? null : at,
  }
  await tx.insertInto('access_request').values(row).execute()
  return status
}

/** Namespaces of the node alone are nobody else's business. */
async function isSharedBy(tx: Writer, member: string, { memberId, namespace }: Repository): Promise<boolean> {
  const own = (await hostedMembers(tx)).find(({ id }) => id === member)
  return own !== undefined && memberId === own.id && isOfMember(own.handle, namespace)
}

async function refuseFlood(tx: Writer, from: string): Promise<void> {
  const { count } = await tx
    .selectFrom('access_request')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('member_id', '=', from)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow()
  if (count >= MOST_PENDING) throw new Refusal(failure('tooManyMessages'))
}

/** Ends the right, too. */
async function hearWithdrawal(
  tx: Writer,
  { from }: Between,
  { request }: AccessWithdrawalMessage,
): Promise<void> {
  await tx
    .deleteFrom('access_request')
    .where('member_id', '=', from)
    .where('request_id', '=', request)
    .execute()
}

/** Counts only from the member that was asked. */
async function hearAnswer(
  { clock }: RequestDeps,
  tx: Writer,
  { from }: Between,
  { request, status, reason }: AccessAnswerMessage,
): Promise<void> {
  await tx
    .updateTable('sent_request')
    .set({ status, reason: reason ?? null, answered_at: clock() })
    .where('id', '=', request)
    .where('member_id', '=', from)
    .execute()
}
