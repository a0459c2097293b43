import type { Reader } from '../../../database/index.ts'
import { MemberId } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import { Agreement } from '../../../records/index.ts'
import { statementsOf } from '../../follow/index.ts'
import { assessAgreements, evidenceKey } from './rules/index.ts'
import {
  AGREEMENT_TYPES,
  type AssessedAgreement,
  EVIDENCE_FAULTS,
  type EvidenceAsked,
  type KnownEvidence,
  type Opened,
} from './types.ts'

/** Every agreement that is known here, as it stands by what is known here. */
export async function readAgreements(reader: Reader): Promise<readonly AssessedAgreement[]> {
  return assessAgreements(await statementsOf(reader, AGREEMENT_TYPES), await knownEvidence(reader))
}

/** The one whose id is, or begins with, what was given: eight digits or more. */
export function named<Thing extends { readonly id: string }>(
  all: readonly Thing[],
  id: string,
): Thing | null {
  const exact = all.find((each) => each.id === id)
  if (exact || id.length < LEAST_OF_ID) return exact ?? null
  const [found, another] = all.filter((each) => each.id.startsWith(id))
  return found && !another ? found : null
}
const LEAST_OF_ID = 8

/** What opening evidence gave, by its key. */
export async function knownEvidence(reader: Reader): Promise<KnownEvidence> {
  const rows = await reader.selectFrom('evidence').select(['key', 'counted', 'shown', 'fault']).execute()
  return new Map(rows.flatMap((row) => openedIn(row) ?? []))
}

function openedIn(row: {
  readonly key: string
  readonly counted: string | null
  readonly shown: string | null
  readonly fault: string | null
}): [[string, Opened]] | null {
  const { key, counted, shown } = row
  if (counted !== null && shown !== null) return [[key, { state: 'counted', amount: BigInt(counted), shown }]]
  const reason = EVIDENCE_FAULTS.find((each) => each === row.fault)
  return reason ? [[key, { state: 'refused', reason }]] : null
}

/** Evidence of deliveries that count and that was not opened here yet, by its key. */
export function unopenedEvidence(
  agreements: readonly AssessedAgreement[],
): ReadonlyMap<string, EvidenceAsked> {
  const asked = new Map<string, EvidenceAsked>()
  for (const { parties, obligations } of agreements)
    for (const { body: owed, deliveries } of obligations)
      for (const { body, evidence } of deliveries)
        for (const { evidence: each, opened } of evidence) {
          if (opened.state !== 'unopened') continue
          const { from, until } = body
          const question = { evidence: each, unit: owed.unit, from, until, parties }
          asked.set(evidenceKey(question), question)
        }
  return asked
}

/** An agreement that nobody has said yet. */
export interface KeptDraft {
  readonly id: string
  /** The member hosted here. */
  readonly memberId: MemberId
  readonly otherId: MemberId
  readonly body: Agreement['body']
  readonly note: string
  readonly state: 'written' | 'sent' | 'received'
  readonly changedAt: Millis
  /** What became of the message with which it was sent; null where none was. */
  readonly message: {
    readonly state: 'waiting' | 'delivered' | 'failed'
    readonly failure: string | null
  } | null
}

/** Drafts of these hosted members, the newest first. */
export async function readDrafts(reader: Reader, members: readonly string[]): Promise<readonly KeptDraft[]> {
  if (members.length === 0) return []
  const rows = await reader
    .selectFrom('agreement_draft')
    .leftJoin('message_out', 'message_out.id', 'agreement_draft.message_id')
    .selectAll('agreement_draft')
    .select(['message_out.state as message_state', 'message_out.failure as message_failure'])
    .where('agreement_draft.member_id', 'in', members)
    .orderBy('changed_at', 'desc')
    .orderBy('agreement_draft.id')
    .execute()
  return rows.map(({ id, member_id, other_id, body, note, state, changed_at, ...sent }) => ({
    id,
    memberId: MemberId.parse(member_id),
    otherId: MemberId.parse(other_id),
    body: Agreement.shape.body.parse(JSON.parse(body)),
    note,
    state,
    changedAt: changed_at,
    message: sent.message_state && { state: sent.message_state, failure: sent.message_failure },
  }))
}

/** Who is to be asked about an agreement. */
export interface Contact {
  /** Whose it is. */
  readonly of: MemberId
  readonly contact: string
  readonly time: Millis
}

/** What a hosted member's administrators may see of who is to be asked about an agreement. */
export async function readContacts(
  reader: Reader,
  memberId: string,
  agreementId: string,
): Promise<readonly Contact[]> {
  const rows = await reader
    .selectFrom('agreement_contact')
    .select(['of_id', 'contact', 'time'])
    .where('member_id', '=', memberId)
    .where('agreement_id', '=', agreementId)
    .orderBy('of_id')
    .execute()
  return rows.map(({ of_id, contact, time }) => ({ of: MemberId.parse(of_id), contact, time }))
}

/** What members are called by people here, by id. */
export async function readHandles(reader: Reader): Promise<ReadonlyMap<string, string>> {
  const rows = await reader.selectFrom('member').select(['id', 'handle']).execute()
  return new Map(rows.map(({ id, handle }) => [id, handle]))
}
