import type { MemberId } from '../../../../kernel/names.ts'
import type { Agreement, Obligation } from '../../../../records/index.ts'
import type { Statement } from '../../../follow/index.ts'
import type {
  AgreementState,
  AgreementStatement,
  AssessedAgreement,
  AssessedDelivery,
  AssessedEvidence,
  AssessedObligation,
  KnownEvidence,
  Step,
  Verdict,
} from '../types.ts'
import { evidenceKey, onceKey } from './evidence.ts'
import { byId, inOrderOfLogs, ofType } from './order.ts'

/**
 * Every agreement that was stated, as it stands by everything that is known to have been said and the evidence that was opened,
 * by id. Depends on the set of statements alone. What somebody says who is not entitled to it counts for nothing.
 */
export function assessAgreements(
  statements: readonly AgreementStatement[],
  known: KnownEvidence,
): readonly AssessedAgreement[] {
  const inOrder = statements.toSorted(inOrderOfLogs)
  const heard: Heard = {
    signatures: Map.groupBy(
      ofType(inOrder, 'agreement-signature/1'),
      ({ record }) => record.body.agreement.leaf,
    ),
    ends: Map.groupBy(ofType(inOrder, 'agreement-end/1'), ({ record }) => record.body.agreement.leaf),
    deliveries: Map.groupBy(ofType(inOrder, 'delivery/1'), ({ record }) => record.body.agreement.leaf),
    verdicts: Map.groupBy(ofType(inOrder, 'delivery-verdict/1'), ({ record }) => record.body.delivery.leaf),
  }
  const shown = new Set<string>()
  return agreementsIn(inOrder).map((agreement) => assess(agreement, heard, known, shown))
}

/** What was said, by what it is about; each list in order of logs. */
interface Heard {
  readonly signatures: ReadonlyMap<string, readonly Statement<'agreement-signature/1'>[]>
  readonly ends: ReadonlyMap<string, readonly Statement<'agreement-end/1'>[]>
  readonly deliveries: ReadonlyMap<string, readonly Statement<'delivery/1'>[]>
  readonly verdicts: ReadonlyMap<string, readonly Statement<'delivery-verdict/1'>[]>
}

/** Those that their first party stated. Evidence counts once in this order, which nobody's clock decides. */
function agreementsIn(inOrder: readonly AgreementStatement[]): readonly Statement<'agreement/1'>[] {
  const own = ofType(inOrder, 'agreement/1').filter(
    ({ memberId, record }) => record.body.parties[0] === memberId,
  )
  return firstOfEach(own).toSorted(byId)
}

function assess(
  said: Statement<'agreement/1'>,
  heard: Heard,
  known: KnownEvidence,
  shown: Set<string>,
): AssessedAgreement {
  const { id, place, time, record } = said
  const { parties } = record.body
  const answer = heard.signatures.get(id)?.find(({ memberId }) => memberId === parties[1])
  const isSigned = answer?.record.body.answer === 'sign'
  const ends = (heard.ends.get(id) ?? []).filter(({ memberId }) => parties.includes(memberId))
  const end = ends.find(({ record }) => record.body.end === 'cancelled') ?? ends[0]
  const deliveries = isSigned ? deliveriesOf(said, heard, known, shown) : []
  const stateNow = (obligations: readonly AssessedObligation[]) =>
    end ? end.record.body.end : !answer ? 'proposed' : !isSigned ? 'declined' : progressOf(obligations)
  const isRunning = isSigned && !end
  const obligations = record.body.obligations.map((body, index) =>
    obligationOf(
      body,
      index,
      parties,
      deliveries.filter(({ body }) => body.obligation === index),
      isRunning,
    ),
  )
  return {
    id,
    place,
    time,
    body: record.body,
    parties,
    state: stateNow(obligations),
    isSigned,
    reason: end?.record.body.reason ?? null,
    obligations,
    steps: stepsOf(said, answer, end, deliveries, obligations),
  }
}

function progressOf(obligations: readonly AssessedObligation[]): AgreementState {
  if (obligations.some(({ disputed }) => disputed > 0n)) return 'disputed'
  if (obligations.every(({ accepted, amount }) => accepted >= amount)) return 'accepted'
  return obligations.every(({ delivered, amount }) => delivered >= amount) ? 'delivered' : 'active'
}

/** What the parties said they delivered, each what it owes, by id. */
function deliveriesOf(
  { id, record }: Statement<'agreement/1'>,
  { deliveries, verdicts }: Heard,
  known: KnownEvidence,
  shown: Set<string>,
): readonly AssessedDelivery[] {
  const { obligations, parties } = record.body
  const owed = (deliveries.get(id) ?? []).filter(
    ({ memberId, record }) => obligations[record.body.obligation]?.by === memberId,
  )
  return firstOfEach(owed)
    .toSorted(byId)
    .map(({ id: deliveryId, place, time, memberId: by, record: { body } }) => {
      const { unit } = owedIn(obligations, body.obligation)
      const evidence = (body.evidence ?? []).map((each): AssessedEvidence => {
        const opened = known.get(
          evidenceKey({ evidence: each, unit, from: body.from, until: body.until, parties }),
        )
        if (opened?.state !== 'counted') return { evidence: each, opened: opened ?? { state: 'unopened' } }
        const once = onceKey(each, opened.shown, by, id)
        if (shown.has(once)) return { evidence: each, opened: { state: 'repeated' } }
        shown.add(once)
        return { evidence: each, opened }
      })
      const said = BigInt(body.amount)
      const receiver = otherOf(parties, by)
      return {
        id: deliveryId,
        place,
        time,
        by,
        body,
        said,
        delivered: least(
          said,
          sum(evidence.map(({ opened }) => (opened.state === 'counted' ? opened.amount : 0n))),
        ),
        evidence,
        verdict: verdictIn(verdicts.get(deliveryId) ?? [], receiver),
      }
    })
}

/** The receiver's last word. */
function verdictIn(verdicts: readonly Statement<'delivery-verdict/1'>[], receiver: MemberId): Verdict | null {
  const last = verdicts.findLast(({ memberId }) => memberId === receiver)
  if (!last) return null
  const { verdict, reason } = last.record.body
  return { verdict, reason: reason ?? null, place: last.place, time: last.time }
}

function obligationOf(
  body: Obligation,
  index: number,
  parties: readonly [MemberId, MemberId],
  deliveries: readonly AssessedDelivery[],
  isRunning: boolean,
): AssessedObligation {
  const of = (verdict: Verdict['verdict']) => deliveries.filter((each) => each.verdict?.verdict === verdict)
  const undisputed = deliveries.filter(({ verdict }) => verdict?.verdict !== 'disputed')
  const [accepted, amount] = [of('accepted'), BigInt(body.amount)]
  // What the receiver accepted is not owed any more, shown or not.
  const done = sum(undisputed.map(({ verdict, said, delivered }) => (verdict ? said : delivered)))
  return {
    index,
    body,
    by: body.by,
    to: otherOf(parties, body.by),
    amount,
    claimed: sum(deliveries.map(({ said, delivered }) => said - delivered)),
    delivered: sum(deliveries.map(({ delivered }) => delivered)),
    accepted: sum(accepted.map(({ delivered }) => delivered)),
    disputed: sum(of('disputed').map(({ said }) => said)),
    acknowledged: sum(accepted.map(({ said }) => said)),
    deliveries,
    isOverdue: (day) => isRunning && done < amount && body.due < day,
  }
}

function stepsOf(
  { memberId, time, place }: Statement<'agreement/1'>,
  answer: Statement<'agreement-signature/1'> | undefined,
  end: Statement<'agreement-end/1'> | undefined,
  deliveries: readonly AssessedDelivery[],
  obligations: readonly AssessedObligation[],
): readonly Step[] {
  const steps: Step[] = [{ what: 'proposed', by: memberId, time, place, obligation: null }]
  const step = (
    what: Step['what'],
    { memberId: by, time, place }: Pick<Statement, 'memberId' | 'time' | 'place'>,
  ) => steps.push({ what, by, time, place, obligation: null })
  if (answer) step(answer.record.body.answer === 'sign' ? 'signed' : 'declined', answer)
  for (const { by, time, place, body, verdict } of deliveries) {
    const { obligation } = body
    steps.push({ what: 'claimed', by, time, place, obligation })
    const to = obligations[obligation]?.to
    if (verdict && to)
      steps.push({ what: verdict.verdict, by: to, time: verdict.time, place: verdict.place, obligation })
  }
  if (end) step(end.record.body.end, end)
  return steps.toSorted(
    (left, right) => left.time - right.time || (left.place.leaf < right.place.leaf ? -1 : 1),
  )
}

export function otherOf(parties: readonly [MemberId, MemberId], one: MemberId): MemberId {
  return parties[0] === one ? parties[1] : parties[0]
}

function owedIn(obligations: Agreement['body']['obligations'], index: number): Obligation {
  const obligation = obligations[index]
  if (!obligation) throw new RangeError(`no obligation ${index}`)
  return obligation
}

function firstOfEach<Said extends { readonly id: string }>(inOrder: readonly Said[]): readonly Said[] {
  return [...new Map(inOrder.toReversed().map((said) => [said.id, said])).values()]
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n)
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right
}
