import type { FC } from 'hono/jsx'

import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'
import type { RepositoryHead } from './repository-frame.tsx'

interface TrailProps {
  readonly page: PageContext
  readonly head: RepositoryHead
  /** Empty at the root. */
  readonly path: string
}

/** Where a file or folder stands in its repository: every folder above is a link. */
export const PathTrail: FC<TrailProps> = ({ page, head, path }) => {
  const segments = path === '' ? [] : path.split('/')
  return (
    <nav class="trail" dir="ltr" aria-label={page.say.t('files.trail')}>
      <a href={localPath(page, revisionPath(head, 'tree', head.revision))}>{head.id.split('/')[1]}</a>
      {segments.map((segment, index) => (
        <>
          <span class="slash">/</span>
          {index === segments.length - 1 ? (
            <strong>{segment}</strong>
          ) : (
            <a
              href={localPath(
                page,
                revisionPath(head, 'tree', head.revision, segments.slice(0, index + 1).join('/')),
              )}
            >
              {segment}
            </a>
          )}
        </>
      ))}
    </nav>
  )
}
