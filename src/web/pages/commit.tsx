import type { FC } from 'hono/jsx'

import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { shortRevision } from '../components/revision-menu.tsx'
import { Day } from '../components/text.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'
import type { CommitEntry } from './commits.tsx'

/** What a commit did to one file. */
export interface Change {
  readonly kind: 'added' | 'changed' | 'removed'
  readonly path: string
  /** After the commit; null where nothing is left. */
  readonly sizeBytes: number | null
}

/** One commit and the files that it touched, compared with its first parent. */
export interface CommitView {
  readonly head: RepositoryHead
  readonly commit: CommitEntry
  /** The message below the title; empty without one. */
  readonly body: string
  /** 40 hex digits each; none for the first commit. */
  readonly parents: readonly string[]
  /** By path, at most two hundred. */
  readonly changes: readonly Change[]
  readonly changeCount: number
}

/** One commit. */
export const CommitPage: FC<{ readonly page: PageContext; readonly view: CommitView }> = ({ page, view }) => {
  const { say } = page
  const { head, commit } = view
  return (
    <RepositoryFrame page={page} head={head} tab="commits" title={commit.title}>
      <h2 dir="auto">{commit.title || say.t('commits.untitled')}</h2>
      {view.body !== '' && (
        <p class="preserved" dir="auto">
          {view.body}
        </p>
      )}
      <p class="quiet">
        <bdi>{commit.author}</bdi> · <Day page={page} at={commit.at} /> ·{' '}
        <code dir="ltr" class="digest">
          {commit.oid}
        </code>
      </p>
      {view.parents.map((parent) => (
        <p class="quiet">
          {say.t('commit.parent')}{' '}
          <a href={localPath(page, revisionPath(head, 'commit', parent))}>
            <code dir="ltr">{shortRevision(parent)}</code>
          </a>
        </p>
      ))}
      <p class="actions">
        <a class="button second" href={localPath(page, revisionPath(head, 'tree', commit.oid))}>
          {say.t('commit.files')}
        </a>
      </p>
      <Changes page={page} view={view} />
    </RepositoryFrame>
  )
}

const Changes: FC<{ readonly page: PageContext; readonly view: CommitView }> = ({ page, view }) => {
  const { say } = page
  if (view.changes.length === 0) return <p class="empty">{say.t('commit.noChanges')}</p>
  return (
    <>
      <table class="files">
        <thead>
          <tr>
            <th scope="col">{say.t('files.name')}</th>
            <th scope="col">{say.t('commit.change')}</th>
            <th scope="col" class="number">
              {say.t('fact.size')}
            </th>
          </tr>
        </thead>
        <tbody>
          {view.changes.map((change) => (
            <ChangeRow page={page} view={view} change={change} />
          ))}
        </tbody>
      </table>
      {view.changeCount > view.changes.length && (
        <p class="quiet">{say.t('commit.more', { count: view.changeCount - view.changes.length })}</p>
      )}
    </>
  )
}

const ChangeRow: FC<{ readonly page: PageContext; readonly view: CommitView; readonly change: Change }> = ({
  page,
  view,
  change,
}) => (
  <tr>
    <td>
      {change.kind === 'removed' ? (
        <bdi dir="ltr">{change.path}</bdi>
      ) : (
        <a href={localPath(page, revisionPath(view.head, 'blob', view.commit.oid, change.path))}>
          <bdi dir="ltr">{change.path}</bdi>
        </a>
      )}
    </td>
    <td class={change.kind}>{page.say.t(`commit.${change.kind}`)}</td>
    <td class="number">{change.sizeBytes !== null && page.say.bytes(change.sizeBytes)}</td>
  </tr>
)
