import type { FC } from 'hono/jsx'

import type { ClockDoubt } from '../../log/index.ts'
import type { PageContext } from '../page-context.ts'
import { Notice } from './notice.tsx'

/** Says that this node vouches for no log, and why: its clock is not to be believed. */
export const ClockNotice: FC<{ readonly page: PageContext; readonly doubt: ClockDoubt }> = ({
  page: { say, now },
  doubt,
}) => <Notice tone="caution">{say.t(`clock.${doubt}`, { now: say.dateTime(now) })}</Notice>
