import { z } from 'zod'

import {
  type Computation,
  type Cut,
  LACKS,
  MatchResult,
  refusalOf,
  Round,
  ROUND_STATES,
  type RoundEntry,
  type RoundInput,
  type RoundView,
  RULES,
  type StatedResult,
} from '../../features/capacity/index.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId, Origin, partsOfOrigin, Sha256 } from '../../kernel/names.ts'
import { fail, succeed } from '../../kernel/result.ts'
import { isoTime } from '../../kernel/time.ts'
import { CapacityKind, CapacityUnit, CutLog, Reference } from '../../records/index.ts'
import { defineAdminCommand } from './definition.ts'

const Time = z.iso.datetime()
const Draft = {
  kind: CapacityKind,
  unit: CapacityUnit,
  title: z.string(),
  description: z.string(),
  language: z.string(),
  rule: z.enum(RULES),
  order: z.array(z.string()),
  deadline: z.string(),
  members: z.array(z.string()),
  weights: z.array(z.object({ group: z.string(), weight: z.int() })),
  shown: z.array(z.string()),
}

const Stated = z.object({
  result: Sha256,
  by: MemberId,
  handle: z.string(),
  time: Time,
  input: Sha256,
  resultHash: Sha256,
})

const Entry = {
  round: Sha256,
  title: z.string(),
  by: MemberId,
  handle: z.string(),
  kind: CapacityKind,
  unit: CapacityUnit,
  rule: z.enum(RULES),
  deadline: Time,
  state: z.enum(ROUND_STATES),
  confirmations: z.int(),
  disagreements: z.int(),
  contradictions: z.int(),
}

/** A need or an offer that takes part. */
const Part = z.object({
  id: z.string(),
  member: MemberId,
  handle: z.string(),
  title: z.string(),
  amount: z.string(),
})

/** What this node finds: the same, something else, or nothing because something is not here. */
const Found = z.discriminatedUnion('state', [
  z.object({ state: z.enum(['same', 'differs']), erased: z.int(), result: MatchResult }),
  z.object({
    state: z.literal('lacking'),
    logs: z.array(
      z.object({ origin: Origin, lack: z.enum(LACKS), has: z.int(), size: z.int(), handle: z.string() }),
    ),
  }),
  z.object({ state: z.literal('refused'), reason: z.string(), detail: z.record(z.string(), z.unknown()) }),
])

const Shown = z.object({
  ...Entry,
  description: z.string(),
  members: z.array(MemberId).nullable(),
  reference: Reference,
  needs: z.array(Part),
  offers: z.array(Part),
  /** Offers that name a list of countries which is not in the cut. */
  passedOver: z.array(Sha256),
  cut: z.array(CutLog),
  decision: Stated.nullable(),
  confirmedBy: z.array(Stated),
  disagreedBy: z.array(Stated),
  contradictedBy: z.array(Stated),
  found: Found.nullable(),
})
export type ShownRound = z.output<typeof Shown>

const Named = { as: z.string(), round: z.string() }
const Said = z.object({ round: Sha256, input: Sha256, resultHash: Sha256 })

/** What the console asks of rounds of matching. */
export const ROUND_COMMANDS = {
  announceRound: defineAdminCommand({
    input: z.object({ as: z.string(), ...Draft }),
    output: z.object({ round: Sha256 }),
    async run({ capacity }, { as, ...draft }) {
      const announced = await capacity.rounds.announce(as, draft)
      return announced.ok ? succeed({ round: announced.value }) : announced
    },
  }),

  listRounds: defineAdminCommand({
    input: z.object({}),
    output: z.array(z.object(Entry)),
    async run({ capacity: { rounds } }) {
      const nameOf = namedBy(await rounds.handles())
      return succeed((await rounds.list()).map((entry) => presentEntry(entry, nameOf)))
    },
  }),

  showRound: defineAdminCommand({
    input: z.object({ round: z.string() }),
    output: Shown,
    async run({ capacity: { rounds } }, { round }) {
      const shown = await rounds.show(round)
      return shown.ok ? succeed(present(shown.value, namedBy(await rounds.handles()))) : shown
    },
  }),

  closeRound: defineAdminCommand({
    input: z.object(Named),
    output: Said,
    async run({ capacity }, { as, round }) {
      const closed = await capacity.rounds.close(as, round)
      return closed.ok ? succeed(presentSaid(round, closed.value)) : closed
    },
  }),

  confirmRound: defineAdminCommand({
    input: z.object(Named),
    output: Said,
    async run({ capacity }, { as, round }) {
      const confirmed = await capacity.rounds.confirm(as, round)
      return confirmed.ok ? succeed(presentSaid(round, confirmed.value)) : confirmed
    },
  }),

  /** Both files, as `ayni match check` reads them. */
  exportRound: defineAdminCommand({
    input: z.object({ round: z.string() }),
    output: z.object({ round: Round, result: MatchResult, agrees: z.boolean() }),
    async run({ capacity }, { round }) {
      const shown = await capacity.rounds.show(round)
      if (!shown.ok) return shown
      const { found } = shown.value
      if (!found) return fail(failure('roundUndecided'))
      const { computation, agrees } = found
      if (computation.kind !== 'computed') return fail(refusalOf(computation))
      return succeed({
        round: computation.input.round,
        result: computation.result,
        agrees: agrees === true,
      })
    },
  }),
}

type NameOf = (memberId: MemberId) => string

/** A member's handle as this node knows it, or its id. */
function namedBy(handles: ReadonlyMap<MemberId, string>): NameOf {
  return (memberId) => handles.get(memberId) ?? memberId
}

function presentEntry({ round, state }: RoundEntry, nameOf: NameOf): z.output<z.ZodObject<typeof Entry>> {
  const { id, memberId, body, confirmations, disagreements, contradictions } = round
  return {
    round: id,
    title: body.title,
    by: memberId,
    handle: nameOf(memberId),
    kind: body.kind,
    unit: body.unit,
    rule: body.rule.name,
    deadline: body.deadline,
    state,
    confirmations: confirmations.length,
    disagreements: disagreements.length,
    contradictions: contradictions.length,
  }
}

function present(view: RoundView, nameOf: NameOf): ShownRound {
  const { round, found } = view
  const { decision, confirmations, disagreements, contradictions, body } = round
  const stated = (each: StatedResult) => presentStated(each, nameOf)
  const input = inputOf(view)
  const cut: Cut = decision?.body.cut ?? view.present?.cut ?? []
  return {
    ...presentEntry(view, nameOf),
    description: body.description,
    members: body.members ?? null,
    reference: round.place,
    needs: input ? partsOf(input.round.needs, input.needs, nameOf) : [],
    offers: input ? partsOf(input.round.offers, input.offers, nameOf) : [],
    passedOver: input?.passedOver.map(({ offer }) => offer.id) ?? [],
    cut,
    decision: decision && stated(decision),
    confirmedBy: confirmations.map(stated),
    disagreedBy: disagreements.map(stated),
    contradictedBy: contradictions.map(stated),
    found: found && presentFound(found.computation, found.agrees === true, nameOf),
  }
}

function inputOf({ found, present: now }: RoundView): RoundInput | null {
  if (found?.computation.kind === 'computed') return found.computation.input
  return now?.input.ok === true ? now.input.value : null
}

function partsOf(
  entries: readonly { readonly id: string; readonly amount: string }[],
  stated: RoundInput['needs'] | RoundInput['offers'],
  nameOf: NameOf,
): z.output<typeof Part>[] {
  return entries.flatMap(({ id, amount }) => {
    const said = stated.get(id)
    return said
      ? [{ id, member: said.memberId, handle: nameOf(said.memberId), title: said.body.title, amount }]
      : []
  })
}

function presentStated({ id, memberId, time, body }: StatedResult, nameOf: NameOf): z.output<typeof Stated> {
  return {
    result: id,
    by: memberId,
    handle: nameOf(memberId),
    time: isoTime(time),
    input: body.input,
    resultHash: body.result,
  }
}

function presentFound(computation: Computation, agrees: boolean, nameOf: NameOf): z.output<typeof Found> {
  switch (computation.kind) {
    case 'computed': {
      const { result, erased } = computation
      return { state: agrees ? 'same' : 'differs', erased, result }
    }
    case 'logsLacking':
      return {
        state: 'lacking',
        logs: computation.logs.map((each) => ({
          ...each,
          handle: nameOf(partsOfOrigin(each.origin).member),
        })),
      }
    case 'groupsLacking':
    case 'refused': {
      const { reason, detail = {} } = refusalOf(computation)
      return { state: 'refused', reason, detail }
    }
  }
}

function presentSaid(
  round: string,
  computation: Extract<Computation, { kind: 'computed' }>,
): z.output<typeof Said> {
  const { result } = computation
  return { round: Sha256.parse(round), input: result.round, resultHash: result.resultHash }
}
