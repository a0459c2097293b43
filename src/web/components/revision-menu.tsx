import type { FC } from 'hono/jsx'

import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath, type RevisionPage } from '../paths.ts'
import type { RepositoryHead } from './repository-frame.tsx'

/** The names under which versions of a repository can be seen. */
export interface References {
  readonly branches: readonly string[]
  readonly tags: readonly string[]
}

interface MenuProps {
  readonly page: PageContext
  readonly head: RepositoryHead
  readonly references: References
  /** The page to show for another version. */
  readonly to: RevisionPage
}

/** Which version is shown, and the way to the others. */
export const RevisionMenu: FC<MenuProps> = ({ page, head, references, to }) => (
  <details class="menu versions">
    <summary>
      <span class="quiet">{page.say.t('files.version')}</span>{' '}
      <bdi dir="ltr">{shortRevision(head.revision)}</bdi>
    </summary>
    <div class="sheet">
      <References
        page={page}
        head={head}
        to={to}
        words={page.say.t('files.branches')}
        names={references.branches}
      />
      <References page={page} head={head} to={to} words={page.say.t('files.tags')} names={references.tags} />
    </div>
  </details>
)

/** A commit by its first eight digits; other names as they are. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 8) : revision
}

const References: FC<
  Omit<MenuProps, 'references'> & { readonly words: string; readonly names: readonly string[] }
> = ({ page, head, to, words, names }) =>
  names.length === 0 ? null : (
    <>
      <p class="quiet">{words}</p>
      {names.map((name) => (
        <a
          dir="ltr"
          href={localPath(page, revisionPath(head, to, name))}
          aria-current={name === head.revision ? 'true' : undefined}
        >
          {name}
        </a>
      ))}
    </>
  )
