import type { MemberId } from '../../../../kernel/names.ts'
import type { Millis } from '../../../../kernel/time.ts'
import type { MatchingRound } from '../../../../records/index.ts'
import type { Statement } from '../../../follow/index.ts'
import {
  AGREEMENT_TYPES,
  type AgreementStatement,
  type AssessedAgreement,
  assessAgreements,
  committedOf,
} from '../../agreements/index.ts'

const OF_AGREEMENTS: ReadonlySet<string> = new Set(AGREEMENT_TYPES)

export function agreementStatements(statements: readonly Statement[]): readonly AgreementStatement[] {
  return statements.filter((said): said is AgreementStatement => OF_AGREEMENTS.has(said.record.type))
}

/**
 * Agreements as statements alone show them. What its receiver accepted counts as accepted, whether the bytes that show it are here
 * or not: those are in no log, and a round is decided by what is in logs.
 */
export function agreementsSaid(statements: readonly Statement[]): readonly AssessedAgreement[] {
  return assessAgreements(agreementStatements(statements), new Map()).map((agreement) => ({
    ...agreement,
    obligations: agreement.obligations.map((each) => ({ ...each, accepted: each.acknowledged })),
  }))
}

/**
 * How much of a member's need or offer agreements have taken already. Each member is asked about with its own agreements: whoever
 * repeats another's words, to the byte, has a need of the same id.
 */
export function takenOf(
  agreements: readonly AssessedAgreement[],
  statements: readonly Statement[],
  at: Millis,
): (memberId: MemberId, id: string) => bigint {
  const said = statements.filter(
    (each): each is Statement<'need/1' | 'offer/1'> =>
      each.record.type === 'need/1' || each.record.type === 'offer/1',
  )
  const taken = new Map(
    [...Map.groupBy(said, ({ memberId }) => memberId)].map(([memberId, own]) => {
      const theirs = agreements.filter(({ parties }) => parties.includes(memberId))
      return [memberId, committedOf(theirs, own, at)] as const
    }),
  )
  return (memberId, id) => taken.get(memberId)?.get(id) ?? 0n
}

/** What a member accepted of a kind under its agreements. */
export function receivedBy(
  agreements: readonly AssessedAgreement[],
  { kind, unit }: Pick<MatchingRound['body'], 'kind' | 'unit'>,
  memberId: MemberId,
): bigint {
  return agreements
    .flatMap(({ obligations }) => obligations)
    .filter(({ to, body }) => to === memberId && body.kind === kind && body.unit === unit)
    .reduce((total, { accepted }) => total + accepted, 0n)
}
