import type { FC } from 'hono/jsx'

import { fingerprint } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Millis } from '../../kernel/time.ts'
import { Fact } from '../components/fact.tsx'
import { Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { type RepositoryEntry, RepositoryList } from '../components/repository-list.tsx'
import { frozenReason, StandingWords } from '../components/standing.tsx'
import { inTheirWords, TermsFields, type TypedTerms } from '../components/terms-fields.tsx'
import { type TermsInForce, TermsWords } from '../components/terms-words.tsx'
import { Identifier } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { memberPath, safeHref } from '../paths.ts'
import { type MemberEntry, MemberFacts, nameOf } from './members.tsx'

/** What this node knows of one member. */
export interface MemberView {
  readonly member: MemberEntry
  /** The last twenty changed of each kind that stand here. */
  readonly models: readonly RepositoryEntry[]
  readonly datasets: readonly RepositoryEntry[]
  /** For operators, of a member that is followed. */
  readonly following: FollowingView | null
}

/** How following a member goes, as an operator sees it. */
export interface FollowingView extends TermsInForce {
  readonly since: Millis
  /** When its node was asked last without success; null while all is well. */
  readonly failedAt: Millis | null
  /** Where its log says that its node is now, and why that did not answer yet; null where that is known. */
  readonly stated: { readonly url: string; readonly failure: Failure | null } | null
  /** When its node is asked next; null where that is not known. */
  readonly nextAt: Millis | null
}

/** What came of the form that was just sent. */
export interface MemberOutcome {
  readonly done: 'terms' | 'retry' | 'asked' | null
  /** Why asking its node again failed. */
  readonly failure: Failure | null
}

interface MemberProps {
  readonly page: PageContext
  readonly view: MemberView
}

const QUIET: MemberOutcome = { done: null, failure: null }

/** A member of another node, as this one knows it; or one that is hosted here. */
export const MemberPage: FC<MemberProps & { readonly outcome?: MemberOutcome }> = ({
  page,
  view,
  outcome = QUIET,
}) => {
  const { say } = page
  const { member, following } = view
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
      {outcome.done && <Notice tone="good">{say.t(`member.done.${outcome.done}`)}</Notice>}
      {outcome.failure && <Notice tone="danger">{say.failure(outcome.failure)}</Notice>}
      {member.frozen !== null && (
        <Notice tone="danger">
          {say.t('member.frozenKept', { reason: frozenReason(page, member.frozen) })}
        </Notice>
      )}
      <MemberFacts page={page} member={member} />
      <About page={page} member={member} />
      {following && <Following page={page} member={member} view={following} />}
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
      {member.standing.kind !== 'hosted' && (
        <Fact
          name={say.t('member.followsUsTitle')}
          aside={member.isFollower ? undefined : say.t('member.takesNoRequests')}
        >
          {say.t(member.isFollower ? 'member.followsUs' : 'member.followsUsNot')}
        </Fact>
      )}
    </dl>
  )
}

const Following: FC<{
  readonly page: PageContext
  readonly member: MemberEntry
  readonly view: FollowingView
}> = ({ page, member, view }) => {
  const { say } = page
  return (
    <section class="block" aria-labelledby="terms">
      <h2 id="terms">{say.t('candidate.terms')}</h2>
      <Attempts page={page} member={member} view={view} />
      <TermsWords page={page} view={view} />
      <p class="actions">
        <a class="button" href={localPath(page, `${memberPath(member.memberId)}/terms`)}>
          {say.t('terms.change')}
        </a>
        <a class="button second" href={localPath(page, `${memberPath(member.memberId)}/unfollow`)}>
          {say.t('members.unfollow')}
        </a>
      </p>
    </section>
  )
}

/** When its node was asked in vain, and when it is asked again: by itself, or now. */
const Attempts: FC<{
  readonly page: PageContext
  readonly member: MemberEntry
  readonly view: FollowingView
}> = ({ page, member, view: { since, failedAt, nextAt, stated } }) => {
  const { say, now } = page
  return (
    <>
      <p class="quiet">
        {say.t('member.since', { date: say.date(since) })}
        {failedAt !== null && ` ${say.t('member.tried', { when: say.relative(failedAt, now) })}`}
        {nextAt !== null && ` ${say.t('member.next', { when: say.relative(Math.max(nextAt, now), now) })}`}
      </p>
      {stated && (
        <p>
          {say.t('member.stated', { address: foreignText(stated.url, 200) })}
          {stated.failure && ` ${say.failure(stated.failure)}`}
        </p>
      )}
      {failedAt !== null && member.frozen === null && (
        <Form page={page} action={`${memberPath(member.memberId)}/retry`}>
          <Submit tone="second">{say.t('member.tryNow')}</Submit>
        </Form>
      )}
    </>
  )
}

/** Asks on which terms a member is followed from now on. */
export const TermsPage: FC<{
  readonly page: PageContext
  readonly member: MemberEntry
  readonly terms: TypedTerms
  readonly failure: Failure | null
}> = ({ page, member, terms, failure }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('terms.change')}>
      <div class="narrow">
        <h1>
          <Words
            say={say}
            message="terms.title"
            values={{ member: nameOf(member) }}
            links={{ member: null }}
          />
        </h1>
        <p class="lead">{say.t('terms.lead')}</p>
        <Form
          page={page}
          action={`${memberPath(member.memberId)}/terms`}
          failure={inTheirWords(say, failure)}
        >
          <TermsFields page={page} typed={terms} refused={failure?.field ?? null} />
          <p class="quiet">{say.t('terms.bothWays')}</p>
          <p class="actions">
            <button type="submit">{say.t('terms.save')}</button>
            <a href={localPath(page, memberPath(member.memberId))}>{say.t('terms.no')}</a>
          </p>
        </Form>
      </div>
    </Layout>
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
