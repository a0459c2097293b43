import type { Database, Reader, Writer } from '../../../../database/index.ts'
import { utf8 } from '../../../../kernel/bytes.ts'
import { canonicalJson } from '../../../../kernel/canonical-json.ts'
import { failure, Refusal } from '../../../../kernel/failure.ts'
import { type MemberId, Sha256 } from '../../../../kernel/names.ts'
import type { Result } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import { leafHash, queueRecord } from '../../../../log/index.ts'
import type { Agreement, Delivery, DeliveryVerdict } from '../../../../records/index.ts'
import { writeLeaf } from '../../../../records/index.ts'
import { attempt, checked, hostedNamed, statementsOf } from '../../../follow/index.ts'
import { named, readAgreements } from '../queries.ts'
import {
  AGREEMENT_TYPES,
  type AgreementType,
  type AssessedAgreement,
  type AssessedDelivery,
} from '../types.ts'

export interface SpeakDeps {
  readonly database: Database
  readonly clock: Clock
}

/** Says it, and tells the id under which it will stand in the log. Refused with `alreadySaid` where the same waits to be signed. */
export async function sayOnce(
  tx: Writer,
  deps: SpeakDeps,
  speaker: MemberId,
  type: AgreementType,
  body: object,
): Promise<Sha256> {
  const record = checked(deps, type, body)
  const said = canonicalJson(record.body)
  const waiting = await tx
    .selectFrom('outgoing_record')
    .select('json')
    .where('member_id', '=', speaker)
    .where('type', '=', type)
    .execute()
  if (waiting.some(({ json }) => bodyIn(json) === said)) throw new Refusal(failure('alreadySaid'))
  await queueRecord(tx, speaker, record)
  return Sha256.parse(Uint8Array.from(leafHash(writeLeaf(record))).toHex())
}

/** The same where nothing may be said twice at all: an agreement, a delivery. */
async function sayForOnceAndAll(
  tx: Writer,
  deps: SpeakDeps,
  speaker: MemberId,
  type: 'agreement/1' | 'delivery/1',
  body: object,
): Promise<Sha256> {
  const wanted = canonicalJson(checked(deps, type, body).body)
  for (const { memberId, record } of await statementsOf(tx, [type]))
    if (memberId === speaker && canonicalJson(record.body) === wanted)
      throw new Refusal(failure('alreadySaid'))
  return sayOnce(tx, deps, speaker, type, body)
}

function bodyIn(json: string): string {
  return canonicalJson(JSON.parse(json).body)
}

/** States an agreement, and signs it thereby. The other party is asked by its log; no message is needed. */
export function propose(
  deps: SpeakDeps,
  tx: Writer,
  speaker: MemberId,
  body: Agreement['body'],
): Promise<Sha256> {
  return sayForOnceAndAll(tx, deps, speaker, 'agreement/1', body)
}

/** The second party signs or declines. Refused with `agreementNotFound`, `notEntitled`, `alreadySaid`. */
export function answer(
  deps: SpeakDeps,
  speaker: string,
  id: string,
  word: 'sign' | 'decline',
): Promise<Result<void>> {
  return attempt(deps.database, async (tx) => {
    const { agreement, memberId } = await floorOf(tx, speaker, id)
    if (memberId !== agreement.parties[1]) throw new Refusal(failure('notEntitled'))
    if (agreement.state !== 'proposed') throw new Refusal(failure('alreadySaid'))
    const body = { agreement: agreement.place, answer: word }
    await refuseSecondWord(tx, memberId, 'agreement-signature/1', agreement.id)
    await sayOnce(tx, deps, memberId, 'agreement-signature/1', body)
  })
}

/** How a party ends an agreement. */
export interface End {
  readonly end: 'closed' | 'cancelled'
  readonly reason?: string
}

/** Refused with `notEntitled`, `alreadySaid`, `notAllAccepted`; cancelling what was signed needs a reason. */
export function end(deps: SpeakDeps, speaker: string, id: string, words: End): Promise<Result<void>> {
  return attempt(deps.database, async (tx) => {
    const { agreement, memberId } = await floorOf(tx, speaker, id)
    if (agreement.state === 'closed' || agreement.state === 'cancelled' || agreement.state === 'declined')
      throw new Refusal(failure('alreadySaid'))
    if (words.end === 'closed' && !isAllAccepted(agreement)) throw new Refusal(failure('notAllAccepted'))
    if (words.end === 'cancelled' && agreement.isSigned && !words.reason)
      throw new Refusal(failure('invalidField', { field: 'reason' }, 'reason'))
    await refuseSecondWord(tx, memberId, 'agreement-end/1', agreement.id)
    await sayOnce(tx, deps, memberId, 'agreement-end/1', { agreement: agreement.place, ...words })
  })
}

/** Whether the receiver has accepted all that is owed, by deliveries that were shown or only claimed. */
export function isAllAccepted({ isSigned, obligations }: AssessedAgreement): boolean {
  return isSigned && obligations.every(({ acknowledged, amount }) => acknowledged >= amount)
}

/** What a party says it delivered. */
export type DeliveryWords = Omit<Delivery['body'], 'agreement'>

/** Refused with `notEntitled`, `agreementNotRunning`, `alreadySaid`. */
export function deliver(
  deps: SpeakDeps,
  speaker: string,
  id: string,
  words: DeliveryWords,
): Promise<Result<Sha256>> {
  return attempt(deps.database, async (tx) => {
    const { agreement, memberId } = await floorOf(tx, speaker, id)
    const obligation = agreement.obligations[words.obligation]
    if (!obligation) throw new Refusal(failure('invalidField', { field: 'obligation' }, 'obligation'))
    if (obligation.by !== memberId) throw new Refusal(failure('notEntitled'))
    if (!isRunning(agreement)) throw new Refusal(failure('agreementNotRunning'))
    const body = { agreement: agreement.place, ...words }
    return sayForOnceAndAll(tx, deps, memberId, 'delivery/1', body)
  })
}

export function isRunning({ isSigned, state }: AssessedAgreement): boolean {
  return isSigned && state !== 'closed' && state !== 'cancelled'
}

/** The receiver's word on a delivery. Refused with `deliveryNotFound`, `notEntitled`, `alreadySaid` where it would be the same again. */
export function judge(
  deps: SpeakDeps,
  speaker: string,
  deliveryId: string,
  words: Omit<DeliveryVerdict['body'], 'delivery'>,
): Promise<Result<void>> {
  return attempt(deps.database, async (tx) => {
    const { id: memberId } = await hostedNamed(tx, speaker)
    const { delivery, to } = await deliveryOf(tx, deliveryId)
    if (to !== memberId) throw new Refusal(failure('notEntitled'))
    if (delivery.verdict?.verdict === words.verdict && delivery.verdict.reason === (words.reason ?? null))
      throw new Refusal(failure('alreadySaid'))
    await sayOnce(tx, deps, memberId, 'delivery-verdict/1', { delivery: delivery.place, ...words })
  })
}

async function deliveryOf(
  reader: Reader,
  id: string,
): Promise<{ readonly delivery: AssessedDelivery; readonly to: MemberId }> {
  const obligations = (await readAgreements(reader)).flatMap((agreement) => agreement.obligations)
  const all = obligations.flatMap(({ deliveries, to }) =>
    deliveries.map((delivery) => ({ id: delivery.id, delivery, to })),
  )
  const found = named(all, id)
  if (found) return found
  throw new Refusal(failure('deliveryNotFound'))
}

/** A hosted member and an agreement that it is a party of. Refused with `memberNotFound`, `agreementNotFound`, `notEntitled`. */
export async function floorOf(
  reader: Reader,
  speaker: string,
  id: string,
): Promise<{ readonly memberId: MemberId; readonly agreement: AssessedAgreement }> {
  const { id: memberId } = await hostedNamed(reader, speaker)
  const agreement = named(await readAgreements(reader), id)
  if (!agreement) throw new Refusal(failure('agreementNotFound'))
  if (!agreement.parties.includes(memberId)) throw new Refusal(failure('notEntitled'))
  return { memberId, agreement }
}

/** Of an agreement a member says some things once: what waits to be signed counts, too. */
async function refuseSecondWord(
  tx: Writer,
  speaker: MemberId,
  type: AgreementType,
  agreementId: string,
): Promise<void> {
  const waiting = await tx
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', speaker)
    .where('type', '=', type)
    .where('json', 'like', `%"${agreementId}"%`)
    .executeTakeFirst()
  if (waiting) throw new Refusal(failure('alreadySaid'))
}

/** Whether a hosted member has said something under this id that is not in its log yet. */
export async function isBeingSigned(
  reader: Reader,
  members: readonly string[],
  id: string,
): Promise<boolean> {
  const waiting = await reader
    .selectFrom('outgoing_record')
    .select('json')
    .where('member_id', 'in', members)
    .where('type', 'in', AGREEMENT_TYPES)
    .execute()
  return waiting.some(({ json }) => Uint8Array.from(leafHash(utf8(`${json}\n`))).toHex() === id)
}
