import type { FC } from 'hono/jsx'

import { localPath, type PageContext } from '../page-context.ts'
import { withQuery } from '../paths.ts'

interface PaginationProps {
  readonly page: PageContext
  /** From 1. */
  readonly current: number
  readonly last: number
  /** Path and query of the first page, without `page`. */
  readonly path: string
}

/** The way to the pages before and after; nothing when there is only one. */
export const Pagination: FC<PaginationProps> = ({ page, current, last, path }) => {
  if (last <= 1) return null
  const { say } = page
  const at = (number: number) =>
    localPath(page, withQuery(path, { page: number === 1 ? undefined : String(number) }))
  return (
    <nav class="pagination" aria-label={say.t('pages.label')}>
      {current > 1 ? (
        <a rel="prev" href={at(current - 1)}>
          {say.t('pages.previous')}
        </a>
      ) : (
        <span />
      )}
      <span class="quiet">{say.t('pages.place', { current, last })}</span>
      {current < last ? (
        <a rel="next" href={at(current + 1)}>
          {say.t('pages.next')}
        </a>
      ) : (
        <span />
      )}
    </nav>
  )
}
