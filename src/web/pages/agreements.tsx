import type { FC } from 'hono/jsx'

import type { AgreementState } from '../../features/capacity/index.ts'
import type { Millis } from '../../kernel/time.ts'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { nameOf, type Party } from '../components/party.tsx'
import { Ago } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { agreementPath, draftPath } from '../paths.ts'

/** An agreement in a list. */
export interface AgreementEntry {
  readonly id: string
  readonly title: string
  readonly parties: readonly [Party, Party]
  readonly state: AgreementState
  readonly isOverdue: boolean
  readonly time: Millis
  /** What the visitor is asked to say, in the name of a member that they speak for. */
  readonly waits: readonly ('sign' | 'judge')[]
  /** Whether the visitor speaks for a party. */
  readonly isMine: boolean
}

/** A draft in a list. */
export interface DraftEntry {
  readonly id: string
  /** Handle of the hosted member. */
  readonly as: string
  readonly title: string
  readonly other: Party
  readonly state: 'written' | 'sent' | 'received'
  readonly changedAt: Millis
}

export interface AgreementsView {
  /** The newest first. */
  readonly agreements: readonly AgreementEntry[]
  readonly drafts: readonly DraftEntry[]
  /** Whether the visitor speaks for a member. */
  readonly maySpeak: boolean
}

/** As many as a light page has room for. */
const MOST = 60
const TITLE = 120

/** What waits for the visitor, what is late, and every agreement that is known. */
export const AgreementsPage: FC<{
  readonly page: PageContext
  readonly view: AgreementsView
  readonly isDone: boolean
}> = ({ page, view: { agreements, drafts, maySpeak }, isDone }) => {
  const { say } = page
  const waiting = agreements.filter(({ waits }) => waits.length > 0)
  const late = agreements.filter(({ isOverdue, isMine }) => isOverdue && (isMine || !maySpeak))
  return (
    <Layout page={page} title={say.t('agreements.title')}>
      <h1>{say.t('agreements.title')}</h1>
      <p class="lead">{say.t('agreements.about')}</p>
      {isDone && <Notice tone="good">{say.t('agreement.done')}</Notice>}
      {maySpeak && (
        <section class="block" aria-labelledby="waiting">
          <h2 id="waiting">{say.t('agreements.waiting')}</h2>
          {waiting.length === 0 && <p class="quiet">{say.t('agreements.nothingWaits')}</p>}
          <List page={page} agreements={waiting} />
        </section>
      )}
      <section class="block" aria-labelledby="late">
        <h2 id="late">{say.t('agreements.late')}</h2>
        {late.length === 0 && <p class="quiet">{say.t('agreements.nothingLate')}</p>}
        <List page={page} agreements={late} />
      </section>
      {maySpeak && <Drafts page={page} drafts={drafts} />}
      <section class="block" aria-labelledby="all">
        <h2 id="all">{say.t('agreements.all')}</h2>
        {agreements.length === 0 && <p class="empty">{say.t('agreements.none')}</p>}
        <List page={page} agreements={agreements.slice(0, MOST)} />
        {agreements.length > MOST && (
          <p class="quiet">{say.t('record.more', { count: agreements.length - MOST })}</p>
        )}
      </section>
    </Layout>
  )
}

const List: FC<{ readonly page: PageContext; readonly agreements: readonly AgreementEntry[] }> = ({
  page,
  agreements,
}) =>
  agreements.length === 0 ? null : (
    <ul class="news">
      {agreements.map((entry) => (
        <Entry page={page} entry={entry} />
      ))}
    </ul>
  )

const Entry: FC<{ readonly page: PageContext; readonly entry: AgreementEntry }> = ({
  page,
  entry: { id, title, parties, state, isOverdue, time, waits },
}) => {
  const { say } = page
  const [first, second] = parties
  return (
    <li>
      <p>
        <a class="strong" href={localPath(page, agreementPath(id))}>
          <bdi>{foreignText(title, TITLE)}</bdi>
        </a>
        <span class="badge">{say.t(`agreement.state.${state}`)}</span>
        {isOverdue && <span class="badge late">{say.t('agreement.overdue')}</span>}
      </p>
      <p class="quiet">
        {say.t('agreement.between', { first: nameOf(first), second: nameOf(second) })} ·{' '}
        <Ago page={page} at={time} />
      </p>
      {waits.map((what) => (
        <p>{say.t(`agreements.waits.${what}`)}</p>
      ))}
    </li>
  )
}

const Drafts: FC<{ readonly page: PageContext; readonly drafts: readonly DraftEntry[] }> = ({
  page,
  drafts,
}) => {
  const { say } = page
  return (
    <section class="block" aria-labelledby="drafts">
      <h2 id="drafts">{say.t('agreements.drafts')}</h2>
      <p class="quiet">{say.t('agreements.draftsAbout')}</p>
      {drafts.length > 0 && (
        <ul class="news">
          {drafts.slice(0, MOST).map(({ id, as, title, other, state, changedAt }) => (
            <li>
              <p>
                <a class="strong" href={localPath(page, draftPath(id, as))} rel="nofollow">
                  <bdi>{foreignText(title, TITLE)}</bdi>
                </a>
                <span class="badge">{say.t(`agreementDraft.state.${state}`)}</span>
              </p>
              <p class="quiet">
                <bdi>{nameOf(other)}</bdi> · <Ago page={page} at={changedAt} />
              </p>
            </li>
          ))}
        </ul>
      )}
      <p class="actions">
        <a class="button" href={localPath(page, '/agreements/new')}>
          {say.t('agreements.new')}
        </a>
      </p>
    </section>
  )
}
