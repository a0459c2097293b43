import type { FC } from 'hono/jsx'

import type { AssociationId } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { associationPath } from '../paths.ts'

/** An association in the list. */
export interface AssociationEntry {
  readonly id: AssociationId
  readonly name: string
  readonly purpose: string
  readonly memberCount: number
  /** Null while its founding is not complete. */
  readonly since: Millis | null
}

/** Every association that is known here. */
export const AssociationsPage: FC<{
  readonly page: PageContext
  readonly associations: readonly AssociationEntry[]
  /** Whether one was just proposed. */
  readonly isDone: boolean
}> = ({ page, associations, isDone }) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('associations.title')}>
      <h1>{say.t('associations.title')}</h1>
      <p class="lead">{say.t('associations.about')}</p>
      {isDone && <Notice tone="good">{say.t('association.done')}</Notice>}
      {associations.length === 0 && <p class="empty">{say.t('associations.none')}</p>}
      <ul class="plain-list block">
        {associations.map((association) => (
          <Entry page={page} association={association} />
        ))}
      </ul>
      {page.viewer !== null && (
        <p class="actions">
          <a class="button" href={localPath(page, '/associations/new')}>
            {say.t('founding.title')}
          </a>
        </p>
      )}
    </Layout>
  )
}

const Entry: FC<{ readonly page: PageContext; readonly association: AssociationEntry }> = ({
  page,
  association: { id, name, purpose, memberCount, since },
}) => (
  <li>
    <p>
      <a class="strong" href={localPath(page, associationPath(id))}>
        <bdi>{foreignText(name, 200)}</bdi>
      </a>
    </p>
    <p>
      <bdi>{foreignText(purpose, 200)}</bdi>
    </p>
    <p class="quiet">
      {page.say.t('associations.size', { count: page.say.number(memberCount) })} ·{' '}
      {since === null
        ? page.say.t('association.founding')
        : page.say.t('association.since', { date: page.say.date(since) })}
    </p>
  </li>
)
