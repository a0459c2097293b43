import type { FC } from 'hono/jsx'

import { Layout } from '../components/layout.tsx'
import { RepositoryList, type RepositoryEntry } from '../components/repository-list.tsx'
import { Identifier } from '../components/text.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath, cataloguePath, withQuery } from '../paths.ts'
import { describeOffer } from '../vocabulary.ts'

/** A person or an organisation, and what they have published. */
export interface AccountView {
  readonly name: string
  readonly fullName: string
  readonly kind: 'user' | 'organisation'
  /** The last twenty changed of each kind that the reader may see. */
  readonly models: readonly RepositoryEntry[]
  readonly datasets: readonly RepositoryEntry[]
  readonly modelCount: number
  readonly datasetCount: number
  /** Who belongs to an organisation; null when the reader may not know, and for a person. */
  readonly members: readonly { readonly name: string; readonly fullName: string }[] | null
}

/** The page at a namespace's own address. */
export const AccountPage: FC<{ readonly page: PageContext; readonly view: AccountView }> = ({
  page,
  view,
}) => {
  const { say } = page
  const isEmpty = view.modelCount + view.datasetCount === 0
  return (
    <Layout page={page} title={view.fullName || view.name}>
      <header class="repository-head">
        <h1>
          <bdi>{view.fullName || view.name}</bdi>
        </h1>
        {!isEmpty && (
          <p class="lead">
            {say.t(view.kind === 'user' ? 'account.isPerson' : 'account.isOrganisation', {
              name: view.name,
              what: describeOffer(say, view.modelCount, view.datasetCount),
            })}
          </p>
        )}
      </header>
      {isEmpty && <p class="empty">{say.t('account.nothing')}</p>}
      <Published page={page} view={view} kind="model" entries={view.models} count={view.modelCount} />
      <Published page={page} view={view} kind="dataset" entries={view.datasets} count={view.datasetCount} />
      {view.members !== null && <Members page={page} members={view.members} />}
    </Layout>
  )
}

const Published: FC<{
  readonly page: PageContext
  readonly view: AccountView
  readonly kind: 'model' | 'dataset'
  readonly entries: readonly RepositoryEntry[]
  readonly count: number
}> = ({ page, view, kind, entries, count }) =>
  entries.length === 0 ? null : (
    <section class="block">
      <h2>{page.say.t(kind === 'model' ? 'frame.models' : 'frame.datasets')}</h2>
      <RepositoryList page={page} entries={entries} />
      {count > entries.length && (
        <p>
          <a href={localPath(page, withQuery(cataloguePath(kind), { author: view.name }))}>
            {page.say.t('account.all', { count })}
          </a>
        </p>
      )}
    </section>
  )

const Members: FC<{
  readonly page: PageContext
  readonly members: readonly { readonly name: string; readonly fullName: string }[]
}> = ({ page, members }) => (
  <section class="block">
    <h2>{page.say.t('account.members')}</h2>
    <ul class="plain-list">
      {members.map((member) => (
        <li>
          <a href={localPath(page, accountPath(member.name))}>
            <bdi>{member.fullName || member.name}</bdi>
          </a>{' '}
          <span class="quiet">
            <Identifier name={member.name} />
          </span>
        </li>
      ))}
    </ul>
  </section>
)
