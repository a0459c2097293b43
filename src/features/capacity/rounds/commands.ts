import type { Database, Reader, Writer } from '../../../database/index.ts'
import { failure, type Failure, type Reason, Refusal } from '../../../kernel/failure.ts'
import { type MemberId, Sha256 } from '../../../kernel/names.ts'
import { fail, type Result, succeed } from '../../../kernel/result.ts'
import { type Clock, momentOf } from '../../../kernel/time.ts'
import { leafHash, type Logs, queueRecord } from '../../../log/index.ts'
import { MatchingRound, MAX_ROUND_MEMBERS, type Reference, writeLeaf } from '../../../records/index.ts'
import {
  attempt,
  checked,
  hostedNamed,
  KEPT_TYPES,
  memberNamed,
  say,
  type Statement,
  statementsOf,
} from '../../follow/index.ts'
import { match } from '../matching/index.ts'
import { assessCapacity, groupNamed } from '../statements/index.ts'
import { countriesIn, erasedIn, handlesOf, lackingLogs, presentCut } from './queries.ts'
import { assessRounds, membersConcerned, roundInputOf, stateOf, statementsIn } from './rules/index.ts'
import type {
  AssessedRound,
  Computation,
  Computed,
  Cut,
  LackingLog,
  NoInput,
  RoundDraft,
  RoundInput,
  RoundState,
  StatedResult,
} from './types.ts'

export interface RoundDeps {
  readonly database: Database
  readonly logs: Logs
  readonly clock: Clock
}

/** A round in a list. */
export interface RoundEntry {
  readonly round: AssessedRound
  readonly state: RoundState
}

/** A round, and what this node makes of it. */
export interface RoundView extends RoundEntry {
  /** Of a decided round: what is computed here at its cut, and whether that is what was stated; null where nothing can be. */
  readonly found: { readonly computation: Computation; readonly agrees: boolean | null } | null
  /** Of one that is not decided: what would decide it if it were closed now. */
  readonly present: Present | null
}

export interface Present {
  readonly cut: Cut
  readonly input: Result<RoundInput, NoInput>
}

/** Results kept computed: they never change, and a large one takes a second. */
const KEPT_RESULTS = 8

export type Rounds = ReturnType<typeof createRounds>

/** Rounds of matching: announcing them, deciding them by what is in the logs, and computing them again. */
export function createRounds(deps: RoundDeps) {
  const computed = new Map<string, Computed>()

  async function known(): Promise<readonly Statement[]> {
    return statementsOf(deps.database.read, KEPT_TYPES)
  }

  async function find(id: string, statements: readonly Statement[]): Promise<AssessedRound | null> {
    return assessRounds(statements).find((round) => round.id === id) ?? null
  }

  /** What a round comes to at a cut, here. */
  async function compute(
    round: AssessedRound,
    cut: Cut,
    statements: readonly Statement[],
  ): Promise<Computation> {
    const sources = { reader: deps.database.read, logs: deps.logs }
    const lacking = await lackingLogs(sources, cut)
    if (lacking.length > 0) return { kind: 'logsLacking', logs: lacking }
    const erased = await erasedIn(sources.reader, cut)
    const key = JSON.stringify([round.place, cut, erased])
    const before = computed.get(key)
    if (before) return before
    const countries = await countriesIn(sources, cut)
    const input = roundInputOf({ round, statements: statementsIn(cut, statements), countries })
    if (!input.ok) return input.failure
    const result = match(input.value.round)
    const found: Computed = { kind: 'computed', input: input.value, result, erased }
    keep(computed, key, found)
    return found
  }

  async function present(round: AssessedRound, statements: readonly Statement[]): Promise<Present> {
    const sources = { reader: deps.database.read, logs: deps.logs }
    const cut = await presentCut(sources, membersConcerned(round, statements))
    const countries = await countriesIn(sources, cut)
    const input = roundInputOf({ round, statements: statementsIn(cut, statements), countries })
    return { cut, input }
  }

  return {
    /** What members are called here. */
    handles: () => handlesOf(deps.database.read),

    /** Every round that is known here, the latest deadline first. */
    async list(): Promise<readonly RoundEntry[]> {
      const now = deps.clock()
      const statements = await statementsOf(deps.database.read, ['matching-round/1', 'matching-result/1'])
      return assessRounds(statements).map((round) => ({ round, state: stateOf(round, now) }))
    },

    /** `roundNotFound` where no log that is read here announces it. */
    async show(id: string): Promise<Result<RoundView>> {
      const statements = await known()
      const round = await find(id, statements)
      if (!round) return fail(failure('roundNotFound', { id }))
      const state = stateOf(round, deps.clock())
      const { decision } = round
      if (decision) {
        const computation = await compute(round, decision.body.cut, statements)
        return succeed({
          round,
          state,
          found: { computation, agrees: agrees(computation, decision) },
          present: null,
        })
      }
      return succeed({ round, state, found: null, present: await present(round, statements) })
    },

    /** The round that {@link announce} would announce; nothing is said. */
    draft(as: string, draft: RoundDraft): Promise<Result<MatchingRound>> {
      return attempt(deps.database, async (tx) => {
        const { id } = await hostedNamed(tx, as)
        return announced(tx, deps, id, draft)
      })
    },

    /** Announces a round in a hosted member's name: its id. Refused with `invalidField` where its deadline is not to come. */
    announce(as: string, draft: RoundDraft): Promise<Result<Sha256>> {
      return attempt(deps.database, async (tx) => {
        const { id } = await hostedNamed(tx, as)
        const record = await announced(tx, deps, id, draft)
        await queueRecord(tx, id, record)
        return Sha256.parse(Uint8Array.from(leafHash(writeLeaf(record))).toHex())
      })
    },

    /**
     * Decides a round that this member announced, after its deadline: takes the cut of what was verified here, computes, and states
     * what came out. If we stop before it is said, nothing has happened.
     */
    async close(as: string, id: string): Promise<Result<Computed>> {
      const statements = await known()
      const round = await find(id, statements)
      if (!round) return fail(failure('roundNotFound', { id }))
      const refused = refusalToClose(round, stateOf(round, deps.clock()))
      if (refused) return fail(refused)
      const speaker = await attempt(deps.database, async (tx) => (await hostedNamed(tx, as)).id)
      if (!speaker.ok) return speaker
      if (speaker.value !== round.memberId) return fail(failure('notRoundMember'))
      const { cut } = await present(round, statements)
      if (cut.length > MAX_ROUND_MEMBERS) return fail(failure('roundTooWide', { limit: MAX_ROUND_MEMBERS }))
      const { place } = round
      if (!cut.some(({ origin, size }) => origin === place.origin && size > place.index))
        return fail(failure('notWritten'))
      const computation = await compute(round, cut, statements)
      return attempt(deps.database, (tx) =>
        stateResult(tx, deps, { speaker: speaker.value, round, cut, computation }),
      )
    },

    /** States for another member that a decided round was computed here at its cut, and is what was stated. */
    async confirm(as: string, id: string): Promise<Result<Computed>> {
      const statements = await known()
      const round = await find(id, statements)
      if (!round) return fail(failure('roundNotFound', { id }))
      const { decision } = round
      if (!decision) return fail(failure('roundUndecided'))
      const computation = await compute(round, decision.body.cut, statements)
      if (agrees(computation, decision) === false) return fail(failure('roundDiffers'))
      return attempt(deps.database, async (tx) => {
        const { id: speaker } = await hostedNamed(tx, as)
        if (isHeard(round, speaker)) throw new Refusal(failure('alreadySaid'))
        return stateResult(tx, deps, { speaker, round, cut: decision.body.cut, computation })
      })
    },
  }
}

/** Whether what was computed is what was stated; null where nothing could be computed. */
function agrees(computation: Computation, { body }: StatedResult): boolean | null {
  if (computation.kind === 'logsLacking') return null
  if (computation.kind !== 'computed') return false
  const { round, resultHash } = computation.result
  return round === body.input && resultHash === body.result
}

function keep(results: Map<string, Computed>, key: string, found: Computed): void {
  results.set(key, found)
  for (const oldest of results.keys()) {
    if (results.size <= KEPT_RESULTS) return
    results.delete(oldest)
  }
}

/** The record that announces a round. Throws `invalidField` with the field, `memberUnknown`, `groupNotFound`. */
async function announced(
  tx: Reader,
  deps: Pick<RoundDeps, 'clock'>,
  speaker: MemberId,
  { rule, order, members, weights, shown, ...draft }: RoundDraft,
): Promise<MatchingRound> {
  const capacity = assessCapacity(await statementsOf(tx, ['country-group/1']))
  const places = async (names: readonly string[]) => {
    const found: Reference[] = []
    for (const name of names) found.push(await groupNamed(tx, capacity, name))
    return found
  }
  const named: MemberId[] = []
  for (const name of members) named.push((await memberNamed(tx, name)).id)
  const weighted: { readonly group: Reference; readonly weight: number }[] = []
  for (const { group, weight } of weights)
    weighted.push({ group: await groupNamed(tx, capacity, group), weight })
  const body = {
    ...draft,
    member: speaker,
    rule: { name: rule, version: 1, ...(rule === 'priority' && { order: await places(order) }) },
    ...(named.length > 0 && { members: named }),
    ...(weighted.length > 0 && { weights: weighted }),
    ...(shown.length > 0 && { shown: await places(shown) }),
  }
  const record = MatchingRound.parse(checked(deps, 'matching-round/1', body))
  if (momentOf(record.body.deadline) <= deps.clock())
    throw new Refusal(failure('invalidField', { field: 'deadline' }, 'deadline'))
  return record
}

function refusalToClose(round: AssessedRound, state: RoundState): Failure | null {
  switch (state) {
    case 'open':
      return failure('roundNotDue', { deadline: round.body.deadline })
    case 'decided':
      return failure('alreadySaid')
    case 'withdrawn':
      return failure('roundWithdrawn')
    case 'due':
      return null
  }
}

function isHeard({ memberId, confirmations, disagreements }: AssessedRound, speaker: MemberId): boolean {
  return (
    memberId === speaker || [...confirmations, ...disagreements].some((each) => each.memberId === speaker)
  )
}

interface Statable {
  readonly speaker: MemberId
  readonly round: AssessedRound
  readonly cut: Cut
  readonly computation: Computation
}

/** Says what was computed, once: what waits for its log counts as said. */
async function stateResult(
  tx: Writer,
  deps: Pick<RoundDeps, 'clock'>,
  { speaker, round, cut, computation }: Statable,
): Promise<Computed> {
  if (computation.kind !== 'computed') throw new Refusal(refusalOf(computation))
  if (await isWaiting(tx, speaker, round.id)) throw new Refusal(failure('alreadySaid'))
  const { round: input, resultHash: result } = computation.result
  await say(tx, deps, speaker, 'matching-result/1', { round: round.place, cut, input, result })
  return computation
}

/** Why nothing was computed, in one sentence. */
export function refusalOf(computation: Exclude<Computation, { kind: 'computed' }>): Failure {
  switch (computation.kind) {
    case 'logsLacking':
      return refusalOfLog(computation.logs[0])
    case 'groupsLacking':
      return failure('roundGroupLacking', { group: computation.groups[0]?.leaf ?? '' })
    case 'refused':
      return computation.failure
  }
}

const OF_LACK = {
  unknown: 'roundLogLacking',
  short: 'roundLogLacking',
  notRead: 'roundLogNotRead',
  otherRoot: 'roundLogDiffers',
} as const satisfies Record<LackingLog['lack'], Reason>

function refusalOfLog(log: LackingLog | undefined): Failure {
  if (!log) throw new Error('no log is lacking')
  const { lack, ...detail } = log
  return failure(OF_LACK[lack], detail)
}

async function isWaiting(reader: Reader, memberId: MemberId, round: Sha256): Promise<boolean> {
  const rows = await reader
    .selectFrom('outgoing_record')
    .select('sequence')
    .where('member_id', '=', memberId)
    .where('type', '=', 'matching-result/1')
    .where('json', 'like', `%${round}%`)
    .execute()
  return rows.length > 0
}
