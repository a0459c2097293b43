import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import { Command } from '../components/command.tsx'
import { Field, Form, Submit } from '../components/form.tsx'
import { KindChoice } from '../components/kind-choice.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { Ago, Identifier, Written } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'

/** What a person asked for, and what was answered. */
export interface SentRequestEntry {
  readonly id: string
  readonly kind: RepositoryKind
  /** `namespace/name` as it was typed. */
  readonly repository: string
  /** The member that decides. */
  readonly home: string
  readonly status: 'pending' | 'accepted' | 'rejected'
  readonly reason: string | null
  /** Why the other node has not taken it yet; null when nothing is known to be wrong. */
  readonly delay: string | null
  readonly askedAt: Millis
}

/** The form as it was last sent, or as a link filled it in. */
export interface AccessFields {
  readonly kind: RepositoryKind
  readonly repository: string
  readonly purpose: string
  readonly contact: string
}

interface AccessProps {
  readonly page: PageContext
  readonly fields: AccessFields
  readonly requests: readonly SentRequestEntry[]
  readonly failure: Failure | null
  readonly done: 'asked' | 'withdrawn' | null
}

/** Asking to read what is not for everybody, here or at another member; and what became of it. */
export const AccessPage: FC<AccessProps> = (props) => {
  const { page, done } = props
  const { say } = page
  return (
    <Layout page={page} title={say.t('access.title')}>
      <h1>{say.t('access.title')}</h1>
      <p class="lead">{say.t('access.what')}</p>
      {done && <Notice tone="good">{say.t(`access.done.${done}`)}</Notice>}
      <div class="columns even">
        <AskForm {...props} />
        <SentRequests {...props} />
      </div>
    </Layout>
  )
}

const AskForm: FC<AccessProps> = ({ page, fields, failure }) => {
  const { say } = page
  return (
    <section aria-labelledby="ask">
      <h2 id="ask">{say.t('access.ask')}</h2>
      <Form page={page} action="/access" failure={failure}>
        <KindChoice page={page} value={fields.kind} />
        <Field
          name="repository"
          label={say.t('access.repository')}
          hint={say.t('access.repositoryHint')}
          value={fields.repository}
          isLatin
        />
        <Field
          name="purpose"
          label={say.t('access.purpose')}
          hint={say.t('access.purposeHint')}
          value={fields.purpose}
        />
        <Field
          name="contact"
          label={say.t('access.contact')}
          hint={say.t('access.contactHint')}
          value={fields.contact}
          isOptional
        />
        <Submit>{say.t('access.submit')}</Submit>
      </Form>
      <p class="quiet">{say.t('access.told')}</p>
    </section>
  )
}

const SentRequests: FC<AccessProps> = ({ page, requests }) => {
  const { say } = page
  return (
    <section aria-labelledby="requests">
      <h2 id="requests">{say.t('access.yours')}</h2>
      {requests.length === 0 ? (
        <p class="empty">{say.t('access.none')}</p>
      ) : (
        <ul class="news">
          {requests.map((request) => (
            <SentRequest page={page} request={request} />
          ))}
        </ul>
      )}
    </section>
  )
}

const SentRequest: FC<{ readonly page: PageContext; readonly request: SentRequestEntry }> = ({
  page,
  request,
}) => {
  const { say } = page
  const { id, kind, repository, home, status, reason, delay, askedAt } = request
  return (
    <li>
      <p>
        <Identifier name={repository} /> <span class="badge">{say.t(`access.status.${status}`)}</span>
      </p>
      <p class="quiet">
        {say.t('access.askedOf', { name: foreignText(home, 200) })} <Ago page={page} at={askedAt} />
      </p>
      {status === 'pending' && delay !== null && (
        <p>
          {delay === 'senderNotFollowed'
            ? say.t('access.notFollowed', { name: foreignText(home, 200), address: page.address })
            : say.t('access.onItsWay')}
        </p>
      )}
      {reason !== null && (
        <p>
          <Written>{foreignText(reason, 500)}</Written>
        </p>
      )}
      {status === 'accepted' && (
        <>
          <p>{say.t('access.how')}</p>
          <Command page={page} text={fetchLines(page.address, kind, repository)} />
        </>
      )}
      <form method="post" action={localPath(page, `/access/${id}/withdraw`)}>
        <input type="hidden" name="csrf" value={page.csrf} />
        <button
          type="submit"
          class="small second"
          aria-label={say.t('access.withdrawNamed', { name: repository })}
        >
          {say.t('access.withdraw')}
        </button>
      </form>
    </li>
  )
}

function fetchLines(address: string, kind: RepositoryKind, repository: string): string {
  const type = kind === 'dataset' ? ' --repo-type dataset' : ''
  return `export HF_ENDPOINT=${address}\nhf download ${repository}${type}`
}
