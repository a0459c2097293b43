import type { FC } from 'hono/jsx'

import { FAILURES, type Failure, type Reason } from '../../kernel/failure.ts'
import { Layout, SearchBox } from '../components/layout.tsx'
import type { MessageKey } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { accessPath, type RepositoryReference, withQuery } from '../paths.ts'

/**
 * Refusals whose sentence is worded for programs, or would tell a stranger that something private exists.
 * A page says these instead.
 */
const PAGE_SENTENCES: Partial<Record<Reason, MessageKey>> = {
  repositoryHidden: 'refusal.repository',
  repositoryNotFound: 'refusal.repository',
  revisionNotFound: 'refusal.revision',
  entryNotFound: 'refusal.entry',
}

/** The HTTP status of a page that refuses: what a stranger may not see answers like what does not exist. */
export function statusOfPage({ reason }: Failure): number {
  return reason === 'repositoryHidden' ? 404 : FAILURES[reason].status
}

/** A refusal: what happened, what to do, and the ways on. */
export const RefusalPage: FC<{ readonly page: PageContext; readonly failure: Failure }> = ({
  page,
  failure,
}) => {
  const { say } = page
  const key = PAGE_SENTENCES[failure.reason]
  const isMissing = statusOfPage(failure) === 404
  return (
    <Layout page={page} title={say.t(isMissing ? 'refusal.nothingHere' : 'refusal.title')} hasOwnSearch>
      <div class="narrow">
        <h1>{say.t(isMissing ? 'refusal.nothingHere' : 'refusal.title')}</h1>
        <p class="lead">{key === undefined ? say.failure(failure) : say.t(key)}</p>
        {page.node.isSetUp && isMissing && <SearchBox page={page} size="large" />}
        {page.node.isSetUp && <Ways page={page} repository={repositoryAt(page, failure)} />}
      </div>
    </Layout>
  )
}

/** What a person who is signed in may ask for: whether it is there is not said. */
function repositoryAt(page: PageContext, { reason }: Failure): RepositoryReference | null {
  const [, prefix, id] = /^\/(datasets\/)?([^/?#]+\/[^/?#]+)/.exec(page.path) ?? []
  const isAskable = page.viewer !== null && reason === 'repositoryNotFound' && id !== undefined
  return isAskable ? { kind: prefix === undefined ? 'model' : 'dataset', id } : null
}

const Ways: FC<{ readonly page: PageContext; readonly repository: RepositoryReference | null }> = ({
  page,
  repository,
}) => (
  <p class="actions">
    {repository && (
      <a href={localPath(page, accessPath(repository))} rel="nofollow">
        {page.say.t('access.ask')}
      </a>
    )}
    <a href={localPath(page, '/')}>{page.say.t('refusal.home')}</a>
    {page.viewer === null && (
      <a href={localPath(page, withQuery('/sign-in', { from: page.path }))} rel="nofollow">
        {page.say.t('action.signIn')}
      </a>
    )}
  </p>
)
