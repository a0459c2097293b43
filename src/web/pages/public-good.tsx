import type { FC } from 'hono/jsx'

import type { Copy } from '../../features/follow/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Origin } from '../../kernel/names.ts'
import { isoTime, type Millis } from '../../kernel/time.ts'
import { Field, Form, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { Shares } from '../components/shares.tsx'
import { Ago, Identifier, Written } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { recordPath, repositoryPath, type RepositoryReference } from '../paths.ts'
import { describeLicence } from '../vocabulary.ts'

/** A promise and what is known of its keeping. */
export interface Promised {
  readonly repository: RepositoryReference
  /** The name of whoever promises. */
  readonly member: string
  readonly licence: string
  readonly holders: number
  /** The last moment. */
  readonly until: Millis
  /** Copies that count now. */
  readonly verified: number
  readonly standing: 'over' | 'kept' | 'short'
  /** `origin` is null while no log here has the statement. */
  readonly statement: { readonly origin: Origin | null; readonly position: number }
  readonly copies: readonly Copy[]
}

/** What is promised of one repository. */
export interface PublicGoodView {
  readonly head: RepositoryHead
  readonly promised: Promised | null
  /** Whether a promise was made that no log has taken up yet. */
  readonly isWaiting: boolean
  readonly mayPromise: boolean
  /** What its card says. */
  readonly licence: string
}

/** A form that was refused, as it was filled in. */
export interface RefusedPromise {
  readonly failure: Failure
  readonly licence: string
  readonly holders: string
  readonly until: string
}

interface PageProps {
  readonly page: PageContext
  readonly view: PublicGoodView
  readonly refused: RefusedPromise | null
}

interface PromisedProps {
  readonly page: PageContext
  readonly promised: Promised
}

const NAME = 120

/** Who promises a repository to everybody, until when, and who really holds it. */
export const PublicGoodPage: FC<PageProps> = ({ page, view, refused }) => {
  const { say } = page
  const { head, promised, isWaiting, mayPromise } = view
  return (
    <RepositoryFrame page={page} head={head} tab={null} title={say.t('publicGood.title')}>
      <h2>{say.t('publicGood.title')}</h2>
      {isWaiting && <Notice tone="caution">{say.t('publicGood.waiting')}</Notice>}
      {promised && <Kept page={page} promised={promised} />}
      {!promised && !isWaiting && <p class="empty">{say.t('publicGood.nothing')}</p>}
      {mayPromise && <Offer page={page} view={view} refused={refused} />}
    </RepositoryFrame>
  )
}

const Kept: FC<PromisedProps> = ({ page, promised }) => {
  const { say } = page
  const { statement } = promised
  return (
    <div class="promise">
      <p class="lead">
        <Promise page={page} promised={promised} />
      </p>
      <Standing page={page} promised={promised} />
      <Copies page={page} promised={promised} />
      <p class="quiet">{say.t('publicGood.means')}</p>
      {statement.origin !== null && (
        <p>
          <a href={localPath(page, recordPath(statement.origin, statement.position))}>
            {say.t('publicGood.statement')}
          </a>
        </p>
      )}
    </div>
  )
}

const Promise: FC<PromisedProps> = ({ page: { say }, promised }) => (
  <Words
    say={say}
    message="publicGood.promised"
    values={{
      member: foreignText(promised.member, NAME),
      licence: describeLicence(say, promised.licence).name,
      count: promised.holders,
      date: say.date(promised.until),
    }}
    links={{ member: null }}
  />
)

/** The picture, with its words. */
const Standing: FC<PromisedProps> = ({ page: { say }, promised }) => {
  const { standing, verified, holders, until } = promised
  if (standing === 'over')
    return <Notice tone="caution">{say.t('publicGood.over', { date: say.date(until) })}</Notice>
  return (
    <>
      <Shares filled={verified} of={holders} tone={standing === 'kept' ? 'good' : 'caution'} />
      <p>{say.t('publicGood.copies', { verified: say.number(verified), holders })}</p>
    </>
  )
}

const Copies: FC<PromisedProps> = ({ page, promised }) => {
  const { say } = page
  if (promised.copies.length === 0) return <p class="empty">{say.t('publicGood.unknown')}</p>
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{say.t('publicGood.holder')}</th>
          <th scope="col">{say.t('publicGood.found')}</th>
          <th scope="col">{say.t('publicGood.when')}</th>
        </tr>
      </thead>
      <tbody>
        {promised.copies.map((copy) => (
          <tr>
            <td>
              <Written>{foreignText(copy.name, NAME)}</Written>
              {copy.isHome && <span class="badge">{say.t('publicGood.isHome')}</span>}
              {copy.isHere && <span class="badge">{say.t('publicGood.isHere')}</span>}
            </td>
            <td>{say.t(`publicGood.state.${copy.state}`)}</td>
            <td>
              <Ago page={page} at={copy.checkedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const Offer: FC<PageProps> = ({ page, view, refused }) => {
  const { say } = page
  const { promised } = view
  const field = refused?.failure.field
  return (
    <section class="block" aria-labelledby="offer">
      <h3 id="offer">{say.t(promised ? 'publicGood.change' : 'publicGood.offer')}</h3>
      <p>{say.t('publicGood.permanent')}</p>
      <Form
        page={page}
        action={`${repositoryPath(view.head)}/public-good`}
        failure={refused?.failure ?? null}
      >
        <Field
          name="licence"
          label={say.t('publicGood.licence')}
          value={refused?.licence ?? promised?.licence ?? view.licence}
          isLatin
          isRefused={field === 'licence'}
        />
        <Field
          name="holders"
          label={say.t('publicGood.holders')}
          value={refused?.holders ?? String(promised?.holders ?? 3)}
          type="number"
          isLatin
          isRefused={field === 'holders'}
        />
        <Field
          name="until"
          label={say.t('publicGood.lastDay')}
          value={refused?.until ?? dayOf(promised)}
          type="date"
          isLatin
          isRefused={field === 'until'}
        />
        <Submit>{say.t('publicGood.submit')}</Submit>
      </Form>
    </section>
  )
}

function dayOf(promised: Promised | null): string {
  return promised ? isoTime(promised.until).slice(0, 10) : ''
}

/** All that is promised by members known here. */
export const PublicGoodsPage: FC<{ readonly page: PageContext; readonly promises: readonly Promised[] }> = ({
  page,
  promises,
}) => {
  const { say } = page
  return (
    <Layout page={page} title={say.t('publicGood.list')}>
      <h1>{say.t('publicGood.list')}</h1>
      <p class="lead">{say.t('publicGood.listLead')}</p>
      {promises.length === 0 && <p class="empty">{say.t('publicGood.none')}</p>}
      <ul class="entries">
        {promises.map((promised) => (
          <li>
            <h2>
              <a href={localPath(page, `${repositoryPath(promised.repository)}/public-good`)}>
                <Identifier name={promised.repository.id} />
              </a>
            </h2>
            <p>
              <Promise page={page} promised={promised} />
            </p>
            <Standing page={page} promised={promised} />
          </li>
        ))}
      </ul>
    </Layout>
  )
}
