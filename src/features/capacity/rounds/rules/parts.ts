import { momentOf } from '../../../../kernel/time.ts'
import type { Reference } from '../../../../records/index.ts'
import type { StatedNeed, StatedOffer } from '../../statements/index.ts'
import type { AssessedRound } from '../types.ts'

/** Whether a need or an offer is one that the round is about, said in time by somebody who takes part. */
export function isOfRound(
  { body }: Pick<AssessedRound, 'body'>,
  { memberId, time, body: { kind, unit } }: StatedNeed | StatedOffer,
): boolean {
  const takesPart = body.members?.includes(memberId) ?? true
  return takesPart && kind === body.kind && unit === body.unit && time < momentOf(body.deadline)
}

/** The lists of countries that the round itself names. */
export function groupsOfRound({ body }: Pick<AssessedRound, 'body'>): readonly Reference[] {
  return [
    ...(body.rule.name === 'priority' ? body.rule.order : []),
    ...(body.weights ?? []).map(({ group }) => group),
    ...(body.shown ?? []),
  ]
}
