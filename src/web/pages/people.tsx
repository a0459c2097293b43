import type { FC } from 'hono/jsx'

import type { Failure } from '../../kernel/failure.ts'
import type { Millis } from '../../kernel/time.ts'
import { Command } from '../components/command.tsx'
import { Field, Form, Select, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Notice } from '../components/notice.tsx'
import { Identifier } from '../components/text.tsx'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath } from '../paths.ts'

export type Role = 'read' | 'write' | 'admin'

/** A person as an operator sees them. */
export interface PersonEntry {
  readonly name: string
  readonly fullName: string
  readonly isOperator: boolean
  /** Whether they have chosen a password. */
  readonly hasPassword: boolean
}

/** An organisation and who belongs to it. */
export interface OrganisationEntry {
  readonly name: string
  readonly fullName: string
  readonly members: readonly { readonly name: string; readonly fullName: string; readonly role: Role }[]
}

/** Everybody on this node. */
export interface PeopleView {
  readonly people: readonly PersonEntry[]
  readonly organisations: readonly OrganisationEntry[]
}

/** The forms of this page. */
export type PeopleForm = 'person' | 'organisation' | 'member' | 'link' | 'operator' | 'delete'

/** What came of the form that was just sent. */
export interface PeopleOutcome {
  readonly refused: { readonly form: PeopleForm; readonly failure: Failure } | null
  readonly done: PeopleForm | null
  /** A one-time link just made: shown this once. `url` is absolute. */
  readonly link: { readonly name: string; readonly url: string; readonly expiresAt: Millis } | null
}

interface PeopleProps {
  readonly page: PageContext
  readonly view: PeopleView
  readonly outcome: PeopleOutcome
}

/** People and organisations, for operators. */
export const PeoplePage: FC<PeopleProps> = (props) => {
  const { page, outcome } = props
  const { say } = page
  return (
    <Layout page={page} title={say.t('frame.people')}>
      <h1>{say.t('frame.people')}</h1>
      {outcome.refused && <Notice tone="danger">{say.failure(outcome.refused.failure)}</Notice>}
      {outcome.link && <FreshLink page={page} link={outcome.link} />}
      {outcome.done && !outcome.link && <Notice tone="good">{say.t('people.done')}</Notice>}
      <div class="columns even">
        <People {...props} />
        <NewPerson {...props} />
        <Organisations {...props} />
        <NewOrganisation {...props} />
      </div>
    </Layout>
  )
}

const FreshLink: FC<{ readonly page: PageContext; readonly link: NonNullable<PeopleOutcome['link']> }> = ({
  page,
  link,
}) => (
  <section class="fresh">
    <Notice tone="good">
      {page.say.t('people.link', { name: link.name, date: page.say.date(link.expiresAt) })}
    </Notice>
    <Command page={page} text={link.url} />
  </section>
)

const People: FC<PeopleProps> = ({ page, view }) => (
  <section aria-labelledby="people">
    <h2 id="people">{page.say.t('count.people', { count: view.people.length })}</h2>
    <ul class="news">
      {view.people.map((person) => (
        <PersonItem page={page} person={person} />
      ))}
    </ul>
  </section>
)

const PersonItem: FC<{ readonly page: PageContext; readonly person: PersonEntry }> = ({ page, person }) => {
  const { say } = page
  return (
    <li>
      <p>
        <a class="strong" href={localPath(page, accountPath(person.name))}>
          <bdi>{person.fullName || person.name}</bdi>
        </a>{' '}
        <span class="quiet">
          <Identifier name={person.name} />
        </span>
        {person.isOperator && <span class="badge">{say.t('people.operator')}</span>}
        {!person.hasPassword && <span class="badge">{say.t('people.noPassword')}</span>}
      </p>
      <div class="actions">
        <form method="post" action={localPath(page, `/people/${person.name}/link`)}>
          <input type="hidden" name="csrf" value={page.csrf} />
          <button
            type="submit"
            class="small second"
            aria-label={say.t('people.makeLinkFor', { name: person.name })}
          >
            {say.t('people.makeLink')}
          </button>
        </form>
        <OperatorSwitch page={page} person={person} />
        {person.name !== page.viewer?.name && <DeletePerson page={page} name={person.name} />}
      </div>
    </li>
  )
}

const OperatorSwitch: FC<{ readonly page: PageContext; readonly person: PersonEntry }> = ({
  page,
  person,
}) => (
  <form method="post" action={localPath(page, `/people/${person.name}/operator`)}>
    <input type="hidden" name="csrf" value={page.csrf} />
    <input type="hidden" name="isOperator" value={person.isOperator ? 'no' : 'yes'} />
    <button type="submit" class="small second">
      {page.say.t(person.isOperator ? 'people.endOperator' : 'people.makeOperator')}
    </button>
  </form>
)

const DeletePerson: FC<{ readonly page: PageContext; readonly name: string }> = ({ page, name }) => (
  <details class="small">
    <summary>{page.say.t('people.delete')}</summary>
    <Form page={page} action={`/people/${name}/delete`}>
      <p>{page.say.t('people.deleteMeans', { name })}</p>
      <Submit tone="danger">{page.say.t('people.deleteNamed', { name })}</Submit>
    </Form>
  </details>
)

const NewPerson: FC<PeopleProps> = ({ page }) => {
  const { say } = page
  return (
    <section aria-labelledby="new-person">
      <h2 id="new-person">{say.t('people.add')}</h2>
      <p>{say.t('people.addHow')}</p>
      <Form page={page} action="/people">
        <Field name="name" label={say.t('field.name')} hint={say.t('field.nameHint')} isLatin />
        <Field name="fullName" label={say.t('field.fullName')} isOptional />
        <label class="check">
          <input type="checkbox" name="isOperator" value="yes" />
          <span>{say.t('people.asOperator')}</span>
        </label>
        <Submit>{say.t('people.add')}</Submit>
      </Form>
    </section>
  )
}

const Organisations: FC<PeopleProps> = ({ page, view }) => (
  <section aria-labelledby="organisations">
    <h2 id="organisations">{page.say.t('people.organisations')}</h2>
    {view.organisations.length === 0 && <p class="quiet">{page.say.t('people.noOrganisations')}</p>}
    {view.organisations.map((organisation) => (
      <OrganisationItem page={page} organisation={organisation} people={view.people} />
    ))}
  </section>
)

const OrganisationItem: FC<{
  readonly page: PageContext
  readonly organisation: OrganisationEntry
  readonly people: readonly PersonEntry[]
}> = ({ page, organisation, people }) => {
  const { say } = page
  return (
    <details class="organisation">
      <summary>
        <bdi class="strong">{organisation.fullName || organisation.name}</bdi>{' '}
        <span class="quiet">{say.t('count.people', { count: organisation.members.length })}</span>
      </summary>
      <ul class="plain-list">
        {organisation.members.map((member) => (
          <li>
            <bdi>{member.fullName || member.name}</bdi>{' '}
            <span class="quiet">{say.t(`role.${member.role}`)}</span>
          </li>
        ))}
      </ul>
      <Form page={page} action={`/people/organisations/${organisation.name}/members`}>
        <div class="row">
          <label>
            <span>{say.t('people.person')}</span>
            <select name="person">
              {people.map((person) => (
                <option value={person.name}>{person.name}</option>
              ))}
            </select>
          </label>
          <label>
            <span>{say.t('people.role')}</span>
            <select name="role">
              {(['read', 'write', 'admin'] as const).map((role) => (
                <option value={role}>{say.t(`role.${role}`)}</option>
              ))}
              <option value="none">{say.t('role.none')}</option>
            </select>
          </label>
          <button type="submit" class="second">
            {say.t('action.save')}
          </button>
        </div>
      </Form>
    </details>
  )
}

const NewOrganisation: FC<PeopleProps> = ({ page, view }) => {
  const { say } = page
  return (
    <section aria-labelledby="new-organisation">
      <h2 id="new-organisation">{say.t('people.addOrganisation')}</h2>
      <Form page={page} action="/people/organisations">
        <Field
          name="organisation"
          label={say.t('people.organisationId')}
          hint={say.t('field.nameHint')}
          isLatin
        />
        <Field name="organisationName" label={say.t('people.organisationName')} isOptional />
        <Select
          name="owner"
          label={say.t('people.owner')}
          value={page.viewer?.name ?? ''}
          options={view.people.map((person) => ({ value: person.name, words: person.name }))}
        />
        <Submit tone="second">{say.t('people.addOrganisation')}</Submit>
      </Form>
    </section>
  )
}
