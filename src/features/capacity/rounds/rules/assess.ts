import { momentOf, type Millis } from '../../../../kernel/time.ts'
import type { RecordOf, Statement } from '../../../follow/index.ts'
import { isSame } from '../../statements/index.ts'
import type { AssessedRound, Cut, RoundState, StatedResult } from '../types.ts'
import { byPlace, compareText } from './order.ts'

/**
 * Every round that was announced, as it stands by a set of statements, the latest deadline first. The order of the statements
 * makes no difference; those of other types may be among them.
 */
export function assessRounds(statements: readonly Statement[]): readonly AssessedRound[] {
  const results = Map.groupBy(
    ofType(statements, 'matching-result/1').toSorted((left, right) => byPlace(left.place, right.place)),
    ({ record }) => record.body.round.leaf,
  )
  return ofType(statements, 'matching-round/1')
    .map((said) => assess(said, results.get(said.id) ?? []))
    .toSorted(byDeadline)
}

/** How a round stands at a time. */
export function stateOf({ isWithdrawn, decision, body }: AssessedRound, now: Millis): RoundState {
  if (decision) return 'decided'
  if (isWithdrawn) return 'withdrawn'
  return now < momentOf(body.deadline) ? 'open' : 'due'
}

/** Whether two results say the same of the same cut. */
export function isSameResult(one: StatedResult['body'], other: StatedResult['body']): boolean {
  return one.input === other.input && one.result === other.result && isSameCut(one.cut, other.cut)
}

function assess(
  { id, memberId, place, time, record, retracted }: Statement<'matching-round/1'>,
  results: readonly Statement<'matching-result/1'>[],
): AssessedRound {
  const deadline = momentOf(record.body.deadline)
  const heard = results
    .filter((each) => each.time >= deadline && isSame(each.record.body.round, place))
    .map(resultOf)
  const own = heard.filter((each) => each.memberId === memberId && byPlace(place, each.place) < 0)
  const isUndecidedAt = (each: StatedResult) => retracted === null || byPlace(each.place, retracted) < 0
  const decision = own.find(isUndecidedAt) ?? null
  const others = decision
    ? firstOfEach(
        heard.filter((each) => each.memberId !== memberId),
        decision,
      )
    : []
  return {
    id,
    memberId,
    place,
    time,
    body: record.body,
    isWithdrawn: retracted !== null && decision === null,
    decision,
    contradictions: own.filter((each) => decision !== null && !isSameResult(each.body, decision.body)),
    confirmations: others.filter((each) => decision !== null && isSameResult(each.body, decision.body)),
    disagreements: others.filter((each) => decision !== null && !isSameResult(each.body, decision.body)),
  }
}

/** Each member's first word on the cut that decides; another cut is another question. */
function firstOfEach(heard: readonly StatedResult[], { body }: StatedResult): readonly StatedResult[] {
  const onIt = heard.filter((each) => isSameCut(each.body.cut, body.cut))
  return [...Map.groupBy(onIt, ({ memberId }) => memberId).values()].flatMap(([first]) => first ?? [])
}

function isSameCut(one: Cut, other: Cut): boolean {
  const known = new Map(other.map(({ origin, size, root }) => [origin, `${size} ${root}`]))
  return (
    one.length === other.length &&
    one.every(({ origin, size, root }) => known.get(origin) === `${size} ${root}`)
  )
}

function resultOf({ id, memberId, place, time, record }: Statement<'matching-result/1'>): StatedResult {
  return { id, memberId, place, time, body: record.body }
}

type RoundType = 'matching-round/1' | 'matching-result/1'

function ofType<Type extends RoundType>(
  statements: readonly Statement[],
  type: Type,
): readonly Statement<Type>[] {
  return statements.flatMap(({ record, ...said }) => (isOfType(record, type) ? [{ ...said, record }] : []))
}

function isOfType<Type extends RoundType>(record: Statement['record'], type: Type): record is RecordOf<Type> {
  return record.type === type
}

function byDeadline(left: AssessedRound, right: AssessedRound): number {
  return (
    compareText(right.body.deadline, left.body.deadline) ||
    compareText(left.id, right.id) ||
    byPlace(left.place, right.place)
  )
}
