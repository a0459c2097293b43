import { z } from 'zod'

import {
  AGREEMENT_STATES,
  AgreementDraft,
  type AssessedAgreement,
  type AssessedDelivery,
  type AssessedEvidence,
  EVIDENCE_FAULTS,
  type KeptDraft,
} from '../../features/capacity/index.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId, RepositoryId, RepositoryPath, Sha256 } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { Agreement, Delivery, Evidence, ModelOrDataset, Obligation, Reference } from '../../records/index.ts'
import { type AdminDeps, defineAdminCommand } from './definition.ts'

const Done = z.object({ done: z.literal(true) })
const Time = z.iso.datetime()
/** A whole number of a unit in decimal digits: sums may be larger than a JSON number is exact. */
const Whole = z.string().regex(/^[0-9]+$/)
const Party = z.object({ member: MemberId, handle: z.string().nullable() })

const ShownEvidence = z.object({
  evidence: Evidence,
  state: z.enum(['counted', 'refused', 'repeated', 'unopened']),
  counted: Whole.nullable(),
  reason: z.enum(EVIDENCE_FAULTS).nullable(),
})

const ShownDelivery = z.object({
  delivery: Sha256,
  agreement: Sha256,
  obligation: z.int(),
  by: Party,
  to: Party,
  time: Time,
  unit: Obligation.shape.unit,
  from: z.string(),
  until: z.string(),
  said: Whole,
  delivered: Whole,
  note: z.string().nullable(),
  evidence: z.array(ShownEvidence),
  verdict: z.enum(['accepted', 'disputed']).nullable(),
  reason: z.string().nullable(),
  record: Reference,
})
export type ShownDelivery = z.output<typeof ShownDelivery>

const ShownObligation = z.object({
  obligation: z.int(),
  by: Party,
  to: Party,
  kind: Obligation.shape.kind,
  unit: Obligation.shape.unit,
  amount: Whole,
  text: z.string(),
  due: z.string(),
  overdue: z.boolean(),
  claimed: Whole,
  delivered: Whole,
  accepted: Whole,
  disputed: Whole,
  need: Reference.nullable(),
  offer: Reference.nullable(),
  pledge: Reference.nullable(),
  deliveries: z.array(ShownDelivery),
})

/** An agreement as anybody computes it from the same logs and the same evidence. */
const ShownAgreement = z.object({
  agreement: Sha256,
  title: z.string(),
  description: z.string(),
  language: z.string(),
  parties: z.tuple([Party, Party]),
  state: z.enum(AGREEMENT_STATES),
  signed: z.boolean(),
  standing: z.boolean(),
  overdue: z.boolean(),
  reason: z.string().nullable(),
  country: z.string(),
  sector: Agreement.shape.body.shape.sector,
  goals: z.array(z.int()),
  from: z.string(),
  until: z.string(),
  time: Time,
  result: Reference.nullable(),
  obligations: z.array(ShownObligation),
  record: Reference,
})
export type ShownAgreement = z.output<typeof ShownAgreement>

const ShownDraft = z.object({
  draft: z.string(),
  member: Party,
  with: Party,
  state: z.enum(['written', 'sent', 'received']),
  note: z.string(),
  changed: Time,
  /** What became of the message with which it was sent. */
  message: z.enum(['waiting', 'delivered', 'failed']).nullable(),
  failure: z.string().nullable(),
  body: Agreement.shape.body,
})
export type ShownDraft = z.output<typeof ShownDraft>

const { obligation, amount, from, until, note } = Delivery.shape.body.shape
const As = { as: z.string() }
const Contact = z.object({ of: Party, contact: z.string(), time: Time })

/** What the console asks of agreements and deliveries. */
export const AGREEMENT_COMMANDS = {
  draftAgreement: defineAdminCommand({
    input: z.object({ ...As, draft: AgreementDraft, replaces: z.string().nullable() }),
    output: z.object({ draft: z.string() }),
    async run({ capacity }, { as, draft, replaces }) {
      const kept = await capacity.agreements.keepDraft(as, draft, replaces ?? undefined)
      return kept.ok ? succeed({ draft: kept.value }) : kept
    },
  }),

  /** Fills in what a need and an offer tell, and keeps it as a draft. */
  beginAgreement: defineAdminCommand({
    input: z.object({
      ...As,
      need: Sha256.nullable(),
      offer: Sha256.nullable(),
      result: Sha256.nullable(),
      amount: z.int().nullable(),
      due: z.string().nullable(),
    }),
    output: z.object({ draft: z.string() }),
    async run({ capacity }, { as, need, offer, result, amount, due }) {
      const begun = await capacity.agreements.prefill(as, {
        ...(need && { need }),
        ...(offer && { offer }),
        ...(result && { result }),
        ...(amount !== null && { amount }),
      })
      if (!begun.ok) return begun
      const obligations = begun.value.obligations.map((each) => ({ ...each, ...(due !== null && { due }) }))
      const until = due !== null && due > (begun.value.until ?? '') ? due : begun.value.until
      const draft = AgreementDraft.safeParse({ ...begun.value, until, obligations })
      if (!draft.success) return fail(invalid(draft.error))
      const kept = await capacity.agreements.keepDraft(as, draft.data)
      return kept.ok ? succeed({ draft: kept.value }) : kept
    },
  }),

  sendAgreement: defineAdminCommand({
    input: z.object({ ...As, draft: z.string(), note: z.string() }),
    output: Done,
    run: async ({ capacity }, { as, draft, note }) =>
      done(await capacity.agreements.sendDraft(as, draft, note)),
  }),

  discardAgreement: defineAdminCommand({
    input: z.object({ ...As, draft: z.string() }),
    output: Done,
    run: async ({ capacity }, { as, draft }) => done(await capacity.agreements.dropDraft(as, draft)),
  }),

  signAgreement: defineAdminCommand({
    input: z.object({ ...As, draft: z.string() }),
    output: z.object({ agreement: Sha256 }),
    async run({ capacity }, { as, draft }) {
      const said = await capacity.agreements.proposeDraft(as, draft)
      return said.ok ? succeed({ agreement: said.value }) : said
    },
  }),

  answerAgreement: defineAdminCommand({
    input: z.object({ ...As, agreement: z.string(), answer: z.enum(['sign', 'decline']) }),
    output: Done,
    run: async ({ capacity }, { as, agreement, answer }) =>
      done(await capacity.agreements.answer(as, agreement, answer)),
  }),

  endAgreement: defineAdminCommand({
    input: z.object({
      ...As,
      agreement: z.string(),
      end: z.enum(['closed', 'cancelled']),
      reason: z.string().nullable(),
    }),
    output: Done,
    run: async ({ capacity }, { as, agreement, end, reason }) =>
      done(await capacity.agreements.end(as, agreement, { end, ...(reason !== null && { reason }) })),
  }),

  tellContact: defineAdminCommand({
    input: z.object({ ...As, agreement: z.string(), contact: z.string() }),
    output: Done,
    run: async ({ capacity }, { as, agreement, contact }) =>
      done(await capacity.agreements.sendContact(as, agreement, contact)),
  }),

  listContacts: defineAdminCommand({
    input: z.object({ ...As, agreement: z.string() }),
    output: z.array(Contact),
    async run(deps, { as, agreement }) {
      const found = await deps.capacity.agreements.contacts(as, agreement)
      if (!found.ok) return found
      const party = await partiesOf(deps)
      return succeed(
        found.value.map(({ of, contact, time }) => ({ of: party(of), contact, time: isoTime(time) })),
      )
    },
  }),

  listDrafts: defineAdminCommand({
    input: z.object({}),
    output: z.array(ShownDraft),
    async run(deps) {
      const party = await partiesOf(deps)
      const hosted = (await deps.accounts.members()).map(({ id }) => id)
      return succeed((await deps.capacity.agreements.drafts(hosted)).map((each) => presentDraft(each, party)))
    },
  }),

  listAgreements: defineAdminCommand({
    input: z.object({}),
    output: z.array(ShownAgreement),
    async run(deps, _, { signal }) {
      await deps.capacity.agreements.openEvidence(signal)
      const party = await partiesOf(deps)
      const today = dayOf(deps)
      return succeed((await deps.capacity.agreements.list()).map((each) => present(each, party, today)))
    },
  }),

  showAgreement: defineAdminCommand({
    input: z.object({ agreement: z.string() }),
    output: ShownAgreement,
    async run(deps, { agreement }, { signal }) {
      await deps.capacity.agreements.openEvidence(signal)
      const found = await deps.capacity.agreements.show(agreement)
      return found.ok ? succeed(present(found.value, await partiesOf(deps), dayOf(deps))) : found
    },
  }),

  stateDelivery: defineAdminCommand({
    input: z.object({
      ...As,
      agreement: z.string(),
      delivery: z.strictObject({ obligation, amount, from, until, note }),
      revisions: z.array(Reference).max(16),
      files: z
        .array(
          z.object({
            format: z.enum(['slurm', 'csv', 'digests']),
            repository: RepositoryId,
            repositoryKind: ModelOrDataset,
            /** A branch, a tag or a commit. */
            revision: z.string(),
            path: RepositoryPath,
          }),
        )
        .max(16),
    }),
    output: z.object({ delivery: Sha256 }),
    async run({ capacity }, { as, agreement, delivery, revisions, files }) {
      const evidence: Evidence[] = revisions.map((record) => ({ kind: 'revision', record }))
      for (const file of files) {
        const found = await capacity.agreements.evidenceOf(file)
        if (!found.ok) return found
        evidence.push(found.value)
      }
      const words = { ...delivery, ...(evidence.length > 0 && { evidence }) }
      const said = await capacity.agreements.deliver(as, agreement, words)
      return said.ok ? succeed({ delivery: said.value }) : said
    },
  }),

  judgeDelivery: defineAdminCommand({
    input: z.object({
      ...As,
      delivery: z.string(),
      verdict: z.enum(['accepted', 'disputed']),
      reason: z.string().nullable(),
    }),
    output: Done,
    run: async ({ capacity }, { as, delivery, verdict, reason }) =>
      done(await capacity.agreements.judge(as, delivery, { verdict, ...(reason !== null && { reason }) })),
  }),
}

type NameOf = (id: MemberId) => z.output<typeof Party>

function present(
  { id, place, time, body, parties, obligations, state, isSigned, reason }: AssessedAgreement,
  party: NameOf,
  today: string,
): ShownAgreement {
  const shown = obligations.map(({ index, body: owed, by, to, deliveries, ...sums }) => ({
    obligation: index,
    by: party(by),
    to: party(to),
    kind: owed.kind,
    unit: owed.unit,
    amount: String(sums.amount),
    text: owed.text,
    due: owed.due,
    overdue: sums.isOverdue(today),
    claimed: String(sums.claimed),
    delivered: String(sums.delivered),
    accepted: String(sums.accepted),
    disputed: String(sums.disputed),
    need: owed.need ?? null,
    offer: owed.offer ?? null,
    pledge: owed.pledge ?? null,
    deliveries: deliveries.map((each) => presentDelivery(each, id, party(to), owed.unit, party)),
  }))
  return {
    agreement: id,
    title: body.title,
    description: body.description,
    language: body.language,
    parties: [party(parties[0]), party(parties[1])],
    state,
    signed: isSigned,
    standing: body.standing ?? false,
    overdue: shown.some(({ overdue }) => overdue),
    reason,
    country: body.country,
    sector: body.sector,
    goals: body.goals ?? [],
    from: body.from,
    until: body.until,
    time: isoTime(time),
    result: body.result ?? null,
    obligations: shown,
    record: place,
  }
}

function presentDelivery(
  { id, place, time, by, body, said, delivered, evidence, verdict }: AssessedDelivery,
  agreement: Sha256,
  to: z.output<typeof Party>,
  unit: ShownDelivery['unit'],
  party: NameOf,
): ShownDelivery {
  return {
    delivery: id,
    agreement,
    obligation: body.obligation,
    by: party(by),
    to,
    time: isoTime(time),
    unit,
    from: body.from,
    until: body.until,
    said: String(said),
    delivered: String(delivered),
    note: body.note ?? null,
    evidence: evidence.map(presentEvidence),
    verdict: verdict?.verdict ?? null,
    reason: verdict?.reason ?? null,
    record: place,
  }
}

function presentEvidence({ evidence, opened }: AssessedEvidence): z.output<typeof ShownEvidence> {
  return {
    evidence,
    state: opened.state,
    counted: opened.state === 'counted' ? String(opened.amount) : null,
    reason: opened.state === 'refused' ? opened.reason : null,
  }
}

function presentDraft(
  { id, memberId, otherId, body, note, state, changedAt, message }: KeptDraft,
  party: NameOf,
): ShownDraft {
  return {
    draft: id,
    member: party(memberId),
    with: party(otherId),
    state,
    note,
    changed: isoTime(changedAt),
    message: message?.state ?? null,
    failure: message?.failure ?? null,
    body,
  }
}

async function partiesOf({ capacity }: AdminDeps): Promise<NameOf> {
  const handles = await capacity.agreements.handles()
  return (member) => ({ member, handle: handles.get(member) ?? null })
}

function dayOf({ clock }: AdminDeps): string {
  return isoTime(clock()).slice(0, 10)
}

function done(said: Result<unknown>): Result<z.output<typeof Done>> {
  return said.ok ? succeed({ done: true }) : said
}

function invalid(error: z.ZodError) {
  const field = error.issues[0]?.path.join('.') ?? ''
  return failure('invalidField', { field }, field)
}
