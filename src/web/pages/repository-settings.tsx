import type { FC } from 'hono/jsx'

import { LONGEST_REASON } from '../../features/letters/index.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { Millis } from '../../kernel/time.ts'
import { Choice, Field, Form, Select, Submit } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { RepositoryFrame, type RepositoryHead } from '../components/repository-frame.tsx'
import { Ago, Identifier, Written } from '../components/text.tsx'
import { foreignText } from '../foreign-text.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { repositoryPath } from '../paths.ts'
import { VisibilityChoice } from './new-repository.tsx'

/** The forms of a repository's settings. */
export type RepositorySettingsForm = 'access' | 'requests' | 'move' | 'delete'

/** Somebody who asked to read the repository. */
export interface AccessRequestEntry {
  readonly id: string
  /** An account’s name, or a pseudonym, `@` and the handle of the member whose person it is. */
  readonly name: string
  readonly fullName: string
  /** Null for a person of this node. */
  readonly memberId: string | null
  readonly role: 'person' | 'operator'
  readonly purpose: string
  readonly contact: string | null
  readonly status: 'pending' | 'accepted' | 'rejected'
  readonly askedAt: Millis
}

/** What an administrator may change about a repository. */
export interface RepositorySettingsView {
  readonly head: RepositoryHead
  /** Where it may be moved to. */
  readonly namespaces: readonly string[]
  /** Waiting or let in, oldest first. */
  readonly requests: readonly AccessRequestEntry[]
}

/** What came of the form that was just sent. */
export interface RepositorySettingsOutcome {
  readonly refused: { readonly form: RepositorySettingsForm; readonly failure: Failure } | null
  readonly isSaved: boolean
}

/** Of what somebody wrote elsewhere. */
const MOST_CHARACTERS = 1000

interface PageProps {
  readonly page: PageContext
  readonly view: RepositorySettingsView
  readonly outcome: RepositorySettingsOutcome
}

/** Who may see it, where it is, and its end. */
export const RepositorySettingsPage: FC<PageProps> = (props) => {
  const { page, view, outcome } = props
  return (
    <RepositoryFrame page={page} head={view.head} tab="settings" title={page.say.t('tab.settings')}>
      {outcome.isSaved && <Notice tone="good">{page.say.t('repositorySettings.saved')}</Notice>}
      <div class="columns even">
        <Access {...props} />
        <Requests {...props} />
        <Move {...props} />
        <Delete {...props} />
      </div>
      <p>
        <a href={localPath(page, `${repositoryPath(view.head)}/public-good`)}>
          {page.say.t('publicGood.offer')}
        </a>
      </p>
    </RepositoryFrame>
  )
}

function refusalOf(outcome: RepositorySettingsOutcome, form: RepositorySettingsForm): Failure | null {
  return outcome.refused?.form === form ? outcome.refused.failure : null
}

const Access: FC<PageProps> = ({ page, view, outcome }) => {
  const { say } = page
  return (
    <section aria-labelledby="access">
      <h2 id="access">{say.t('repositorySettings.access')}</h2>
      <Form
        page={page}
        action={`${repositoryPath(view.head)}/settings/access`}
        failure={refusalOf(outcome, 'access')}
      >
        <VisibilityChoice page={page} value={view.head.visibility} />
        <Choice
          name="gated"
          label={say.t('repositorySettings.files')}
          value={view.head.gated}
          options={[
            { value: 'no', words: say.t('gated.no'), meaning: say.t('gated.noMeans') },
            { value: 'auto', words: say.t('gated.auto'), meaning: say.t('gated.autoMeans') },
            { value: 'manual', words: say.t('gated.manual'), meaning: say.t('gated.manualMeans') },
          ]}
        />
        <Submit tone="second">{say.t('action.save')}</Submit>
      </Form>
    </section>
  )
}

const Requests: FC<PageProps> = (props) => {
  const { page, view, outcome } = props
  const { say } = page
  const refused = refusalOf(outcome, 'requests')
  return (
    <section aria-labelledby="requests">
      <h2 id="requests">{say.t('requests.title')}</h2>
      {refused && <Notice tone="danger">{say.failure(refused)}</Notice>}
      {view.requests.length === 0 ? (
        <p class="empty">{say.t('requests.none')}</p>
      ) : (
        <ul class="news">
          {view.requests.map((request) => (
            <Request {...props} request={request} />
          ))}
        </ul>
      )}
    </section>
  )
}

const Request: FC<PageProps & { readonly request: AccessRequestEntry }> = ({ page, view, request }) => {
  const { say } = page
  const { name, fullName, memberId, role, purpose, contact, status, askedAt } = request
  return (
    <li>
      <p>
        <Identifier name={name} /> <span class="badge">{say.t(`access.status.${status}`)}</span>
      </p>
      <p class="quiet">
        {memberId === null ? (
          <bdi>{fullName}</bdi>
        ) : (
          say.t(`requests.from.${role}`, { name: foreignText(fullName, MOST_CHARACTERS) })
        )}{' '}
        · <Ago page={page} at={askedAt} />
      </p>
      {purpose !== '' && (
        <p>
          <Written>{foreignText(purpose, MOST_CHARACTERS)}</Written>
        </p>
      )}
      {contact !== null && (
        <p>
          {say.t('requests.contact')} <Written>{foreignText(contact, MOST_CHARACTERS)}</Written>
        </p>
      )}
      <div class="actions">
        {status === 'pending' && <Grant page={page} view={view} request={request} />}
        <Refuse page={page} view={view} request={request} />
      </div>
    </li>
  )
}

interface AnswerProps {
  readonly page: PageContext
  readonly view: RepositorySettingsView
  readonly request: AccessRequestEntry
}

/** Who is answered, and what. */
const AnswerFields: FC<AnswerProps & { readonly status: 'accepted' | 'rejected' }> = ({
  page,
  request,
  status,
}) => (
  <>
    <input type="hidden" name="csrf" value={page.csrf} />
    <input type="hidden" name="request" value={request.id} />
    <input type="hidden" name="status" value={status} />
  </>
)

const Grant: FC<AnswerProps> = (props) => {
  const { page, view, request } = props
  const word = page.say.t('requests.accepted')
  return (
    <form method="post" action={localPath(page, `${repositoryPath(view.head)}/settings/requests`)}>
      <AnswerFields {...props} status="accepted" />
      <button type="submit" class="small" aria-label={`${word}: ${request.name}`}>
        {word}
      </button>
    </form>
  )
}

/** Refuses, or ends what was granted; the person reads why, if anything is said. */
const Refuse: FC<AnswerProps> = (props) => {
  const { page, view, request } = props
  const { say } = page
  const word = say.t(request.status === 'accepted' ? 'requests.end' : 'requests.rejected')
  const id = `reason-${request.id}`
  return (
    <details>
      <summary aria-label={`${word}: ${request.name}`}>{word}</summary>
      <form
        class="form"
        method="post"
        action={localPath(page, `${repositoryPath(view.head)}/settings/requests`)}
      >
        <AnswerFields {...props} status="rejected" />
        <div class="field">
          <label for={id}>{say.t('requests.reason')}</label>
          <input
            id={id}
            name="reason"
            type="text"
            maxlength={LONGEST_REASON}
            autocomplete="off"
            dir="auto"
            aria-describedby={`hint-${id}`}
          />
          <p class="quiet" id={`hint-${id}`}>
            {say.t('requests.reasonHint')}
          </p>
        </div>
        <p>
          <button type="submit" class="small danger">
            {word}
          </button>
        </p>
      </form>
    </details>
  )
}

const Move: FC<PageProps> = ({ page, view, outcome }) => {
  const { say } = page
  const [namespace = '', name = ''] = view.head.id.split('/')
  return (
    <section aria-labelledby="move">
      <h2 id="move">{say.t('repositorySettings.move')}</h2>
      <p>{say.t('repositorySettings.moveMeans')}</p>
      <Form
        page={page}
        action={`${repositoryPath(view.head)}/settings/move`}
        failure={refusalOf(outcome, 'move')}
      >
        <Select
          name="namespace"
          label={say.t('new.namespace')}
          value={namespace}
          options={view.namespaces.map((each) => ({ value: each, words: each }))}
        />
        <Field name="name" label={say.t('new.name')} value={name} isLatin />
        <Submit tone="second">{say.t('repositorySettings.moveSubmit')}</Submit>
      </Form>
    </section>
  )
}

const Delete: FC<PageProps> = ({ page, view, outcome }) => {
  const { say } = page
  return (
    <section aria-labelledby="delete">
      <h2 id="delete">{say.t('repositorySettings.delete')}</h2>
      <p>{say.t('repositorySettings.deleteMeans')}</p>
      <Form
        page={page}
        action={`${repositoryPath(view.head)}/settings/delete`}
        failure={refusalOf(outcome, 'delete')}
      >
        <Field
          name="confirmation"
          label={say.t('repositorySettings.typeName')}
          hint={<Identifier name={view.head.id} />}
          isLatin
        />
        <Submit tone="danger">{say.t('repositorySettings.delete')}</Submit>
      </Form>
    </section>
  )
}
