import type { FC } from 'hono/jsx'

import { fingerprint } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import { Fact } from '../components/fact.tsx'
import { Form } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { type RepositoryEntry, RepositoryList } from '../components/repository-list.tsx'
import { frozenReason, StandingWords } from '../components/standing.tsx'
import { Identifier } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { memberPath, safeHref } from '../paths.ts'
import { type MemberEntry, MemberFacts, nameOf } from './members.tsx'

/** What this node knows of one member. */
export interface MemberView {
  readonly member: MemberEntry
  /** The last twenty changed of each kind that stand here. */
  readonly models: readonly RepositoryEntry[]
  readonly datasets: readonly RepositoryEntry[]
}

interface MemberProps {
  readonly page: PageContext
  readonly view: MemberView
}

/** A member of another node, as this one knows it; or one that is hosted here. */
export const MemberPage: FC<MemberProps> = ({ page, view }) => {
  const { say } = page
  const { member } = view
  const isOperator = page.viewer?.isOperator === true
  return (
    <Layout page={page} title={nameOf(member)}>
      <p class="back">
        <a href={localPath(page, '/members')}>{say.t('member.back')}</a>
      </p>
      <header class="repository-head">
        <h1>
          <Mark memberId={member.memberId} colour={member.colour} />
          <bdi>{nameOf(member)}</bdi>
        </h1>
        <p class="lead">
          <StandingWords page={page} standing={member.standing} />
        </p>
      </header>
      {member.frozen !== null && (
        <Notice tone="danger">
          {say.t('member.frozenKept', { reason: frozenReason(page, member.frozen) })}
        </Notice>
      )}
      <MemberFacts page={page} member={member} />
      <About page={page} member={member} />
      {isOperator && member.standing.kind === 'followed' && (
        <p class="actions">
          <a class="button second" href={localPath(page, `${memberPath(member.memberId)}/unfollow`)}>
            {say.t('members.unfollow')}
          </a>
        </p>
      )}
      <Repositories page={page} view={view} />
    </Layout>
  )
}

const About: FC<{ readonly page: PageContext; readonly member: MemberEntry }> = ({ page, member }) => {
  const { say } = page
  const href = member.url === null ? null : safeHref(member.url)
  return (
    <dl class="facts member-facts">
      {member.handle !== null && (
        <Fact name={say.t('setUp.handle')}>
          <Identifier name={member.handle} />
        </Fact>
      )}
      {member.url !== null && href !== null && (
        <Fact name={say.t('copy.home')}>
          <a href={href} rel="noreferrer">
            <Identifier name={member.url} />
          </a>
        </Fact>
      )}
      <Fact name={say.t('member.fingerprint')} isWide>
        <code dir="ltr" class="fingerprint">
          {fingerprint(member.memberId)}
        </code>
      </Fact>
      {member.isFollower && <Fact name={say.t('member.followsUsTitle')}>{say.t('member.followsUs')}</Fact>}
    </dl>
  )
}

const Repositories: FC<MemberProps> = ({ page, view: { models, datasets, member } }) => (
  <div id="repositories">
    {models.length + datasets.length === 0 && member.origin !== null && (
      <p class="empty">{page.say.t('member.noRepositories')}</p>
    )}
    {models.length > 0 && (
      <section class="block">
        <h2>{page.say.t('frame.models')}</h2>
        <RepositoryList page={page} entries={models} />
      </section>
    )}
    {datasets.length > 0 && (
      <section class="block">
        <h2>{page.say.t('frame.datasets')}</h2>
        <RepositoryList page={page} entries={datasets} />
      </section>
    )}
  </div>
)

/** Asks whether to stop following, and says what stays. */
export const UnfollowPage: FC<{
  readonly page: PageContext
  readonly member: MemberEntry
  readonly failure: Failure | null
}> = ({ page, member, failure }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('members.unfollow')}>
      <div class="narrow">
        <h1>
          <Words
            say={say}
            message="unfollow.title"
            values={{ member: nameOf(member) }}
            links={{ member: null }}
          />
        </h1>
        <p class="lead">{say.t('unfollow.means', { count: member.size })}</p>
        <Form page={page} action={`${memberPath(member.memberId)}/unfollow`} failure={failure}>
          <p class="actions">
            <button type="submit" class="danger">
              {say.t('members.unfollow')}
            </button>
            <a href={localPath(page, '/members')}>{say.t('unfollow.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
  )
}
