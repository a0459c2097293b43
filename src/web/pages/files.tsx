import type { FC } from 'hono/jsx'

import { Pagination } from '../components/pagination.tsx'
import { PathTrail } from '../components/path-trail.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { RevisionMenu, type References } from '../components/revision-menu.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { revisionPath } from '../paths.ts'

/** What stands in a folder. */
export type FileEntry =
  | { readonly kind: 'folder'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly sizeBytes: number }

/** One folder of one version. */
export interface FilesView {
  readonly head: RepositoryHead
  readonly references: References
  /** Path of the folder; empty at the root. */
  readonly path: string
  /** Folders first, then files, each by name; one hundred to a page. */
  readonly entries: readonly FileEntry[]
  readonly page: number
  readonly pages: number
}

/** The files of a repository, folder by folder. */
export const FilesPage: FC<{ readonly page: PageContext; readonly view: FilesView }> = ({ page, view }) => {
  const { head, path } = view
  return (
    <RepositoryFrame page={page} head={head} tab="files" title={path === '' ? page.say.t('tab.files') : path}>
      <div class="files-head">
        <PathTrail page={page} head={head} path={path} />
        <RevisionMenu page={page} head={head} references={view.references} to="tree" />
      </div>
      {view.entries.length === 0 ? (
        <p class="empty">{page.say.t('files.none')}</p>
      ) : (
        <FileTable page={page} view={view} />
      )}
      <Pagination
        page={page}
        current={view.page}
        last={view.pages}
        path={revisionPath(head, 'tree', head.revision, path)}
      />
    </RepositoryFrame>
  )
}

const FileTable: FC<{ readonly page: PageContext; readonly view: FilesView }> = ({ page, view }) => (
  <table class="files">
    <thead>
      <tr>
        <th scope="col">{page.say.t('files.name')}</th>
        <th scope="col" class="number">
          {page.say.t('fact.size')}
        </th>
        <th scope="col">
          <span class="unseen">{page.say.t('action.download')}</span>
        </th>
      </tr>
    </thead>
    <tbody>
      {view.entries.map((entry) => (
        <FileRow page={page} view={view} entry={entry} />
      ))}
    </tbody>
  </table>
)

const FileRow: FC<{ readonly page: PageContext; readonly view: FilesView; readonly entry: FileEntry }> = ({
  page,
  view: { head, path },
  entry,
}) => {
  const at = path === '' ? entry.name : `${path}/${entry.name}`
  const name = <bdi dir="ltr">{entry.kind === 'folder' ? `${entry.name}/` : entry.name}</bdi>
  const shown = revisionPath(head, entry.kind === 'folder' ? 'tree' : 'blob', head.revision, at)
  return (
    <tr>
      <td class={entry.kind}>
        <a href={localPath(page, shown)}>{name}</a>
      </td>
      <td class="number">{entry.kind === 'file' && page.say.bytes(entry.sizeBytes)}</td>
      <td class="number">
        {entry.kind === 'file' && (
          <a href={revisionPath(head, 'resolve', head.revision, at)} download>
            {page.say.t('action.download')}
            <span class="unseen"> {entry.name}</span>
          </a>
        )}
      </td>
    </tr>
  )
}
