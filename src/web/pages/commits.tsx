import type { FC } from 'hono/jsx'

import type { Millis } from '../../kernel/time.ts'
import { Pagination } from '../components/pagination.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { RevisionMenu, shortRevision, type References } from '../components/revision-menu.tsx'
import { Ago } from '../components/text.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'

/** One commit in a list. */
export interface CommitEntry {
  /** 40 hex digits. */
  readonly oid: string
  readonly title: string
  /** As git recorded it. */
  readonly author: string
  readonly at: Millis
}

/** The history of one version. */
export interface CommitsView {
  readonly head: RepositoryHead
  readonly references: References
  /** Newest first; fifty to a page. */
  readonly commits: readonly CommitEntry[]
  readonly page: number
  readonly pages: number
}

/** Who changed what, and when. */
export const CommitsPage: FC<{ readonly page: PageContext; readonly view: CommitsView }> = ({
  page,
  view,
}) => {
  const { say } = page
  const { head } = view
  return (
    <RepositoryFrame page={page} head={head} tab="commits" title={say.t('tab.commits')}>
      <div class="files-head">
        <p class="quiet">{say.t('count.commits', { count: head.commitCount })}</p>
        <RevisionMenu page={page} head={head} references={view.references} to="commits" />
      </div>
      {view.commits.length === 0 ? (
        <p class="empty">{say.t('commits.none')}</p>
      ) : (
        <ol class="news" reversed>
          {view.commits.map((commit) => (
            <CommitItem page={page} head={head} commit={commit} />
          ))}
        </ol>
      )}
      <Pagination
        page={page}
        current={view.page}
        last={view.pages}
        path={revisionPath(head, 'commits', head.revision)}
      />
    </RepositoryFrame>
  )
}

const CommitItem: FC<{
  readonly page: PageContext
  readonly head: RepositoryHead
  readonly commit: CommitEntry
}> = ({ page, head, commit }) => (
  <li>
    <p>
      <a class="strong" href={localPath(page, revisionPath(head, 'commit', commit.oid))}>
        <bdi>{commit.title || page.say.t('commits.untitled')}</bdi>
      </a>
    </p>
    <p class="quiet">
      <bdi>{commit.author}</bdi> · <Ago page={page} at={commit.at} /> ·{' '}
      <code dir="ltr">{shortRevision(commit.oid)}</code>
    </p>
  </li>
)
