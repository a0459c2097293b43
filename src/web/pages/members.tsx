import type { FC } from 'hono/jsx'

import { fingerprint } from '../../features/follow/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { MemberId, Origin } from '../../kernel/names.ts'
import type { ClockDoubt } from '../../log/index.ts'
import { ClockNotice } from '../components/clock-notice.tsx'
import {
  FederationPicture,
  PictureLegend,
  type PictureTie,
  type PictureView,
} from '../components/federation-picture.tsx'
import { Check, Field, Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { Pagination } from '../components/pagination.tsx'
import { frozenReason, type Standing, StandingWords } from '../components/standing.tsx'
import { Ago, Identifier } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { logPath, memberPath, withQuery } from '../paths.ts'
import { describeOffer } from '../vocabulary.ts'

/** A member in the list. */
export interface MemberEntry {
  readonly memberId: MemberId
  /** Null of a follower that has not shown what it is called. */
  readonly handle: string | null
  /** In its own words; empty where they are not known. */
  readonly name: string
  readonly colour: Colour
  /** Where its node answers. */
  readonly url: string | null
  readonly standing: Standing
  /** Whether it follows this node. */
  readonly isFollower: boolean
  /** Its log, when it is here. */
  readonly origin: Origin | null
  /** Statements verified here. */
  readonly size: number
  /** Members that vouch for its log, as far as this node could check. */
  readonly witnesses: number
  /** Why nothing more is taken from its log. */
  readonly frozen: string | null
  /** Public repositories of it that stand here. */
  readonly models: number
  readonly datasets: number
}

/** A line of the table beside the picture. */
export interface TieEntry extends PictureTie {
  readonly fromName: string
  readonly toName: string
}

/** Whom this node knows. */
export interface MembersView {
  /** Fifteen to a page: those followed here, those that only follow, those that were followed. */
  readonly members: readonly MemberEntry[]
  readonly page: number
  readonly pages: number
  readonly picture: PictureView
  /** Ours first, then the newest; at most thirty. */
  readonly ties: readonly TieEntry[]
  readonly tieCount: number
  /** Why this node vouches for no log now; null where it does. */
  readonly clockDoubt: ClockDoubt | null
}

/** The forms of this page. */
export type MembersForm = 'look' | 'allow'

/** What came of the form that was just sent. */
export interface MembersOutcome {
  readonly refused: {
    readonly form: MembersForm
    readonly failure: Failure
    /** What was typed. */
    readonly url: string
    readonly handle: string
    readonly allowPrivate: boolean
  } | null
  readonly done: 'follow' | 'unfollow' | 'allow' | null
}

interface MembersProps {
  readonly page: PageContext
  readonly view: MembersView
  readonly outcome: MembersOutcome
}

const NAME = 120

/** Whom this node follows, who follows it, and how fresh all of it is. */
export const MembersPage: FC<MembersProps> = ({ page, view, outcome }) => {
  const { say } = page
  const isOperator = page.viewer?.isOperator === true
  return (
    <Layout page={page} title={say.t('frame.members')}>
      <h1>{say.t('frame.members')}</h1>
      <p class="lead">{say.t('members.about')}</p>
      <p>
        <a href={localPath(page, '/associations')}>{say.t('associations.title')}</a>
      </p>
      {outcome.done !== null && <Notice tone="good">{say.t(`members.done.${outcome.done}`)}</Notice>}
      {view.clockDoubt && <ClockNotice page={page} doubt={view.clockDoubt} />}
      {view.ties.length > 0 && <WhoFollowsWhom page={page} view={view} />}
      <MemberList page={page} view={view} isOperator={isOperator} />
      {isOperator && <LookForm page={page} outcome={outcome} />}
      {isOperator && <AllowForm page={page} outcome={outcome} />}
    </Layout>
  )
}

const WhoFollowsWhom: FC<{ readonly page: PageContext; readonly view: MembersView }> = ({ page, view }) => (
  <section class="block federation-section" aria-labelledby="who">
    <h2 id="who">{page.say.t('picture.title')}</h2>
    <div class="columns even">
      <div>
        <FederationPicture page={page} view={view.picture} />
        <PictureLegend page={page} />
        {view.picture.isThinned && <p class="quiet">{page.say.t('picture.thinned')}</p>}
      </div>
      <TieTable page={page} view={view} />
    </div>
  </section>
)

const TieTable: FC<{ readonly page: PageContext; readonly view: MembersView }> = ({ page, view }) => {
  const { say } = page
  const left = view.tieCount - view.ties.length
  return (
    <div>
      <table class="ties">
        <thead>
          <tr>
            <th scope="col">{say.t('picture.who')}</th>
            <th scope="col">{say.t('picture.follows')}</th>
            <th scope="col">{say.t('picture.copied')}</th>
          </tr>
        </thead>
        <tbody>
          {view.ties.map(({ fromName, toName, at }) => (
            <tr>
              <td>
                <bdi>{foreignText(fromName, 40)}</bdi>
              </td>
              <td>
                <bdi>{foreignText(toName, 40)}</bdi>
              </td>
              <td>
                {at === null ? say.t('picture.notYet') : <Ago page={page} at={Math.min(at, page.now)} />}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {left > 0 && <p class="quiet">{say.t('picture.more', { count: left })}</p>}
      <p class="quiet">{say.t('picture.known')}</p>
    </div>
  )
}

const MemberList: FC<{
  readonly page: PageContext
  readonly view: MembersView
  readonly isOperator: boolean
}> = ({ page, view, isOperator }) => (
  <section class="block" aria-labelledby="known">
    <h2 id="known">{page.say.t('members.known')}</h2>
    {view.members.length === 0 ? (
      <p class="empty">{page.say.t(isOperator ? 'members.noneYet' : 'members.none')}</p>
    ) : (
      <ul class="entries">
        {view.members.map((member) => (
          <MemberItem page={page} member={member} isOperator={isOperator} />
        ))}
      </ul>
    )}
    <Pagination page={page} current={view.page} last={view.pages} path="/members" />
  </section>
)

/** What a member is called: by itself, by its handle, else by its address or fingerprint. */
export function nameOf({ name, handle, url, memberId }: MemberEntry): string {
  return foreignText(name || (handle ?? url ?? fingerprint(memberId)), NAME)
}

const MemberItem: FC<{
  readonly page: PageContext
  readonly member: MemberEntry
  readonly isOperator: boolean
}> = ({ page, member, isOperator }) => {
  const { say } = page
  return (
    <li>
      <h3>
        <Mark memberId={member.memberId} colour={member.colour} />
        <a href={localPath(page, memberPath(member.memberId))}>
          <bdi>{nameOf(member)}</bdi>
        </a>{' '}
        {member.handle !== null && (
          <span class="quiet">
            <Identifier name={member.handle} />
          </span>
        )}
        {member.isFollower && <span class="badge">{say.t('member.followsUs')}</span>}
      </h3>
      <p>
        {member.frozen === null ? (
          <StandingWords page={page} standing={member.standing} />
        ) : (
          <strong class="removed">
            {say.t('member.frozen', { reason: frozenReason(page, member.frozen) })}
          </strong>
        )}
      </p>
      {member.standing.kind === 'follower' && <Stranger page={page} member={member} />}
      <MemberFacts page={page} member={member} />
      {isOperator && member.standing.kind === 'followed' && (
        <p class="actions">
          <a href={localPath(page, `${memberPath(member.memberId)}/unfollow`)}>{say.t('members.unfollow')}</a>
        </p>
      )}
    </li>
  )
}

/** Whose log is not here: others may go by the same name, nobody has the same fingerprint. */
const Stranger: FC<{ readonly page: PageContext; readonly member: MemberEntry }> = ({
  page: { say },
  member,
}) => (
  <p class="quiet">
    {say.t(member.handle === null ? 'member.unnamed' : 'member.namesItself')}{' '}
    <code dir="ltr" class="fingerprint">
      {fingerprint(member.memberId)}
    </code>
  </p>
)

/** How much of a member is here, and where to read it. */
export const MemberFacts: FC<{ readonly page: PageContext; readonly member: MemberEntry }> = ({
  page,
  member,
}) => {
  const { say } = page
  const { origin, size, witnesses, models, datasets } = member
  if (origin === null) return null
  const isWitnessOnly = member.standing.kind === 'followed' && member.standing.isWitnessOnly
  return (
    <p class="quiet">
      <a href={localPath(page, logPath(origin))}>{say.t('member.statements', { count: size })}</a>
      {' · '}
      {say.t('member.witnesses', { count: witnesses })}
      {models + datasets > 0 && (
        <>
          {' · '}
          <a href={localPath(page, `${memberPath(member.memberId)}#repositories`)}>
            {describeOffer(say, models, datasets)}
          </a>
        </>
      )}
      {isWitnessOnly && ` · ${say.t('member.isWitnessOnly')}`}
    </p>
  )
}

const LookForm: FC<{ readonly page: PageContext; readonly outcome: MembersOutcome }> = ({
  page,
  outcome,
}) => {
  const { say } = page
  const refused = outcome.refused?.form === 'look' ? outcome.refused : null
  const field = refused?.failure.field ?? 'url'
  const isPrivate = refused?.failure.reason === 'refusedAddress'
  return (
    <section class="block narrow" aria-labelledby="look">
      <h2 id="look">{say.t('members.follow')}</h2>
      <p>{say.t('members.followMeans')}</p>
      <Form page={page} action="/members/look" failure={refused?.failure ?? null}>
        <Field
          name="url"
          label={say.t('members.address')}
          hint={<bdi dir="ltr">https://hub.quito.example</bdi>}
          value={refused?.url ?? ''}
          isLatin
          isRefused={refused !== null && !isPrivate && field !== 'member'}
        />
        <Field
          name="handle"
          label={say.t('members.which')}
          hint={say.t('members.whichHint')}
          value={refused?.handle ?? ''}
          isLatin
          isOptional
          isRefused={field === 'member'}
        />
        <Check
          name="allowPrivate"
          label={say.t('members.private')}
          meaning={say.t('members.privateMeans')}
          isChecked={refused?.allowPrivate ?? false}
          isRefused={isPrivate}
        />
        <Submit>{say.t('members.look')}</Submit>
      </Form>
    </section>
  )
}

const AllowForm: FC<{ readonly page: PageContext; readonly outcome: MembersOutcome }> = ({
  page,
  outcome,
}) => {
  const { say } = page
  const refused = outcome.refused?.form === 'allow' ? outcome.refused : null
  return (
    <details class="block narrow" open={refused !== null}>
      <summary>{say.t('members.allow')}</summary>
      <p>{say.t('members.allowMeans')}</p>
      <Form page={page} action="/members/allow" failure={refused?.failure ?? null}>
        <Field
          name="follower"
          label={say.t('members.address')}
          value={refused?.url ?? ''}
          isLatin
          isRefused={refused !== null}
        />
        <Submit tone="second">{say.t('members.allowSubmit')}</Submit>
      </Form>
    </details>
  )
}

/** The list, after a form was carried out. */
export function membersAfter(done: Exclude<MembersOutcome['done'], null>): string {
  return withQuery('/members', { done })
}
