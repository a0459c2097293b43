import type { FC, PropsWithChildren } from 'hono/jsx'

import { isoTime, type Millis } from '../../kernel/time.ts'
import type { PageContext } from '../page-context.ts'

/** A Latin name, path or id: never reordered, in whatever sentence it stands. */
export const Identifier: FC<{ readonly name: string }> = ({ name }) => (
  <bdi dir="ltr" class="identifier">
    {name.split('/').flatMap((part, index) => (index === 0 ? [part] : ['/', <wbr />, part]))}
  </bdi>
)

/** Words that somebody wrote, in a language we do not know: they run the way their first letter does. */
export const Written: FC<PropsWithChildren> = ({ children }) => <bdi>{children}</bdi>

/** When something happened, as a span of time that shows its date. */
export const Ago: FC<{ readonly page: PageContext; readonly at: Millis }> = ({ page, at }) => (
  <time datetime={isoTime(at)} title={page.say.dateTime(at)}>
    {page.say.relative(at, page.now)}
  </time>
)

/** The day on which something happened. */
export const Day: FC<{ readonly page: PageContext; readonly at: Millis }> = ({ page, at }) => (
  <time datetime={isoTime(at)}>{page.say.date(at)}</time>
)
