import type { FC } from 'hono/jsx'

import type { LedgerLine } from '../../features/capacity/index.ts'
import type { Sha256 } from '../../kernel/names.ts'
import { momentOf, type Millis } from '../../kernel/time.ts'
import type { CapacityKind, CapacityUnit, Country } from '../../records/index.ts'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Day, Written } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { agreementPath, memberPath } from '../paths.ts'
import { type LedgerView, LateLine, type NamedMember } from './ledger.tsx'

/** A need or an offer that stands open. */
export interface OpenEntry {
  readonly id: Sha256
  readonly title: string
  readonly kind: CapacityKind
  readonly unit: CapacityUnit
  /** What nobody has taken, or answered, yet. */
  readonly left: bigint
  readonly member: NamedMember
  /** Of a need: where it will be used. */
  readonly country: Country | null
  /** The last day, in UTC, where there is one. */
  readonly until: string | null
  /** Whether it answers something that is stated here. */
  readonly fits: boolean
}

/** Something that waits for a member hosted here. */
export type Ask =
  /** Another member has signed: it waits for our answer. */
  | { readonly kind: 'sign'; readonly agreement: Sha256; readonly title: string; readonly other: NamedMember }
  /** Another member says that it has delivered: it waits for our verdict. */
  | {
      readonly kind: 'judge'
      readonly agreement: Sha256
      readonly title: string
      readonly other: NamedMember
      readonly unit: CapacityUnit
      readonly amount: bigint
    }
  /** We owe it, and there is still time. */
  | {
      readonly kind: 'owe'
      readonly agreement: Sha256
      readonly title: string
      readonly other: NamedMember
      readonly unit: CapacityUnit
      readonly amount: bigint
      readonly due: string
    }

/** A round that is announced and has not been decided. */
export interface OpenRoundEntry {
  readonly id: Sha256
  readonly title: string
  readonly deadline: Millis
}

/** What needs and offers come to for the members hosted here. */
export interface OverviewView {
  /** The best first, at most six. */
  readonly offers: readonly OpenEntry[]
  readonly offerCount: number
  readonly needs: readonly OpenEntry[]
  readonly needCount: number
  readonly asks: readonly Ask[]
  /** What we owe and what we are owed, after its day. */
  readonly oursLate: readonly LedgerLine[]
  readonly theirsLate: readonly LedgerLine[]
  readonly rounds: readonly OpenRoundEntry[]
  readonly members: LedgerView['members']
  /** Forms that whoever looks has begun. */
  readonly drafts: number
  /** Whether whoever looks may speak for a member hosted here. */
  readonly maySpeak: boolean
}

interface Props {
  readonly page: PageContext
  readonly view: OverviewView
}

const TITLE = 120
/** More than these are on pages of their own. */
const MOST_ASKS = 8

/** The first page about needs and offers: what we can get, what is asked of us, what is late. */
export const OverviewPage: FC<Props> = ({ page, view }) => (
  <Layout page={page} title={page.say.t('frame.needs')}>
    <h1>{page.say.t('frame.needs')}</h1>
    <p class="lead">{page.say.t('overview.about')}</p>
    <AtAGlance page={page} view={view} />
    {view.maySpeak && <Begin page={page} drafts={view.drafts} />}
    <Late page={page} view={view} />
    <Asked page={page} view={view} />
    <CanGet page={page} view={view} />
    <Needed page={page} view={view} />
    <Rounds page={page} view={view} />
    <More page={page} />
  </Layout>
)

/** The three answers in numbers: each leads to its part of the page. */
const AtAGlance: FC<Props> = ({ page: { say }, view }) => {
  const late = view.oursLate.length + view.theirsLate.length
  const answers = [
    ['can-get', 'overview.count.get', view.offerCount, false],
    ['asked', 'overview.count.asked', view.asks.length, false],
    ['late', 'overview.count.late', late, late > 0],
  ] as const
  return (
    <ul class="glance plain-list">
      {answers.map(([id, words, count, isLate]) => (
        <li>
          <a href={`#${id}`} class={isLate ? 'late' : undefined}>
            <strong>{say.number(count)}</strong> {say.t(words, { count })}
          </a>
        </li>
      ))}
    </ul>
  )
}

const Begin: FC<{ readonly page: PageContext; readonly drafts: number }> = ({ page, drafts }) => {
  const { say } = page
  return (
    <p class="acts">
      <a class="button" href={localPath(page, '/needs/new')}>
        {say.t('overview.stateNeed')}
      </a>
      <a class="button second" href={localPath(page, '/offers/new')}>
        {say.t('overview.stateOffer')}
      </a>
      {drafts > 0 && (
        <a href={localPath(page, '/needs/drafts')}>{say.t('overview.drafts', { count: drafts })}</a>
      )}
    </p>
  )
}

const Late: FC<Props> = ({ page, view }) => {
  const { say } = page
  const { oursLate, theirsLate, members } = view
  return (
    <section class="block" aria-labelledby="late">
      <h2 id="late">{say.t('overview.late')}</h2>
      {oursLate.length + theirsLate.length === 0 && <p>{say.t('overview.nothingLate')}</p>}
      {oursLate.length > 0 && (
        <>
          <h3 class="late">{say.t('overview.oursLate')}</h3>
          <ul class="plain-list">
            {oursLate.slice(0, MOST_ASKS).map((line) => (
              <LateLine page={page} line={line} members={members} />
            ))}
          </ul>
        </>
      )}
      {theirsLate.length > 0 && (
        <>
          <h3>{say.t('overview.theirsLate')}</h3>
          <ul class="plain-list">
            {theirsLate.slice(0, MOST_ASKS).map((line) => (
              <LateLine page={page} line={line} members={members} />
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

const Asked: FC<Props> = ({ page, view }) => (
  <section class="block" aria-labelledby="asked">
    <h2 id="asked">{page.say.t('overview.asked')}</h2>
    {view.asks.length === 0 && <p>{page.say.t('overview.nothingAsked')}</p>}
    <ul class="plain-list asks">
      {view.asks.slice(0, MOST_ASKS).map((ask) => (
        <li>
          <AskWords page={page} ask={ask} />
        </li>
      ))}
    </ul>
    {view.asks.length > MOST_ASKS && (
      <p>
        <a href={localPath(page, '/agreements')}>
          {page.say.t('overview.moreAsks', { count: view.asks.length - MOST_ASKS })}
        </a>
      </p>
    )}
  </section>
)

const AskWords: FC<{ readonly page: PageContext; readonly ask: Ask }> = ({ page, ask }) => {
  const { say } = page
  const links = {
    agreement: localPath(page, agreementPath(ask.agreement)),
    member: localPath(page, memberPath(ask.other.memberId)),
  }
  const values = { title: foreignText(ask.title, TITLE), member: foreignText(ask.other.name, TITLE) }
  if (ask.kind === 'sign')
    return <Words say={say} message="overview.ask.sign" values={values} links={links} />
  const amount = say.t(`capacity.unit.${ask.unit}`, { count: Number(ask.amount) })
  if (ask.kind === 'judge')
    return <Words say={say} message="overview.ask.judge" values={{ ...values, amount }} links={links} />
  const date = say.date(momentOf(ask.due))
  return <Words say={say} message="overview.ask.owe" values={{ ...values, amount, date }} links={links} />
}

const CanGet: FC<Props> = ({ page, view: { offers, offerCount } }) => (
  <section class="block" aria-labelledby="can-get">
    <h2 id="can-get">{page.say.t('overview.canGet')}</h2>
    {offers.length === 0 && <p>{page.say.t('overview.noOffers')}</p>}
    <Entries page={page} entries={offers} path="/offers" />
    {offerCount > offers.length && (
      <p>
        <a href={localPath(page, '/offers/list')}>
          {page.say.t('overview.allOffers', { count: offerCount })}
        </a>
      </p>
    )}
  </section>
)

const Needed: FC<Props> = ({ page, view: { needs, needCount } }) => (
  <section class="block" aria-labelledby="needed">
    <h2 id="needed">{page.say.t('overview.needed')}</h2>
    {needs.length === 0 && <p>{page.say.t('overview.noNeeds')}</p>}
    <Entries page={page} entries={needs} path="/needs" />
    {needCount > needs.length && (
      <p>
        <a href={localPath(page, '/needs/list')}>{page.say.t('overview.allNeeds', { count: needCount })}</a>
      </p>
    )}
  </section>
)

const Entries: FC<{
  readonly page: PageContext
  readonly entries: readonly OpenEntry[]
  readonly path: '/needs' | '/offers'
}> = ({ page, entries, path }) => {
  const { say } = page
  return (
    <ul class="plain-list open-things">
      {entries.map(({ id, title, unit, left, member, country, until, fits }) => (
        <li>
          <a class="entry-title" href={localPath(page, `${path}/${id}`)}>
            <Written>{foreignText(title, TITLE)}</Written>
          </a>
          <div>
            <strong>{say.t(`capacity.unit.${unit}`, { count: Number(left) })}</strong>
            {fits && (
              <span class="tag">
                {' '}
                {say.t(path === '/offers' ? 'overview.fitsOffer' : 'overview.fitsNeed')}
              </span>
            )}
          </div>
          <div class="quiet">
            <Mark {...member} /> <Written>{foreignText(member.name, TITLE)}</Written>
            {country !== null && <> · {say.countryName(country)}</>}
            {until !== null && <> · {say.t('overview.until', { date: say.date(momentOf(until)) })}</>}
          </div>
        </li>
      ))}
    </ul>
  )
}

const Rounds: FC<Props> = ({ page, view: { rounds } }) =>
  rounds.length === 0 ? null : (
    <section class="block" aria-labelledby="rounds">
      <h2 id="rounds">{page.say.t('overview.rounds')}</h2>
      <ul class="plain-list">
        {rounds.map(({ id, title, deadline }) => (
          <li>
            <a href={localPath(page, `/rounds/${id}`)}>
              <Written>{foreignText(title, TITLE)}</Written>
            </a>{' '}
            <span class="quiet">
              {page.say.t('overview.deadline')} <Day page={page} at={deadline} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )

const PLACES = [
  ['/ledger', 'ledger.title'],
  ['/agreements', 'overview.agreements'],
  ['/rounds', 'overview.allRounds'],
  ['/benefits', 'benefits.title'],
  ['/groups', 'overview.groups'],
] as const

const More: FC<{ readonly page: PageContext }> = ({ page }) => (
  <nav class="block" aria-label={page.say.t('overview.more')}>
    <ul class="plain-list places">
      {PLACES.map(([path, words]) => (
        <li>
          <a href={localPath(page, path)}>{page.say.t(words)}</a>
        </li>
      ))}
    </ul>
  </nav>
)
