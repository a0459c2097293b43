import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { Millis } from '../../kernel/time.ts'
import { FREEZE_REASONS } from '../../log/index.ts'
import { foreignText } from '../foreign-text.ts'
import type { PageContext } from '../page-context.ts'

/** How this node stands to a member: follows it, did so, or is only followed by it. */
export type Standing =
  | { readonly kind: 'hosted' }
  | {
      readonly kind: 'followed'
      /** When its log was last fetched and verified; null before the first time. */
      readonly checkedAt: Millis | null
      /** Why the last attempt failed; null after a good one. */
      readonly failure: Failure | null
      /** Whether its log is only verified and cosigned. */
      readonly isWitnessOnly: boolean
      /** How much of the log that it had when following began is verified: 0 to 1. */
      readonly share: number
    }
  /** Not followed any more; what was verified is kept. */
  | { readonly kind: 'kept' }
  | { readonly kind: 'follower' }

/** How fresh what is here of a member is, in one sentence. A frozen log is told elsewhere, louder. */
export const StandingWords: FC<{ readonly page: PageContext; readonly standing: Standing }> = ({
  page: { say, now },
  standing,
}) => {
  switch (standing.kind) {
    case 'hosted':
      return <>{say.t('member.isHosted')}</>
    case 'kept':
      return <>{say.t('member.isKept')}</>
    case 'follower':
      return <>{say.t('member.isFollower')}</>
    case 'followed': {
      const { checkedAt, failure, share } = standing
      if (!failure) {
        if (checkedAt === null && share > 0)
          return <>{say.t('member.isVerifying', { share: say.percent(share) })}</>
        if (checkedAt === null) return <>{say.t('member.isArriving')}</>
        return <>{say.t('member.checked', { when: say.relative(Math.min(checkedAt, now), now) })}</>
      }
      const reason = say.failure(failure)
      if (checkedAt === null) return <>{say.t('member.neverReached', { reason })}</>
      return <>{say.t('member.notReached', { when: say.relative(Math.min(checkedAt, now), now), reason })}</>
    }
  }
}

/** Why a log is frozen, as a sentence. */
export function frozenReason({ say }: PageContext, why: string): string {
  const known = FREEZE_REASONS.find((reason) => reason === why)
  return known ? say.t(`said.reason.${known}`) : foreignText(why, 300)
}
