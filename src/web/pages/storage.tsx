import type { FC } from 'hono/jsx'

import type { RepositoryKind } from '../../kernel/names.ts'
import { Fact } from '../components/fact.tsx'
import { Layout } from '../components/layout.tsx'
import { Meter } from '../components/meter.tsx'
import { Pagination } from '../components/pagination.tsx'
import { Identifier } from '../components/text.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { repositoryPath } from '../paths.ts'

/** What takes room on this node. Bytes throughout. */
export interface StorageView {
  /** What all files would take, had each its own copy. */
  readonly fileBytes: number
  /** What they take, once equal parts are kept once and compressed. */
  readonly storedBytes: number
  readonly freeBytes: number
  /** Largest first, fifty to a page. A repository's size counts what it shares with others. */
  readonly repositories: readonly {
    readonly kind: RepositoryKind
    readonly id: string
    readonly visibility: 'public' | 'private'
    readonly sizeBytes: number
  }[]
  readonly page: number
  readonly pages: number
}

/** How full the node is and what fills it, for operators. */
export const StoragePage: FC<{ readonly page: PageContext; readonly view: StorageView }> = ({
  page,
  view,
}) => {
  const { say } = page
  const room = view.storedBytes + view.freeBytes
  const share = room === 0 ? 0 : view.storedBytes / room
  return (
    <Layout page={page} title={say.t('frame.storage')}>
      <h1>{say.t('frame.storage')}</h1>
      <p class="lead">
        {say.t('storage.summary', { used: say.bytes(view.storedBytes), free: say.bytes(view.freeBytes) })}
      </p>
      <Meter share={share} tone={share > 0.9 ? 'danger' : share > 0.75 ? 'caution' : 'good'} />
      <dl class="facts more">
        <Fact name={say.t('storage.files')}>{say.bytes(view.fileBytes)}</Fact>
        <Fact name={say.t('storage.stored')}>{say.bytes(view.storedBytes)}</Fact>
        <Fact name={say.t('storage.saved')}>{say.percent(savedShare(view))}</Fact>
        <Fact name={say.t('storage.free')}>{say.bytes(view.freeBytes)}</Fact>
      </dl>
      <Repositories page={page} view={view} />
    </Layout>
  )
}

function savedShare({ fileBytes, storedBytes }: StorageView): number {
  return fileBytes === 0 ? 0 : Math.max(0, 1 - storedBytes / fileBytes)
}

const Repositories: FC<{ readonly page: PageContext; readonly view: StorageView }> = ({ page, view }) => {
  const { say } = page
  const largest = Math.max(1, ...view.repositories.map(({ sizeBytes }) => sizeBytes))
  if (view.repositories.length === 0) return <p class="empty">{say.t('catalogue.nothingYet')}</p>
  return (
    <section class="block">
      <h2>{say.t('storage.repositories')}</h2>
      <table class="storage">
        <thead>
          <tr>
            <th scope="col">{say.t('storage.repository')}</th>
            <th scope="col" class="number">
              {say.t('fact.size')}
            </th>
          </tr>
        </thead>
        <tbody>
          {view.repositories.map((repository) => (
            <tr>
              <td>
                <a href={localPath(page, repositoryPath(repository))}>
                  <Identifier name={repository.id} />
                </a>
                {repository.visibility === 'private' && (
                  <span class="badge">{say.t('visibility.private')}</span>
                )}
                <Meter share={repository.sizeBytes / largest} tone="plain" />
              </td>
              <td class="number">{say.bytes(repository.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Pagination page={page} current={view.page} last={view.pages} path="/storage" />
    </section>
  )
}
