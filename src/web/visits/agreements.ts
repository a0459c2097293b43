import type { Actor } from '../../features/accounts/index.ts'
import {
  AgreementDraft,
  type AgreementFields,
  type AssessedAgreement,
  type AssessedEvidence,
  type Beginning,
  isAllAccepted,
  isRunning,
} from '../../features/capacity/index.ts'
import { findStatement } from '../../features/follow/index.ts'
import { colourOf } from '../../kernel/colour.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { MemberId, RepositoryId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { type Agreement, CAPACITY_KINDS, Delivery, Evidence, UNITS_OF } from '../../records/index.ts'
import type { Party } from '../components/party.tsx'
import type { AgreementVisit } from '../deps.ts'
import { type AgreementTyped, type DraftView, typedOf } from '../pages/agreement-form.tsx'
import type { AgreementSpeaker, TypedAct, WholeAct } from '../pages/agreement.tsx'
import type { AgreementEntry } from '../pages/agreements.tsx'
import { type DeliverView, type DeliveryTyped, FILE_FORMATS } from '../pages/deliver.tsx'
import type { RepositoryReference } from '../paths.ts'
import type { VisitDeps } from './deps.ts'
import { readMembers } from './named-members.ts'
import { type Speaker, speakersFor } from './speakers.ts'

/** Agreements as this node computes them, and what an actor may say of them. */
export function visitAgreements(deps: VisitDeps, actor: Actor): AgreementVisit {
  const { capacity, clock, database } = deps
  const { agreements } = capacity
  const today = () => isoTime(clock()).slice(0, 10)

  const ownMembers = () => speakersFor(deps, actor)

  /** Does it for a member that the actor administers; nobody else is told whether there is anything. */
  async function as<Value>(
    handle: string,
    work: (own: Speaker) => Promise<Result<Value>>,
  ): Promise<Result<Value>> {
    if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
    const own = (await ownMembers()).find((each) => each.handle === handle)
    return own ? work(own) : fail(failure('forbidden'))
  }

  async function partyOf(): Promise<(id: MemberId) => Party> {
    const known = await readMembers(database.read)
    return (memberId) =>
      known.get(memberId) ?? { memberId, name: memberId.slice(0, 9), colour: colourOf(null) }
  }

  async function partiesOf({
    parties: [first, second],
  }: Agreement['body']): Promise<readonly [Party, Party]> {
    const party = await partyOf()
    return [party(first), party(second)]
  }

  async function speakersOf(agreement: AssessedAgreement): Promise<readonly AgreementSpeaker[]> {
    const party = await partyOf()
    const speakers: AgreementSpeaker[] = []
    for (const own of await ownMembers()) {
      if (!agreement.parties.includes(own.memberId)) continue
      const contacts = agreement.isSigned ? await agreements.contacts(own.handle, agreement.id) : null
      speakers.push({
        ...own,
        acts: actsOf(agreement, own.memberId),
        owes: isRunning(agreement)
          ? agreement.obligations.flatMap(({ by, index }) => (by === own.memberId ? [index] : []))
          : [],
        judges: deliveriesTo(agreement, own.memberId).map(({ id }) => id),
        contacts: contacts?.ok
          ? contacts.value.map(({ of, contact, time }) => ({ of: party(of), contact, time }))
          : null,
      })
    }
    return speakers
  }

  async function deliverView(id: string, own: Speaker, index: number): Promise<Result<DeliverView>> {
    const found = await agreements.show(id)
    if (!found.ok) return found
    const obligation = found.value.obligations[index]
    if (!obligation || obligation.by !== own.memberId) return fail(failure('notEntitled'))
    const { unit } = obligation.body
    return succeed({
      id: found.value.id,
      title: found.value.body.title,
      speaker: own.name,
      obligation,
      revisions:
        unit === 'model' || unit === 'dataset' ? await agreements.announcedBy(own.memberId, unit) : [],
      repositories: await publicRepositories(deps, own.memberId),
    })
  }

  /** Whose need or offer it begins with, of the members that the actor administers; else the first of them. */
  async function speakerFor({ need, offer }: Beginning): Promise<string> {
    const own = await ownMembers()
    for (const id of [need, offer]) {
      const said = id === undefined ? null : await findStatement(database.read, ['need/1', 'offer/1'], id)
      const owner = own.find(({ memberId }) => memberId === said?.memberId)
      if (owner) return owner.handle
    }
    return own[0]?.handle ?? ''
  }

  /** The evidence that is typed, as it stands in the log, or why there is none. */
  async function evidenceIn(typed: DeliveryTyped): Promise<Result<readonly Evidence[]>> {
    const evidence: Evidence[] = []
    if (typed.revision !== '') {
      const [origin, index, leaf] = typed.revision.split(' ')
      const revision = Evidence.safeParse({
        kind: 'revision',
        record: { origin, index: Number(index), leaf },
      })
      if (!revision.success) return fail(invalid('revision'))
      evidence.push(revision.data)
    }
    if (typed.repository !== '') {
      const [kind, id] = typed.repository.split(' ')
      const repository = RepositoryId.safeParse(id)
      const path = Evidence.options[1].shape.path.safeParse(typed.path)
      const format = FILE_FORMATS.find((each) => each === typed.format)
      if (!repository.success || !path.success || !format) return fail(invalid('evidence'))
      const file = await agreements.evidenceOf({
        repository: repository.data,
        repositoryKind: kind === 'dataset' ? 'dataset' : 'model',
        revision: typed.at || 'main',
        path: path.data,
        format,
      })
      if (!file.ok) return file
      evidence.push(file.value)
    }
    return succeed(evidence)
  }

  async function wordsOf(typed: DeliveryTyped): Promise<Result<Omit<Delivery['body'], 'agreement'>>> {
    const evidence = await evidenceIn(typed)
    if (!evidence.ok) return evidence
    const { amount, obligation, from, until, note } = Delivery.shape.body.shape
    for (const [field, isGood] of [
      ['amount', amount.safeParse(numberIn(typed.amount)).success],
      ['obligation', obligation.safeParse(numberIn(typed.obligation)).success],
      ['from', from.safeParse(typed.from).success],
      ['until', until.safeParse(typed.until).success && typed.from <= typed.until],
      ['note', typed.note === '' || note.safeParse(typed.note).success],
    ] as const)
      if (!isGood) return fail(invalid(field))
    return succeed({
      obligation: numberIn(typed.obligation),
      amount: numberIn(typed.amount),
      from: typed.from,
      until: typed.until,
      ...(typed.note !== '' && { note: typed.note }),
      ...(evidence.value.length > 0 && { evidence: [...evidence.value] }),
    })
  }

  return {
    async list() {
      const party = await partyOf()
      const own = await ownMembers()
      const ids = own.map(({ memberId }) => memberId)
      const all = await agreements.list()
      const drafts = await agreements.drafts(ids)
      const handleOf = new Map<string, string>(own.map(({ memberId, handle }) => [memberId, handle]))
      return {
        agreements: all
          .map((each) => entryOf(each, ids, today(), party))
          .toSorted((left, right) => right.time - left.time),
        drafts: drafts.map(({ id, memberId, otherId, body, state, changedAt }) => ({
          id,
          as: handleOf.get(memberId) ?? '',
          title: body.title,
          other: party(otherId),
          state,
          changedAt,
        })),
        maySpeak: own.length > 0,
      }
    },

    async show(id) {
      const found = await agreements.show(id)
      if (!found.ok) return found
      return succeed({
        agreement: found.value,
        parties: await partiesOf(found.value.body),
        today: today(),
        speakers: await speakersOf(found.value),
      })
    },

    isBeingSigned: async (id) =>
      agreements.isBeingSigned(
        (await ownMembers()).map(({ memberId }) => memberId),
        id,
      ),

    say: (id, typed) => as(typed.as, ({ handle }) => say(deps, id, { ...typed, as: handle })),

    tellContact: (id, handle, contact) =>
      as(handle, (own) => agreements.sendContact(own.handle, id, contact)),

    owed: (id, handle, obligation) => as(handle, (own) => deliverView(id, own, obligation)),

    tryDelivery: (id, typed) =>
      as(typed.as, async (own) => {
        const words = await wordsOf(typed)
        if (!words.ok) return words
        const { obligation, evidence = [], from, until } = words.value
        const view = await deliverView(id, own, obligation)
        if (!view.ok) return view
        const { body, by, to } = view.value.obligation
        const tried: AssessedEvidence[] = []
        for (const each of evidence) {
          const opened = await agreements.open({
            evidence: each,
            unit: body.unit,
            from,
            until,
            parties: [by, to],
          })
          tried.push({ evidence: each, opened: opened ?? { state: 'unopened' } })
        }
        const shown = tried.reduce(
          (sum, { opened }) => sum + (opened.state === 'counted' ? opened.amount : 0n),
          0n,
        )
        return succeed({ evidence: tried, shown })
      }),

    deliver: (id, typed) =>
      as(typed.as, async ({ handle }) => {
        const words = await wordsOf(typed)
        if (!words.ok) return words
        const said = await agreements.deliver(handle, id, words.value)
        return said.ok ? succeed(undefined) : said
      }),

    async drafting() {
      if (actor.kind === 'anonymous') return fail(failure('signInRequired'))
      const own = await ownMembers()
      if (own.length === 0) return fail(failure('forbidden'))
      const party = await partyOf()
      return succeed({ speakers: own, others: (await partners(deps)).map(party) })
    },

    begin: async (handle, beginning) =>
      as(handle || (await speakerFor(beginning)), async (own) => {
        const begun = await agreements.prefill(own.handle, beginning)
        return begun.ok ? succeed(typedFrom(begun.value, own)) : begun
      }),

    change: (handle, id) =>
      as(handle, async (own) => {
        const draft = await agreements.draft(own.handle, id)
        if (!draft.ok) return draft
        return succeed(typedOf(draft.value.body, own.memberId, { as: own.handle, draft: id }))
      }),

    preview: (typed) =>
      as(typed.as, async ({ handle }) => {
        const body = await withDraft(typed, (draft) => agreements.preview(handle, draft))
        return body.ok ? succeed({ body: body.value, parties: await partiesOf(body.value) }) : body
      }),

    keep: (typed) =>
      as(typed.as, ({ handle }) =>
        withDraft(typed, (draft) => agreements.keepDraft(handle, draft, typed.draft || undefined)),
      ),

    propose: (typed) =>
      as(typed.as, ({ handle }) => withDraft(typed, (draft) => agreements.propose(handle, draft))),

    draft: (handle, id) =>
      as(handle, async (own): Promise<Result<DraftView>> => {
        const draft = await agreements.draft(own.handle, id)
        if (!draft.ok) return draft
        const { state, note, body, message, otherId } = draft.value
        const other = (await partyOf())(otherId)
        const parties = await partiesOf(body)
        return succeed({ id, as: own.handle, other, state, note, body, parties, message })
      }),
    send: (handle, id, note) => as(handle, (own) => agreements.sendDraft(own.handle, id, note)),
    drop: (handle, id) => as(handle, (own) => agreements.dropDraft(own.handle, id)),
    proposeDraft: (handle, id) => as(handle, (own) => agreements.proposeDraft(own.handle, id)),
  }
}

async function say(
  { capacity: { agreements } }: VisitDeps,
  id: string,
  { as, act, delivery, reason }: TypedAct,
): Promise<Result<void>> {
  const why = reason === '' ? {} : { reason }
  switch (act) {
    case 'sign':
    case 'decline':
      return agreements.answer(as, id, act)
    case 'close':
      return agreements.end(as, id, { end: 'closed', ...why })
    case 'cancel':
      return agreements.end(as, id, { end: 'cancelled', ...why })
    case 'accept':
      return agreements.judge(as, delivery, { verdict: 'accepted', ...why })
    case 'dispute':
      return agreements.judge(as, delivery, { verdict: 'disputed', ...why })
  }
}

/** What a party may say now, as far as the rules go. */
function actsOf(agreement: AssessedAgreement, member: MemberId): readonly WholeAct[] {
  const { state, parties } = agreement
  if (state === 'proposed') return member === parties[1] ? ['sign', 'decline'] : ['cancel']
  if (!isRunning(agreement)) return []
  return [...(isAllAccepted(agreement) ? (['close'] as const) : []), 'cancel']
}

function deliveriesTo({ obligations }: AssessedAgreement, member: MemberId) {
  return obligations.flatMap(({ to, deliveries }) => (to === member ? deliveries : []))
}

function entryOf(
  agreement: AssessedAgreement,
  own: readonly MemberId[],
  today: string,
  party: (id: MemberId) => Party,
): AgreementEntry {
  const { id, body, parties, state, obligations, time } = agreement
  const mustSign = state === 'proposed' && own.includes(parties[1])
  const mustJudge = own.some((member) =>
    deliveriesTo(agreement, member).some(({ verdict }) => verdict === null),
  )
  return {
    id,
    title: body.title,
    parties: [party(parties[0]), party(parties[1])],
    state,
    isOverdue: obligations.some((each) => each.isOverdue(today)),
    time,
    waits: [...(mustSign ? (['sign'] as const) : []), ...(mustJudge ? (['judge'] as const) : [])],
    isMine: own.some((member) => parties.includes(member)),
  }
}

async function withDraft<Value>(
  typed: AgreementTyped,
  work: (draft: AgreementDraft) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const { as, draft: _, obligations, goals, result, ...rest } = typed
  const draft = AgreementDraft.safeParse({
    ...rest,
    ...(goals !== '' && { goals: goals.split(' ').map(Number) }),
    ...(result !== '' && { result }),
    obligations: obligations
      .filter(({ amount, text, due }) => `${amount}${text}${due}` !== '')
      .map(({ by, unit, amount, due, text, need, offer, pledge }) => ({
        by: by === 'us' ? as : rest.with,
        kind: CAPACITY_KINDS.find((kind) => UNITS_OF[kind].some((each) => each === unit)),
        unit,
        amount: numberIn(amount),
        due,
        text,
        ...(need !== '' && { need }),
        ...(offer !== '' && { offer }),
        ...(pledge !== '' && { pledge }),
      })),
  })
  return draft.success ? work(draft.data) : fail(invalid(fieldOf(draft.error.issues[0]?.path ?? [])))
}

/** The field of the form that a place in the draft stands for: rows are told apart by their number. */
function fieldOf(path: readonly PropertyKey[]): string {
  const [first, row, field] = path
  return first === 'obligations' && field !== undefined
    ? `${String(field)}${String(row)}`
    : String(first ?? '')
}

function typedFrom(begun: AgreementFields, own: Speaker): AgreementTyped {
  return {
    as: own.handle,
    with: begun.with ?? '',
    title: begun.title ?? '',
    description: begun.description ?? '',
    language: begun.language ?? '',
    from: begun.from ?? '',
    until: begun.until ?? '',
    country: begun.country ?? '',
    sector: begun.sector ?? 'other',
    goals: begun.goals?.join(' ') ?? '',
    result: begun.result ?? '',
    draft: '',
    obligations: (begun.obligations.length > 0 ? begun.obligations : [{ amount: null }]).map(
      ({ by, unit, amount, due, text, need, offer, pledge }) => ({
        by: by === undefined || by === own.memberId ? 'us' : 'them',
        unit: unit ?? 'gpu-hour',
        amount: amount === null ? '' : String(amount),
        due: due ?? '',
        text: text ?? '',
        need: need ?? '',
        offer: offer ?? '',
        pledge: pledge ?? '',
      }),
    ),
  }
}

/** Members that are followed here and those that are hosted: with whom an agreement may be made. */
async function partners({ database }: VisitDeps): Promise<readonly MemberId[]> {
  const rows = await database.read
    .selectFrom('member')
    .leftJoin('follow', 'follow.member_id', 'member.id')
    .select('member.id')
    .where((is) => is.or([is('member.hosted', '=', 1), is('follow.member_id', 'is not', null)]))
    .orderBy('member.handle')
    .execute()
  return rows.flatMap(({ id }) => MemberId.safeParse(id).data ?? [])
}

/** As many as a choice has room for. */
const MOST_REPOSITORIES = 100

async function publicRepositories(
  { database }: VisitDeps,
  memberId: MemberId,
): Promise<readonly RepositoryReference[]> {
  const rows = await database.read
    .selectFrom('repository')
    .select(['kind', 'namespace', 'name'])
    .where('member_id', '=', memberId)
    .where('visibility', '=', 'public')
    .orderBy('modified_at', 'desc')
    .limit(MOST_REPOSITORIES)
    .execute()
  return rows.map(({ kind, namespace, name }) => ({ kind, id: `${namespace}/${name}` }))
}

/** NaN for anything but digits. */
function numberIn(text: string): number {
  return /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function invalid(field: string): Failure {
  return failure('invalidField', { field }, field)
}
