import type { Child, FC, PropsWithChildren } from 'hono/jsx'

import type { Colour } from '../../kernel/colour.ts'
import type { MemberId, RepositoryKind } from '../../kernel/names.ts'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath, memberPath, accessPath, repositoryPath, revisionPath, safeHref } from '../paths.ts'
import { Layout } from './layout.tsx'
import { Mark } from './mark.tsx'
import { Notice } from './notice.tsx'
import { frozenReason, type Standing, StandingWords } from './standing.tsx'
import { Words } from './words.tsx'

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
  /** Where it is written, when this is a copy that can only be read; null when it is written here. */
  readonly copy: CopyOf | null
  /** Whether the reader may change settings. */
  readonly mayAdminister: boolean
}

/** Of a copy: who writes it, and how fresh it is. */
export interface CopyOf {
  readonly memberId: MemberId
  readonly member: string
  readonly colour: Colour
  /** Where its home answers. */
  readonly url: string | null
  readonly standing: Standing
  /** Why nothing more is taken from its home. */
  readonly frozen: string | null
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
    {head.copy && <Copied page={page} head={head} copy={head.copy} />}
    {head.visibility === 'private' && <Notice tone="caution">{page.say.t('repository.isPrivate')}</Notice>}
    {head.gated !== 'no' && (
      <Notice tone="caution">
        {page.say.t('repository.isGated')}{' '}
        {page.viewer !== null && !head.mayAdminister && (
          <a href={localPath(page, accessPath(head))} rel="nofollow">
            {page.say.t('access.ask')}
          </a>
        )}
      </Notice>
    )}
    <Tabs page={page} head={head} tab={tab} />
    {children}
  </Layout>
)

/** That this is a copy, whose, how fresh, and where it is changed: it stands where forms would. */
const Copied: FC<{ readonly page: PageContext; readonly head: RepositoryHead; readonly copy: CopyOf }> = ({
  page,
  head,
  copy,
}) => {
  const { say } = page
  const home = homeOf(head, copy)
  return (
    <div class="copied">
      <p>
        <Mark memberId={copy.memberId} colour={copy.colour} />
        <Words
          say={say}
          message={home === null ? 'copy.ofUnreached' : 'copy.of'}
          values={{ member: foreignText(copy.member, NAME) }}
          links={{ member: localPath(page, memberPath(copy.memberId)), ...(home !== null && { home }) }}
        />
      </p>
      <p class={copy.frozen === null ? 'quiet' : 'removed'}>
        {copy.frozen === null ? (
          <StandingWords page={page} standing={copy.standing} />
        ) : (
          say.t('member.frozenKept', { reason: frozenReason(page, copy.frozen) })
        )}
      </p>
    </div>
  )
}

const NAME = 120

/** The same repository at its home. */
function homeOf(head: RepositoryHead, { url }: CopyOf): string | null {
  return url === null ? null : safeHref(`${url}${repositoryPath(head)}`)
}

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
