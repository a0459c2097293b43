import { DAY, type Millis } from '../../../../kernel/time.ts'
import type { Statement } from '../../../follow/index.ts'
import type { AssessedAgreement, AssessedObligation } from '../types.ts'

/** How long what was proposed is kept for it while the other party has not answered. */
export const PROPOSAL_HOLDS = 30 * DAY

/**
 * What of each need and offer that was said agreements have taken, by its id: what was agreed, and of ended agreements what was accepted.
 * An obligation counts for a need of its receiver and an offer of its supplier. What is only proposed counts for thirty days for
 * what is the proposer's own: else a stranger's proposal could take up a need.
 */
export function committedOf(
  agreements: readonly AssessedAgreement[],
  said: readonly Pick<Statement, 'id' | 'memberId'>[],
  at: Millis,
): ReadonlyMap<string, bigint> {
  const owners = new Set(said.map(({ id, memberId }) => `${id} ${memberId}`))
  const committed = new Map<string, bigint>()
  for (const agreement of agreements)
    for (const obligation of agreement.obligations) {
      const amount = amountIn(agreement, obligation, at)
      const named = [
        [obligation.body.need?.leaf, obligation.to],
        [obligation.body.offer?.leaf, obligation.by],
      ] as const
      for (const [id, owner] of named) {
        const isOwn = id !== undefined && owners.has(`${id} ${owner}`)
        if (isOwn && (agreement.isSigned || owner === agreement.parties[0]))
          committed.set(id, (committed.get(id) ?? 0n) + amount)
      }
    }
  return committed
}

function amountIn(
  agreement: AssessedAgreement,
  { amount, accepted }: AssessedObligation,
  at: Millis,
): bigint {
  switch (agreement.state) {
    case 'declined':
      return 0n
    case 'closed':
    case 'cancelled':
      return accepted
    case 'proposed':
      return Math.abs(at - agreement.time) <= PROPOSAL_HOLDS ? amount : 0n
    case 'active':
    case 'delivered':
    case 'disputed':
    case 'accepted':
      return amount
  }
}
