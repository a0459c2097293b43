import type { Database, Writer } from '../../../database/index.ts'
import { canonicalJson } from '../../../kernel/canonical-json.ts'
import { MemberId, RepositoryId } from '../../../kernel/names.ts'
import type { Random } from '../../../kernel/random.ts'
import type { Clock } from '../../../kernel/time.ts'
import { hostedMembers } from '../../accounts/index.ts'
import { findRepository } from '../../share/index.ts'
import { Message, MessageId, newMessageId, Pseudonym, speakerOf } from '../messages/index.ts'
import { pseudonymOf } from '../requests/index.ts'
import { MovedLetters } from './types.ts'

export interface MovingDeps {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}

/** What goes along with a member that moves of what was said between members. */
export function createMoving(deps: MovingDeps) {
  return {
    /** Whether it is what `pack` makes. */
    isKnown: (letters: unknown): letters is MovedLetters => MovedLetters.safeParse(letters).success,
    /** Everything of a member that was given up here, and the members that it speaks of. */
    pack: (memberId: MemberId) => deps.database.write((tx) => pack(deps, tx, memberId)),
    /** Puts it down here, in the transaction in which the member speaks for itself again. The members are known here. */
    unpack: (tx: Writer, memberId: MemberId, letters: unknown) =>
      unpack(deps, tx, memberId, MovedLetters.parse(letters)),
  }
}

async function pack(
  deps: MovingDeps,
  tx: Writer,
  memberId: MemberId,
): Promise<{ readonly letters: MovedLetters; readonly others: readonly MemberId[] }> {
  const home = speakerOf(await hostedMembers(tx))
  const asked = await tx
    .selectFrom('access_request')
    .innerJoin('repository', 'repository.id', 'access_request.repository_id')
    .selectAll('access_request')
    .select(['repository.kind', 'repository.namespace', 'repository.name'])
    .where('repository.member_id', '=', memberId)
    .orderBy('asked_at')
    .orderBy('access_request.id')
    .execute()
  const requests: MovedLetters['requests'] = []
  for (const row of asked) {
    const person = await personOf(deps, tx, memberId, home, row)
    if (!person) continue
    const { kind, role, purpose, contact, status, reason } = row
    requests.push({
      ...person,
      kind,
      repository: RepositoryId.parse(`${row.namespace}/${row.name}`),
      request: MessageId.parse(row.request_id),
      role,
      purpose,
      contact,
      status,
      reason,
      askedAt: row.asked_at,
      decidedAt: row.decided_at,
    })
  }
  const waiting = await tx
    .selectFrom('message_out')
    .selectAll()
    .where('sender_id', '=', memberId)
    .where('state', '=', 'waiting')
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  const messages = waiting.flatMap(({ id, receiver_id, body, created_at }): MovedLetters['messages'] => {
    const message = body === null ? null : Message.parse(JSON.parse(body))
    const to = MemberId.parse(receiver_id)
    return message ? [{ id: MessageId.parse(id), to, message, since: created_at }] : []
  })
  const others = [...requests.map(({ member }) => member), ...messages.map(({ to }) => to)]
  return { letters: { requests, messages }, others: [...new Set(others)] }
}

/** As the member knows a person once it is elsewhere: those of this node by a pseudonym, as those of any other. */
async function personOf(
  deps: MovingDeps,
  tx: Writer,
  memberId: MemberId,
  home: MemberId | null,
  row: {
    readonly account_id: string | null
    readonly member_id: string | null
    readonly pseudonym: string | null
  },
): Promise<{ readonly member: MemberId; readonly pseudonym: Pseudonym } | null> {
  if (row.member_id !== null && row.pseudonym !== null)
    return { member: MemberId.parse(row.member_id), pseudonym: Pseudonym.parse(row.pseudonym) }
  if (row.account_id === null || home === null) return null
  return { member: home, pseudonym: await pseudonymOf(deps, tx, row.account_id, memberId) }
}

async function unpack(
  { random, clock }: MovingDeps,
  tx: Writer,
  memberId: MemberId,
  { requests, messages }: MovedLetters,
): Promise<void> {
  const hosted = new Set((await hostedMembers(tx)).map(({ id }) => id))
  for (const { kind, repository, request, askedAt, decidedAt, member, pseudonym, ...said } of requests) {
    const found = await findRepository(tx, kind, repository)
    if (found.kind !== 'found' || found.repository.memberId !== memberId) continue
    const person = hosted.has(member)
      ? await hereAs(tx, memberId, pseudonym)
      : { account_id: null, member_id: member, pseudonym }
    if (!person) continue
    await tx
      .insertInto('access_request')
      .values({
        ...said,
        ...person,
        id: newMessageId(random),
        request_id: request,
        repository_id: found.repository.id,
        asked_at: askedAt,
        decided_at: decidedAt,
      })
      .onConflict((same) => same.doNothing())
      .execute()
  }
  for (const { id, to, message, since } of messages)
    await tx
      .insertInto('message_out')
      .values({
        id,
        sender_id: memberId,
        receiver_id: to,
        kind: message.kind,
        body: canonicalJson(message),
        state: 'waiting',
        created_at: since,
        attempts: 0,
        next_at: clock(),
        failure: null,
      })
      .onConflict((same) => same.doNothing())
      .execute()
}

/** A person of this node whom the member knew by a pseudonym, and knows by their account from now on. */
async function hereAs(tx: Writer, memberId: MemberId, pseudonym: Pseudonym) {
  const row = await tx
    .selectFrom('pseudonym')
    .select('account_id')
    .where('member_id', '=', memberId)
    .where('pseudonym', '=', pseudonym)
    .executeTakeFirst()
  return row ? { account_id: row.account_id, member_id: null, pseudonym: null } : null
}
