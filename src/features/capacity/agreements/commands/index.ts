import { type Database, ReadCache, type Writer } from '../../../../database/index.ts'
import { failure } from '../../../../kernel/failure.ts'
import type { MemberId, Sha256 } from '../../../../kernel/names.ts'
import type { Random } from '../../../../kernel/random.ts'
import { fail, type Result, succeed } from '../../../../kernel/result.ts'
import type { Clock } from '../../../../kernel/time.ts'
import type { Logs } from '../../../../log/index.ts'
import type { Agreement, DeliveryVerdict, Evidence } from '../../../../records/index.ts'
import { attempt } from '../../../follow/index.ts'
import type { AgreementMessage, Between } from '../../../letters/index.ts'
import type { Share } from '../../../share/index.ts'
import { type KeptDraft, named, readAgreements, readDrafts, readHandles } from '../queries.ts'
import type { AgreementDraft, AssessedAgreement, EvidenceAsked, Opened } from '../types.ts'
import { contactsOf, hearContact, sendContact } from './contact.ts'
import {
  type Beginning,
  bodyOf,
  dropDraft,
  findDraft,
  hearDraft,
  keepDraft,
  prefill,
  sendDraft,
  statedBy,
} from './draft.ts'
import {
  announcedBy,
  type AnnouncedRevision,
  evidenceOf,
  evidenceOpener,
  type NamedFile,
  open,
} from './evidence.ts'
import { answer, deliver, type DeliveryWords, end, type End, isBeingSigned, judge, propose } from './speak.ts'

export type { AnnouncedRevision, Beginning, DeliveryWords, End, NamedFile }
export { isAllAccepted, isRunning } from './speak.ts'

export interface AgreementDeps {
  readonly database: Database
  readonly logs: Pick<Logs, 'find' | 'leaf'>
  readonly share: Pick<Share, 'queries'>
  readonly clock: Clock
  readonly random: Random
}

export type Agreements = ReturnType<typeof createAgreements>

/** Agreements of members hosted here; each is named by handle or id. The caller has decided that whoever asks may speak for the member. */
export function createAgreements(deps: AgreementDeps) {
  const { database } = deps
  const known = new ReadCache<readonly AssessedAgreement[]>(database, 1)
  const all = () => known.get('all', () => readAgreements(database.read))
  return {
    list: all,
    async show(id: string): Promise<Result<AssessedAgreement>> {
      const found = named(await all(), id)
      return found ? succeed(found) : fail(failure('agreementNotFound'))
    },
    /** Whether one of these hosted members has said it and its log has not taken it up yet. */
    isBeingSigned: (members: readonly string[], id: string) => isBeingSigned(database.read, members, id),

    /** Drafts of these hosted members. */
    drafts: (members: readonly string[]): Promise<readonly KeptDraft[]> => readDrafts(database.read, members),
    draft: (speaker: string, id: string): Promise<Result<KeptDraft>> =>
      attempt(database, (tx) => findDraft(tx, speaker, id)),
    /** What an agreement about a need, an offer or both begins with. */
    prefill: (speaker: string, beginning: Beginning) =>
      attempt(database, (tx) => prefill(deps, tx, speaker, beginning)),
    /** What would be said; nothing is said. */
    preview: (speaker: string, draft: AgreementDraft): Promise<Result<Agreement['body']>> =>
      attempt(database, (tx) => bodyOf(deps, tx, speaker, draft)),
    /** Writes a draft down, in place of the one with this id if it was written here; its id. */
    keepDraft: (speaker: string, draft: AgreementDraft, id?: string): Promise<Result<string>> =>
      attempt(database, async (tx) => {
        const former = id === undefined ? null : await findDraft(tx, speaker, id)
        return keepDraft(deps, tx, await bodyOf(deps, tx, speaker, draft), former)
      }),
    sendDraft: (speaker: string, id: string, note: string): Promise<Result<void>> =>
      attempt(database, (tx) => sendDraft(deps, tx, speaker, id, note)),
    dropDraft: (speaker: string, id: string): Promise<Result<void>> =>
      attempt(database, async (tx) => dropDraft(tx, await findDraft(tx, speaker, id))),

    /** States an agreement, written down before or not; its id. */
    propose: (speaker: string, draft: AgreementDraft): Promise<Result<Sha256>> =>
      attempt(database, async (tx) => {
        const body = await bodyOf(deps, tx, speaker, draft)
        return propose(deps, tx, body.parties[0], body)
      }),
    /** States what was drafted; the draft is gone then. */
    proposeDraft: (speaker: string, id: string): Promise<Result<Sha256>> =>
      attempt(database, async (tx) => {
        const draft = await findDraft(tx, speaker, id)
        const said = await propose(deps, tx, draft.memberId, statedBy(draft.memberId, draft.body))
        await dropDraft(tx, draft)
        return said
      }),
    answer: (speaker: string, id: string, word: 'sign' | 'decline') => answer(deps, speaker, id, word),
    end: (speaker: string, id: string, words: End) => end(deps, speaker, id, words),

    /** A file of a public repository here as evidence, with the hash of its bytes. Refused with `evidenceNotHere`. */
    evidenceOf: (file: NamedFile): Promise<Result<Evidence>> => evidenceOf(deps, file),
    /** What a piece of evidence shows now; null where it is not here. */
    open: (question: EvidenceAsked): Promise<Opened | null> => open(deps, question),
    /** What a member announced last of its models or data sets. */
    announcedBy: (memberId: MemberId, kind: 'model' | 'dataset') => announcedBy(deps, memberId, kind),
    deliver: (speaker: string, id: string, words: DeliveryWords) => deliver(deps, speaker, id, words),
    judge: (speaker: string, deliveryId: string, words: Omit<DeliveryVerdict['body'], 'delivery'>) =>
      judge(deps, speaker, deliveryId, words),

    sendContact: (speaker: string, id: string, contact: string): Promise<Result<void>> =>
      attempt(database, (tx) => sendContact(deps, tx, speaker, id, contact)),
    contacts: (speaker: string, id: string) => attempt(database, async (tx) => contactsOf(tx, speaker, id)),

    /** What members are called here, by id. */
    handles: () => readHandles(database.read),

    /** Opens and counts evidence that has come; how many. */
    openEvidence: evidenceOpener(deps),

    /** Makes a message about an agreement count, in the transaction that says it was received. May throw a {@link Refusal}. */
    async hear(tx: Writer, between: Between, message: AgreementMessage): Promise<void> {
      switch (message.kind) {
        case 'agreement-draft/1':
          return hearDraft(deps, tx, between, message)
        case 'agreement-contact/1':
          return hearContact(deps, tx, between, message)
      }
    },
  }
}
