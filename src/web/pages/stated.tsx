import type { Child, FC, PropsWithChildren } from 'hono/jsx'

import type { Draft, Noun, StatedThing, Unfit } from '../../features/capacity/index.ts'
import type { Colour } from '../../kernel/colour.ts'
import type { MemberId } from '../../kernel/names.ts'
import { momentOf } from '../../kernel/time.ts'
import { CAPACITY_KINDS, type PublicRecord } from '../../records/index.ts'
import { Select } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Meter } from '../components/meter.tsx'
import { Notice } from '../components/notice.tsx'
import { Pagination } from '../components/pagination.tsx'
import { RecordFields } from '../components/record-fields.tsx'
import type { Speaker } from '../components/statement.tsx'
import { countriesInOrder } from '../countries.ts'
import { foreignText } from '../foreign-text.ts'
import { describeRefusal } from '../matching-words.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { memberPath, recordPath, statedListPath, statedPath, statingPath, withQuery } from '../paths.ts'
import { text } from '../stating-form.ts'
import { describeAmount } from '../vocabulary.ts'

/** Whose words they are. */
export interface StatedBy {
  readonly memberId: MemberId
  readonly name: string
  readonly colour: Colour
}

/** Something stated, with who stated it and how much of it nobody has agreed on yet. */
export interface StatedEntry {
  readonly thing: StatedThing
  readonly by: StatedBy
  /** Of a need or an offer; null of others. */
  readonly left: number | null
}

/** By what a list is narrowed; empty for everything. */
export interface StatedFilter {
  readonly kind: string
  readonly country: string
  /** A member's id. */
  readonly of: string
}

export interface StatedListView {
  readonly noun: Noun
  readonly entries: readonly StatedEntry[]
  readonly current: number
  readonly last: number
  readonly filter: StatedFilter
  /** Whoever stated one, to choose from. */
  readonly members: readonly StatedBy[]
  /** Countries that a need here names. */
  readonly countries: readonly string[]
  /** Forms that the visitor's members have begun. */
  readonly drafts: readonly Draft[]
  readonly mayState: boolean
}

/** An offer beside a need, or a need beside an offer, both of one kind. */
export interface Counterpart extends StatedEntry {
  /** Why the offer is not for the need; null when it is. */
  readonly unfit: Unfit | null
  /** Whether the visitor may speak for its member. */
  readonly isOwn: boolean
}

export interface StatedView extends StatedEntry {
  readonly record: PublicRecord
  readonly speaker: Speaker
  /** Whether the visitor may change and withdraw it. */
  readonly isOwn: boolean
  /** Whether the visitor may answer or ask for it in the name of another member. */
  readonly mayAnswer: boolean
  /** The latest first, at most {@link MOST_COUNTERPARTS}; none of what is no need and no offer. */
  readonly counterparts: readonly Counterpart[]
}

const NAME = 200

/** As many as one page names. */
export const MOST_COUNTERPARTS = 40

/** All of a kind that are in force, with ways to narrow them. */
export const StatedListPage: FC<{
  readonly page: PageContext
  readonly view: StatedListView
  readonly isDone: boolean
}> = ({ page, view, isDone }) => {
  const { say } = page
  const { noun, entries, current, last, filter, drafts } = view
  return (
    <Layout page={page} title={say.t(`stated.title.${noun}`)}>
      <h1>{say.t(`stated.title.${noun}`)}</h1>
      <p class="lead">{say.t(`stated.about.${noun}`)}</p>
      {isDone && <Notice tone="good">{say.t('stated.done')}</Notice>}
      {view.mayState && (
        <p class="actions">
          <a class="button" href={localPath(page, statingPath(noun))}>
            {say.t(`stating.title.${noun}`)}
          </a>
        </p>
      )}
      <Drafts page={page} drafts={drafts} />
      <Filters page={page} view={view} />
      {entries.length === 0 && <p class="empty">{say.t('stated.none')}</p>}
      <ul class="entries">
        {entries.map((entry) => (
          <Entry page={page} entry={entry} />
        ))}
      </ul>
      <Pagination
        page={page}
        current={current}
        last={last}
        path={withQuery(statedListPath(noun), { ...filter })}
      />
    </Layout>
  )
}

const Drafts: FC<{ readonly page: PageContext; readonly drafts: readonly Draft[] }> = ({ page, drafts }) => {
  const { say } = page
  if (drafts.length === 0) return null
  return (
    <section class="block" aria-labelledby="drafts">
      <h2 id="drafts">{say.t('stated.drafts')}</h2>
      <ul class="plain-list">
        {drafts.map(({ id, noun, fields, updatedAt }) => (
          <li>
            <a href={localPath(page, withQuery(statingPath(noun), { draft: id }))}>
              <bdi>
                {foreignText(text(fields, 'title') || text(fields, 'name'), NAME) || say.t('stated.untitled')}
              </bdi>
            </a>{' '}
            <span class="quiet">{say.relative(Math.min(updatedAt, page.now), page.now)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** Nothing to narrow where there is nothing. */
const Filters: FC<{ readonly page: PageContext; readonly view: StatedListView }> = ({ page, view }) => {
  const { say } = page
  const { noun, filter, members, countries } = view
  const isNarrowed = Object.values(filter).some((value) => value !== '')
  if (members.length < 2 && !isNarrowed) return null
  const everything = { value: '', words: say.t('stated.all') }
  const named = countriesInOrder(say).filter(({ code }) => countries.includes(code))
  return (
    <details class="narrowing" open={isNarrowed}>
      <summary>{say.t('stated.narrow')}</summary>
      <form class="form" action={localPath(page, statedListPath(noun))}>
        {noun !== 'group' && (
          <Select
            name="kind"
            label={say.t('said.field.capacityKind')}
            value={filter.kind}
            options={[
              everything,
              ...CAPACITY_KINDS.map((value) => ({ value, words: say.t(`capacity.kind.${value}`) })),
            ]}
          />
        )}
        {noun === 'need' && (
          <Select
            name="country"
            label={say.t('said.field.country')}
            value={filter.country}
            options={[everything, ...named.map(({ code, name }) => ({ value: code, words: name }))]}
          />
        )}
        <Select
          name="of"
          label={say.t('association.member')}
          value={filter.of}
          options={[
            everything,
            ...members.map(({ memberId, name }) => ({ value: memberId, words: foreignText(name, NAME) })),
          ]}
        />
        <p>
          <button type="submit" class="second">
            {say.t('stated.show')}
          </button>
        </p>
      </form>
    </details>
  )
}

const Entry: FC<PropsWithChildren<{ readonly page: PageContext; readonly entry: StatedEntry }>> = ({
  page,
  entry,
  children,
}) => (
  <li>
    <p class="strong">
      <a href={localPath(page, statedPath(entry.thing.noun, entry.thing.stated.id))}>
        <bdi>{foreignText(titleOf(entry.thing), NAME)}</bdi>
      </a>
    </p>
    <p>{measureOf(page, entry)}</p>
    <p class="quiet">
      <ByWords by={entry.by} /> · {asideOf(page, entry.thing)}
    </p>
    {children}
  </li>
)

const ByWords: FC<{ readonly by: StatedBy }> = ({ by: { memberId, colour, name } }) => (
  <>
    <Mark memberId={memberId} colour={colour} />
    <bdi>{foreignText(name, NAME)}</bdi>
  </>
)

/** One of a kind: what it says, whose it is, how it stands, and what may be done with it. */
export const StatedPage: FC<{
  readonly page: PageContext
  readonly view: StatedView
  readonly isDone: boolean
}> = ({ page, view, isDone }) => {
  const { say } = page
  const { thing, by, record, speaker } = view
  const { noun, stated } = thing
  const title = foreignText(titleOf(thing), NAME)
  return (
    <Layout page={page} title={title}>
      <p class="back">
        <a href={localPath(page, statedListPath(noun))}>{say.t(`stated.title.${noun}`)}</a>
      </p>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <p>
        <Mark memberId={by.memberId} colour={by.colour} />
        <a href={localPath(page, memberPath(by.memberId))}>
          <bdi>{foreignText(by.name, NAME)}</bdi>
        </a>
      </p>
      <p class="lead">{measureOf(page, { ...view, left: null })}</p>
      <p class="standing">{asideOf(page, thing)}</p>
      {isDone && <Notice tone="good">{say.t('stated.done')}</Notice>}
      <State page={page} thing={thing} />
      <Openness page={page} view={view} />
      <p dir="auto" class="preserved card">
        {foreignText(proseOf(thing), 2000)}
      </p>
      <Acts page={page} view={view} />
      <Counterparts page={page} view={view} />
      <section class="block" aria-labelledby="words">
        <h2 id="words">{say.t('stated.words')}</h2>
        <RecordFields page={page} speaker={speaker} record={record} />
        <p>
          <a href={localPath(page, recordPath(stated.place.origin, stated.place.index))}>
            {say.t('stated.proof')}
          </a>
        </p>
      </section>
    </Layout>
  )
}

const State: FC<{ readonly page: PageContext; readonly thing: StatedThing }> = ({ page, thing }) => {
  const { say } = page
  const { noun, stated } = thing
  switch (stated.state) {
    case 'open':
      return null
    case 'withdrawn':
      return <Notice tone="caution">{say.t('stated.withdrawn')}</Notice>
    case 'replaced':
      return (
        <Notice tone="caution">
          {say.t('stated.replaced')}{' '}
          {stated.replacedBy !== null && (
            <a href={localPath(page, statedPath(noun, stated.replacedBy))}>{say.t('stated.newer')}</a>
          )}
        </Notice>
      )
  }
}

/** How much of it was agreed on, as a bar with the words beside it. */
const Openness: FC<{ readonly page: PageContext; readonly view: StatedView }> = ({
  page: { say },
  view: { thing, left },
}) => {
  if (left === null || thing.noun === 'group' || thing.stated.state !== 'open') return null
  const { amount, unit } = thing.stated.body
  if (left === amount) return <p>{say.t('stated.untouched')}</p>
  return (
    <div class="promise">
      <p>
        {say.t('stated.left', {
          left: say.number(left),
          amount: describeAmount(say, unit, amount),
        })}
      </p>
      <Meter share={(amount - left) / amount} tone="good" />
    </div>
  )
}

/** What fits, and why the rest does not. */
const Counterparts: FC<{ readonly page: PageContext; readonly view: StatedView }> = ({
  page,
  view,
}): Child => {
  const { say } = page
  const { noun, stated } = view.thing
  if ((noun !== 'need' && noun !== 'offer') || stated.state !== 'open') return null
  const fitting = view.counterparts.filter(({ unfit }) => unfit === null)
  const others = view.counterparts.filter(({ unfit }) => unfit !== null)
  return (
    <section class="block" aria-labelledby="fits">
      <h2 id="fits">{say.t(`stated.fits.${noun}`)}</h2>
      {fitting.length === 0 && <p class="empty">{say.t('stated.nothingFits')}</p>}
      <ul class="entries">
        {fitting.map((entry) => (
          <Entry page={page} entry={entry}>
            {(view.isOwn || entry.isOwn) && (
              <p>
                <a href={localPath(page, agreementOf(view, entry))}>{say.t('stated.agree')}</a>
              </p>
            )}
          </Entry>
        ))}
      </ul>
      {others.length > 0 && (
        <details>
          <summary>{say.t(`stated.unfit.${noun}`, { count: others.length })}</summary>
          <ul class="left-out">
            {others.map((entry) => (
              <Unfitting page={page} view={view} entry={entry} />
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

const Unfitting: FC<{
  readonly page: PageContext
  readonly view: StatedView
  readonly entry: Counterpart
}> = ({ page, view, entry: { thing, unfit } }): Child => {
  if (!unfit) return null
  const offer = foreignText(titleOf(view.thing.noun === 'offer' ? view.thing : thing), NAME)
  const reason =
    unfit.reason === 'groupUnknown'
      ? page.say.t('stated.groupUnknown', { offer })
      : describeRefusal(page.say, offer, { ...unfit, text: foreignText(unfit.text ?? '', 300) })
  return (
    <li>
      {thing.noun === 'need' && (
        <>
          <bdi>{foreignText(titleOf(thing), NAME)}</bdi>:{' '}
        </>
      )}
      <a href={localPath(page, statedPath(thing.noun, thing.stated.id))}>{reason}</a>
    </li>
  )
}

function agreementOf({ thing }: StatedView, entry: StatedEntry): string {
  const ids = { [thing.noun]: thing.stated.id, [entry.thing.noun]: entry.thing.stated.id }
  return withQuery('/agreements/new', ids)
}

const Acts: FC<{ readonly page: PageContext; readonly view: StatedView }> = ({ page, view }): Child => {
  const { say } = page
  const { noun, stated } = view.thing
  if (stated.state !== 'open') return null
  return (
    <p class="actions">
      {view.mayAnswer && (noun === 'need' || noun === 'offer') && (
        <a class="button" href={localPath(page, withQuery('/agreements/new', { [noun]: stated.id }))}>
          {say.t(`stated.answer.${noun}`)}
        </a>
      )}
      {view.isOwn && (
        <a
          class="button second"
          href={localPath(page, withQuery(statingPath(noun), { replaces: stated.id }))}
        >
          {say.t('stated.change')}
        </a>
      )}
      {view.isOwn && (
        <a href={localPath(page, `${statedPath(noun, stated.id)}/withdraw`)}>{say.t('stated.withdraw')}</a>
      )}
    </p>
  )
}

function titleOf(thing: StatedThing): string {
  return thing.noun === 'group' ? thing.stated.body.name : thing.stated.body.title
}

function proseOf(thing: StatedThing): string {
  switch (thing.noun) {
    case 'need':
      return thing.stated.body.purpose
    case 'offer':
    case 'pledge':
      return thing.stated.body.description
    case 'group':
      return thing.stated.body.source
  }
}

/** How much it is about, in one line. */
function measureOf({ say }: PageContext, { thing, left }: StatedEntry): string {
  if (thing.noun === 'group') return say.t('stated.countries', { count: thing.stated.body.countries.length })
  const { unit, amount } = thing.stated.body
  const whole = describeAmount(say, unit, amount)
  return left === null || left === amount
    ? whole
    : say.t('stated.left', { left: say.number(left), amount: whole })
}

/** Where, what for, until when: as far as it says. */
function asideOf({ say }: PageContext, thing: StatedThing): string {
  const until = (day: string | undefined) =>
    day === undefined ? [] : [say.t('stated.until', { date: say.date(momentOf(day)) })]
  switch (thing.noun) {
    case 'need': {
      const { country, sector, until: day } = thing.stated.body
      return [say.countryName(country), say.t(`capacity.sector.${sector}`), ...until(day)].join(' · ')
    }
    case 'offer': {
      const { kind, location, until: day } = thing.stated.body
      const where = location === undefined ? [] : [say.countryName(location)]
      return [say.t(`capacity.kind.${kind}`), ...where, ...until(day)].join(' · ')
    }
    case 'pledge': {
      const { kind, until: day } = thing.stated.body
      return [say.t(`capacity.kind.${kind}`), ...until(day)].join(' · ')
    }
    case 'group': {
      const { source, asOf } = thing.stated.body
      return `${foreignText(source, NAME)} · ${say.t('stated.asOf', { date: say.date(momentOf(asOf)) })}`
    }
  }
}
