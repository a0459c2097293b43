import type { Database, Reader, Writer } from '../../../../database/index.ts'
import { utf8 } from '../../../../kernel/bytes.ts'
import { canonicalJson } from '../../../../kernel/canonical-json.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import type { MemberId } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { type Clock, DAY, isoTime } from '../../../../kernel/time.ts'
import { Agreement, type Reference } from '../../../../records/index.ts'
import { checked, findStatement, hostedNamed, type KeptType, memberNamed } from '../../../follow/index.ts'
import {
  type AgreementDraftMessage,
  correspondent,
  LONGEST_NOTE,
  type Message,
  MessageId,
  newMessageId,
  queueMessage,
} from '../../../letters/index.ts'
import { type KeptDraft, readDrafts } from '../queries.ts'
import type { AgreementDraft, AgreementFields } from '../types.ts'

export interface DraftDeps {
  readonly database: Database
  readonly clock: Clock
  readonly random: Random
}

/** Drafts that one member may keep with one other, so that nobody fills another's disk. */
export const MOST_DRAFTS = 200

/** What would be said: members and statements as references. Refused with the field that is wrong, as when it is said. */
export async function bodyOf(
  deps: Pick<DraftDeps, 'clock'>,
  reader: Reader,
  speaker: string,
  draft: AgreementDraft,
): Promise<Agreement['body']> {
  const own = await hostedNamed(reader, speaker)
  const other = await memberNamed(reader, draft.with)
  const { with: _, obligations, result, ...rest } = draft
  const party = (name: string): MemberId => {
    const found = [own, other].find(({ id, handle }) => name === id || name === handle)
    if (!found) throw new Refusal(failure('invalidField', { field: 'by' }, 'obligations'))
    return found.id
  }
  const owed = []
  for (const { by, need, offer, pledge, ...each } of obligations)
    owed.push({
      by: party(by),
      ...each,
      ...(need && { need: await placeOf(reader, 'need/1', need, 'need') }),
      ...(offer && { offer: await placeOf(reader, 'offer/1', offer, 'offer') }),
      ...(pledge && { pledge: await placeOf(reader, 'pledge/1', pledge, 'pledge') }),
    })
  const stated = result && (await placeOf(reader, 'matching-result/1', result, 'result'))
  const body = { ...rest, parties: [own.id, other.id], obligations: owed, ...(stated && { result: stated }) }
  return readBody(checked(deps, 'agreement/1', body).body)
}

/** The same agreement as another party would state it: whoever states it stands first. */
export function statedBy(speaker: MemberId, { parties, ...body }: Agreement['body']): Agreement['body'] {
  const [first, second] = parties
  return { ...body, parties: first === speaker ? [first, second] : [second, first] }
}

function readBody(body: unknown): Agreement['body'] {
  return Agreement.shape.body.parse(body)
}

async function placeOf(reader: Reader, type: KeptType, id: string, field: string): Promise<Reference> {
  const found = await findStatement(reader, [type], id)
  if (!found) throw new Refusal(failure('invalidField', { field }, field))
  return found.place
}

/**
 * Writes a draft down, in place of `former` if it was written here: what was received stays, and what is made of it is another
 * draft. Refused with `tooManyDrafts`.
 */
export async function keepDraft(
  deps: DraftDeps,
  tx: Writer,
  body: Agreement['body'],
  former: KeptDraft | null,
): Promise<string> {
  const [memberId, otherId] = body.parties
  const isReplaced = former !== null && former.state !== 'received'
  if (isReplaced && former.otherId !== otherId) await dropDraft(tx, former)
  const id = isReplaced ? former.id : newMessageId(deps.random)
  await put(deps, tx, { memberId, otherId, id, body, note: '', state: 'written' })
  return id
}

/**
 * Sends a draft to the other party, or shows it there at once where it is hosted here, too. Refused with `draftNotFound`,
 * `notFollowed` where no message reaches it, `tooLarge`.
 */
export async function sendDraft(
  deps: DraftDeps,
  tx: Writer,
  speaker: string,
  id: string,
  note: string,
): Promise<void> {
  if (note.length > LONGEST_NOTE) throw new Refusal(failure('invalidField', { field: 'note' }, 'note'))
  const draft = await findDraft(tx, speaker, id)
  const { memberId: from, otherId: to } = draft
  const message: AgreementDraftMessage = {
    kind: 'agreement-draft/1',
    draft: MessageId.parse(id),
    agreement: draft.body,
    ...(note !== '' && { note }),
  }
  const messageId = await tell(deps, tx, { from, to }, message, () =>
    hearDraft(deps, tx, { from, to }, message),
  )
  await tx
    .updateTable('agreement_draft')
    .set({ state: 'sent', note, message_id: messageId, changed_at: deps.clock() })
    .where('member_id', '=', from)
    .where('other_id', '=', to)
    .where('id', '=', id)
    .execute()
}

/** Sends a message, or lets it be heard here where the receiver is hosted here: then there is no message. */
export async function tell(
  deps: DraftDeps,
  tx: Writer,
  between: { readonly from: MemberId; readonly to: MemberId },
  message: Message,
  hear: () => Promise<void>,
): Promise<MessageId | null> {
  if (await isHosted(tx, between.to)) {
    await hear()
    return null
  }
  if (!(await correspondent(tx, between.to))) throw new Refusal(failure('notReachable'))
  if (utf8(canonicalJson(message)).length > MAX_TOLD_BYTES)
    throw new Refusal(failure('tooLarge', { limit: MAX_TOLD_BYTES }))
  const id = newMessageId(deps.random)
  await queueMessage(deps, tx, between, message, id)
  return id
}

/** What a sealed message has room for. */
const MAX_TOLD_BYTES = 40 * 1024 - 4

/** Takes a draft of another member in place of what it sent under this name before. Nobody else's draft is touched. */
export async function hearDraft(
  deps: DraftDeps,
  tx: Writer,
  { from, to }: { readonly from: MemberId; readonly to: MemberId },
  { draft: id, agreement: body, note = '' }: AgreementDraftMessage,
): Promise<void> {
  const { parties, obligations } = body
  const isBetween = parties.includes(from) && parties.includes(to)
  if (!isBetween || obligations.length === 0) throw new Refusal(failure('messageNotUnderstood'))
  await put(deps, tx, { memberId: to, otherId: from, id, body, note, state: 'received' })
}

async function put(
  { clock }: DraftDeps,
  tx: Writer,
  {
    memberId,
    otherId,
    id,
    body,
    note,
    state,
  }: Pick<KeptDraft, 'memberId' | 'otherId' | 'id' | 'body' | 'note' | 'state'>,
): Promise<void> {
  const before = await tx
    .selectFrom('agreement_draft')
    .select(['id', 'state'])
    .where('member_id', '=', memberId)
    .where('other_id', '=', otherId)
    .execute()
  const same = before.find((each) => each.id === id)
  // What was written here is never replaced by what somebody sends, nor the other way round.
  if (same && (same.state === 'received') !== (state === 'received'))
    throw new Refusal(failure('messageNotUnderstood'))
  if (before.length >= MOST_DRAFTS && !same)
    throw new Refusal(failure(state === 'received' ? 'tooManyMessages' : 'tooManyDrafts'))
  const row = {
    member_id: memberId,
    other_id: otherId,
    id,
    body: canonicalJson(body),
    note,
    state,
    message_id: null,
    changed_at: clock(),
  }
  await tx.replaceInto('agreement_draft').values(row).execute()
}

/** A draft of a hosted member. Refused with `draftNotFound`. */
export async function findDraft(reader: Reader, speaker: string, id: string): Promise<KeptDraft> {
  const { id: memberId } = await hostedNamed(reader, speaker)
  const draft = (await readDrafts(reader, [memberId])).find((each) => each.id === id)
  if (!draft) throw new Refusal(failure('draftNotFound'))
  return draft
}

export async function dropDraft(tx: Writer, { memberId, otherId, id }: KeptDraft): Promise<void> {
  await tx
    .deleteFrom('agreement_draft')
    .where('member_id', '=', memberId)
    .where('other_id', '=', otherId)
    .where('id', '=', id)
    .execute()
}

async function isHosted(reader: Reader, memberId: string): Promise<boolean> {
  const row = await reader
    .selectFrom('member')
    .select('id')
    .where('id', '=', memberId)
    .where('hosted', '=', 1)
    .executeTakeFirst()
  return row !== undefined
}

/** What an agreement may begin with: statements by id, and how much. */
export interface Beginning {
  readonly need?: string
  readonly offer?: string
  readonly result?: string
  readonly amount?: number
}

/** What an agreement about a need, an offer or both would say, as far as they tell; to be read and changed before it is said. */
export async function prefill(
  { clock }: Pick<DraftDeps, 'clock'>,
  reader: Reader,
  speaker: string,
  beginning: Beginning,
): Promise<AgreementFields> {
  const { id: own } = await hostedNamed(reader, speaker)
  const need = beginning.need ? await findStatement(reader, ['need/1'], beginning.need) : null
  const offer = beginning.offer ? await findStatement(reader, ['offer/1'], beginning.offer) : null
  if ((beginning.need && !need) || (beginning.offer && !offer)) throw new Refusal(failure('recordNotFound'))
  const supplier = offer?.memberId ?? (need && need.memberId !== own ? own : null)
  const other = [need?.memberId, offer?.memberId].find((each) => each !== undefined && each !== own)
  const [wanted, given] = [need?.record.body, offer?.record.body]
  const measured = given ?? wanted
  const today = isoTime(clock()).slice(0, 10)
  const until = wanted?.until ?? given?.until ?? isoTime(clock() + 365 * DAY).slice(0, 10)
  return {
    ...(other && { with: other }),
    title: wanted?.title ?? given?.title ?? '',
    description: wanted?.purpose ?? given?.description ?? '',
    language: wanted?.language ?? given?.language ?? 'en',
    from: today,
    until,
    country: wanted?.country ?? '',
    ...(wanted && { sector: wanted.sector, ...(wanted.goals && { goals: wanted.goals }) }),
    ...(beginning.result && { result: beginning.result }),
    obligations: measured
      ? [
          {
            ...(supplier && { by: supplier }),
            kind: measured.kind,
            unit: measured.unit,
            amount: beginning.amount ?? wanted?.amount ?? null,
            text: given?.title ?? wanted?.title ?? '',
            due: until,
            ...(need && { need: need.id }),
            ...(offer && { offer: offer.id }),
          },
        ]
      : [],
  }
}
