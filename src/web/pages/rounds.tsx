import type { FC } from 'hono/jsx'

import type { RoundEntry } from '../../features/capacity/index.ts'
import type { MemberId } from '../../kernel/names.ts'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { type RoundMember, RoundMemberName, stateWords } from '../components/round-words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { roundPath } from '../paths.ts'

export interface RoundsView {
  readonly entries: readonly RoundEntry[]
  readonly members: ReadonlyMap<MemberId, RoundMember>
  readonly mayAnnounce: boolean
}

const TITLE = 120

/** Every round that is known here, those that are still open first. */
export const RoundsPage: FC<{
  readonly page: PageContext
  readonly view: RoundsView
  readonly isDone: boolean
}> = ({ page, view: { entries, members, mayAnnounce }, isDone }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('rounds.title')}>
      <h1>{say.t('rounds.title')}</h1>
      <p class="lead">{say.t('rounds.about')}</p>
      {isDone && <Notice tone="good">{say.t('association.done')}</Notice>}
      {mayAnnounce && (
        <p class="actions">
          <a class="button" href={localPath(page, '/rounds/new')}>
            {say.t('rounds.new')}
          </a>
        </p>
      )}
      {entries.length === 0 && <p>{say.t('rounds.none')}</p>}
      <ul class="news">
        {entries.map(({ round, state }) => (
          <li>
            <a class="strong" href={localPath(page, roundPath(round.id))}>
              <bdi>{foreignText(round.body.title, TITLE)}</bdi>
            </a>
            <p>
              {say.t(`capacity.kind.${round.body.kind}`)} · {stateWords(page, state, round.body.deadline)}
            </p>
            <p class="quiet">
              {say.t('round.by')} <RoundMemberName page={page} memberId={round.memberId} members={members} />
            </p>
          </li>
        ))}
      </ul>
    </Layout>
  )
}
