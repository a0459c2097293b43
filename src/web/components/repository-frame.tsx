import type { Child, FC, PropsWithChildren } from 'hono/jsx'

import type { RepositoryKind } from '../../kernel/names.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath, repositoryPath, revisionPath } from '../paths.ts'
import { Layout } from './layout.tsx'
import { Notice } from './notice.tsx'

/** What every page of a repository shows of it. */
export interface RepositoryHead {
  readonly kind: RepositoryKind
  /** `namespace/name` as its owner writes it. */
  readonly id: string
  readonly publisher: { readonly name: string; readonly fullName: string }
  readonly visibility: 'public' | 'private'
  readonly gated: 'no' | 'auto' | 'manual'
  /** The branch, tag or commit that is shown. */
  readonly revision: string
  readonly defaultRevision: string
  readonly fileCount: number
  readonly commitCount: number
  /** Null when no file states tensors. */
  readonly tensorCount: number | null
  /** Whether the reader may change settings. */
  readonly mayAdminister: boolean
}

/** The pages that a repository's tabs lead to. */
export type RepositoryTab = 'card' | 'files' | 'tensors' | 'commits' | 'settings'

interface FrameProps {
  readonly page: PageContext
  readonly head: RepositoryHead
  /** Null: a page that no tab leads to. */
  readonly tab: RepositoryTab | null
  /** Of the browser's tab, before the repository's id. */
  readonly title?: string
  /** Stands between the name and the tabs. */
  readonly lead?: Child
}

/** Name, state and tabs of a repository around one of its pages. */
export const RepositoryFrame: FC<PropsWithChildren<FrameProps>> = ({
  page,
  head,
  tab,
  title,
  lead,
  children,
}) => (
  <Layout page={page} title={title === undefined ? head.id : `${title} · ${head.id}`}>
    <header class="repository-head">
      <RepositoryName page={page} head={head} isTitle={tab === 'card'} />
      {lead}
    </header>
    {head.visibility === 'private' && <Notice tone="caution">{page.say.t('repository.isPrivate')}</Notice>}
    {head.gated !== 'no' && <Notice tone="caution">{page.say.t('repository.isGated')}</Notice>}
    <Tabs page={page} head={head} tab={tab} />
    {children}
  </Layout>
)

const RepositoryName: FC<{
  readonly page: PageContext
  readonly head: RepositoryHead
  readonly isTitle: boolean
}> = ({ page, head, isTitle }) => {
  const [namespace = '', name = ''] = head.id.split('/')
  return (
    <h1 dir="ltr" class="repository-name">
      <a href={localPath(page, accountPath(namespace))}>{namespace}</a>
      <span class="slash">/</span>
      <wbr />
      {isTitle ? <span>{name}</span> : <a href={localPath(page, repositoryPath(head))}>{name}</a>}
    </h1>
  )
}

const Tabs: FC<{
  readonly page: PageContext
  readonly head: RepositoryHead
  readonly tab: RepositoryTab | null
}> = ({ page, head, tab }) => {
  const { say } = page
  return (
    <nav class="tabs" aria-label={say.t('repository.pages')}>
      <Tab page={page} path={repositoryPath(head)} words={say.t('tab.card')} isHere={tab === 'card'} />
      <Tab
        page={page}
        path={revisionPath(head, 'tree', head.revision)}
        words={say.t('tab.files')}
        count={head.fileCount}
        isHere={tab === 'files'}
      />
      {head.tensorCount !== null && (
        <Tab
          page={page}
          path={revisionPath(head, 'tensors', head.revision)}
          words={say.t('tab.tensors')}
          count={head.tensorCount}
          isHere={tab === 'tensors'}
        />
      )}
      <Tab
        page={page}
        path={revisionPath(head, 'commits', head.revision)}
        words={say.t('tab.commits')}
        count={head.commitCount}
        isHere={tab === 'commits'}
      />
      {head.mayAdminister && (
        <Tab
          page={page}
          path={`${repositoryPath(head)}/settings`}
          words={say.t('tab.settings')}
          isHere={tab === 'settings'}
        />
      )}
    </nav>
  )
}

interface TabProps {
  readonly page: PageContext
  readonly path: string
  readonly words: string
  readonly count?: number
  readonly isHere: boolean
}

const Tab: FC<TabProps> = ({ page, path, words, count, isHere }) => (
  <a href={localPath(page, path)} aria-current={isHere ? 'page' : undefined}>
    {words}
    {count !== undefined && <span class="count">{page.say.number(count)}</span>}
  </a>
)
