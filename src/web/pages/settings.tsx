import type { FC } from 'hono/jsx'

import { type Colour, COLOURS } from '../../kernel/colour.ts'
import type { Failure } from '../../kernel/failure.ts'
import type { MemberId } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Country } from '../../records/index.ts'
import { Command } from '../components/command.tsx'
import { Choice, Field, Form, Select, Submit } from '../components/form.tsx'
import { Layout } from '../components/layout.tsx'
import { Mark } from '../components/mark.tsx'
import { Notice } from '../components/notice.tsx'
import { Ago, Day, Identifier } from '../components/text.tsx'
import { Words } from '../components/words.tsx'
import { countriesInOrder } from '../countries.ts'
import { LOCALE_NAMES, LOCALES } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { accountPath } from '../paths.ts'

/** A token as its owner sees it afterwards. */
export interface TokenEntry {
  readonly id: string
  readonly displayName: string
  readonly scope: 'read' | 'write' | 'limited'
  /** The repositories of a limited token: `namespace/name`. */
  readonly repositories: readonly string[]
  readonly createdAt: Millis
  readonly lastUsedAt: Millis | null
}

/** The forms of the settings page, for saying which one was refused or done. */
export type SettingsForm = 'profile' | 'password' | 'token' | 'language' | 'colour' | 'country'

/** What a person may change about themselves. */
export interface SettingsView {
  readonly name: string
  readonly fullName: string
  readonly organisations: readonly {
    readonly name: string
    readonly fullName: string
    readonly role: 'read' | 'write' | 'admin'
  }[]
  readonly tokens: readonly TokenEntry[]
  /** Members hosted here, for operators; empty for everybody else. */
  readonly members: readonly HostedEntry[]
}

/** A member hosted here, and in which colour it is drawn. */
export interface HostedEntry {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  readonly colour: Colour
  /** Null while it has not said where it is. */
  readonly country: Country | null
}

/** What came of the form that was just sent. */
export interface SettingsOutcome {
  readonly refused: { readonly form: SettingsForm; readonly failure: Failure } | null
  readonly done: SettingsForm | null
  /** A token just created: shown this once. */
  readonly fresh: { readonly displayName: string; readonly token: string } | null
}

interface SettingsProps {
  readonly page: PageContext
  readonly view: SettingsView
  readonly outcome: SettingsOutcome
}

/** Profile, language, password, tokens. */
export const SettingsPage: FC<SettingsProps> = (props) => {
  const { page, view, outcome } = props
  const { say } = page
  return (
    <Layout page={page} title={say.t('frame.settings')}>
      <h1>{say.t('frame.settings')}</h1>
      {outcome.fresh && <FreshToken page={page} fresh={outcome.fresh} />}
      {outcome.done && <Notice tone="good">{say.t(`settings.done.${outcome.done}`)}</Notice>}
      <Tokens {...props} />
      <NewToken {...props} />
      <div class="columns even">
        <Profile {...props} />
        <Password {...props} />
        <Language {...props} />
        <section aria-labelledby="access">
          <h2 id="access">{say.t('access.title')}</h2>
          <p>
            <a href={localPath(page, '/access')}>{say.t('access.yours')}</a>
          </p>
        </section>
        {view.organisations.length > 0 && <Organisations page={page} view={view} />}
        {view.members.map((member) => (
          <>
            <Place page={page} member={member} outcome={outcome} />
            <Looks page={page} member={member} outcome={outcome} />
          </>
        ))}
      </div>
    </Layout>
  )
}

function refusalOf(outcome: SettingsOutcome, form: SettingsForm): Failure | null {
  return outcome.refused?.form === form ? outcome.refused.failure : null
}

const FreshToken: FC<{
  readonly page: PageContext
  readonly fresh: NonNullable<SettingsOutcome['fresh']>
}> = ({ page, fresh }) => (
  <section class="fresh">
    <Notice tone="good">{page.say.t('tokens.fresh', { name: fresh.displayName })}</Notice>
    <Command page={page} text={fresh.token} />
    <p>{page.say.t('tokens.freshHow')}</p>
    <Command page={page} text={`export HF_ENDPOINT=${page.address}\nexport HF_TOKEN=${fresh.token}`} />
  </section>
)

const Tokens: FC<SettingsProps> = ({ page, view }) => {
  const { say } = page
  return (
    <section class="block" aria-labelledby="tokens">
      <h2 id="tokens">{say.t('tokens.title')}</h2>
      <p>{say.t('tokens.what')}</p>
      {view.tokens.length === 0 ? (
        <p class="empty">{say.t('tokens.none')}</p>
      ) : (
        <ul class="news">
          {view.tokens.map((token) => (
            <TokenItem page={page} token={token} />
          ))}
        </ul>
      )}
    </section>
  )
}

const TokenItem: FC<{ readonly page: PageContext; readonly token: TokenEntry }> = ({ page, token }) => {
  const { say } = page
  return (
    <li class="with-action">
      <div>
        <p>
          <bdi class="strong">{token.displayName}</bdi> · {say.t(`tokens.scope.${token.scope}`)}
        </p>
        {token.repositories.length > 0 && (
          <p>
            {token.repositories.map((id) => (
              <>
                <Identifier name={id} />{' '}
              </>
            ))}
          </p>
        )}
        <p class="quiet">
          {say.t('tokens.created')} <Day page={page} at={token.createdAt} /> ·{' '}
          {token.lastUsedAt === null ? (
            say.t('tokens.neverUsed')
          ) : (
            <>
              {say.t('tokens.lastUsed')} <Ago page={page} at={token.lastUsedAt} />
            </>
          )}
        </p>
      </div>
      <form method="post" action={localPath(page, `/settings/tokens/${token.id}/revoke`)}>
        <input type="hidden" name="csrf" value={page.csrf} />
        <button
          type="submit"
          class="danger"
          aria-label={say.t('tokens.revokeNamed', { name: token.displayName })}
        >
          {say.t('tokens.revoke')}
        </button>
      </form>
    </li>
  )
}

const NewToken: FC<SettingsProps> = ({ page, outcome }) => {
  const { say } = page
  return (
    <section class="block narrow" aria-labelledby="new-token">
      <h2 id="new-token">{say.t('tokens.new')}</h2>
      <Form page={page} action="/settings/tokens" failure={refusalOf(outcome, 'token')}>
        <Field name="displayName" label={say.t('tokens.name')} hint={say.t('tokens.nameHint')} />
        <Choice
          name="scope"
          label={say.t('tokens.scope')}
          value="read"
          options={[
            { value: 'read', words: say.t('tokens.scope.read'), meaning: say.t('tokens.scopeMeans.read') },
            { value: 'write', words: say.t('tokens.scope.write'), meaning: say.t('tokens.scopeMeans.write') },
            {
              value: 'limited',
              words: say.t('tokens.scope.limited'),
              meaning: say.t('tokens.scopeMeans.limited'),
            },
          ]}
        />
        <Field
          name="repositories"
          label={say.t('tokens.repositories')}
          hint={say.t('tokens.repositoriesHint')}
          isOptional
          isLatin
        />
        <Submit>{say.t('tokens.create')}</Submit>
      </Form>
    </section>
  )
}

const Profile: FC<SettingsProps> = ({ page, view, outcome }) => (
  <section aria-labelledby="profile">
    <h2 id="profile">{page.say.t('settings.profile')}</h2>
    <p>
      {page.say.t('field.name')}: <Identifier name={view.name} />
    </p>
    <Form page={page} action="/settings/profile" failure={refusalOf(outcome, 'profile')}>
      <Field
        name="fullName"
        label={page.say.t('field.fullName')}
        value={view.fullName}
        autocomplete="name"
        isOptional
      />
      <Submit tone="second">{page.say.t('action.save')}</Submit>
    </Form>
  </section>
)

const Password: FC<SettingsProps> = ({ page, outcome }) => (
  <section aria-labelledby="password">
    <h2 id="password">{page.say.t('settings.password')}</h2>
    <Form page={page} action="/settings/password" failure={refusalOf(outcome, 'password')}>
      <Field
        name="current"
        label={page.say.t('field.currentPassword')}
        type="password"
        autocomplete="current-password"
        isLatin
      />
      <Field
        name="next"
        label={page.say.t('field.newPassword')}
        hint={page.say.t('field.passwordHint')}
        type="password"
        autocomplete="new-password"
        isLatin
      />
      <Submit tone="second">{page.say.t('settings.changePassword')}</Submit>
    </Form>
  </section>
)

const Language: FC<SettingsProps> = ({ page }) => (
  <section aria-labelledby="language">
    <h2 id="language">{page.say.t('settings.language')}</h2>
    <Form page={page} action="/settings/language">
      <Select
        name="language"
        label={page.say.t('settings.languageOf')}
        value={page.say.locale}
        options={LOCALES.map((locale) => ({ value: locale, words: LOCALE_NAMES[locale] }))}
      />
      <Submit tone="second">{page.say.t('action.save')}</Submit>
    </Form>
  </section>
)

const Organisations: FC<{ readonly page: PageContext; readonly view: SettingsView }> = ({ page, view }) => (
  <section aria-labelledby="organisations">
    <h2 id="organisations">{page.say.t('settings.organisations')}</h2>
    <ul class="plain-list">
      {view.organisations.map((organisation) => (
        <li>
          <a href={localPath(page, accountPath(organisation.name))}>
            <bdi>{organisation.fullName || organisation.name}</bdi>
          </a>{' '}
          <span class="quiet">{page.say.t(`role.${organisation.role}`)}</span>
        </li>
      ))}
    </ul>
  </section>
)

/** Where a member is: who benefits is counted by it. */
const Place: FC<{
  readonly page: PageContext
  readonly member: HostedEntry
  readonly outcome: SettingsOutcome
}> = ({ page, member: { handle, name, country }, outcome }) => {
  const { say } = page
  const countries = countriesInOrder(say).map(({ code, name: words }) => ({ value: code, words }))
  const unsaid = { value: '', words: say.t('settings.noCountry') }
  return (
    <section aria-labelledby={`country-${handle}`}>
      <h2 id={`country-${handle}`}>
        <Words say={say} message="settings.countryOf" values={{ member: name }} links={{ member: null }} />
      </h2>
      <p>{say.t('settings.countryMeans')}</p>
      <Form page={page} action="/settings/country" failure={refusalOf(outcome, 'country')}>
        <input type="hidden" name="member" value={handle} />
        <Select
          name="country"
          label={say.t('settings.country')}
          options={country === null ? [unsaid, ...countries] : countries}
          value={country ?? ''}
        />
        <Submit tone="second">{say.t('action.save')}</Submit>
      </Form>
    </section>
  )
}

/** In which colour a member is drawn: on its own pages, and wherever it is followed. */
const Looks: FC<{
  readonly page: PageContext
  readonly member: HostedEntry
  readonly outcome: SettingsOutcome
}> = ({ page, member: { memberId, handle, name, colour }, outcome }) => {
  const { say } = page
  return (
    <section aria-labelledby={`colour-${handle}`}>
      <h2 id={`colour-${handle}`}>
        <Words say={say} message="settings.looksOf" values={{ member: name }} links={{ member: null }} />
      </h2>
      <p>{say.t('settings.looksMean')}</p>
      <Form page={page} action="/settings/colour" failure={refusalOf(outcome, 'colour')}>
        <input type="hidden" name="member" value={handle} />
        <fieldset class="choice colours">
          <legend>{say.t('settings.colour')}</legend>
          {COLOURS.map((each) => (
            <label>
              <input type="radio" name="colour" value={each} checked={each === colour} />
              <span>
                <Mark memberId={memberId} colour={each} />
                {say.t(`colour.${each}`)}
              </span>
            </label>
          ))}
        </fieldset>
        <Submit tone="second">{say.t('action.save')}</Submit>
      </Form>
    </section>
  )
}
