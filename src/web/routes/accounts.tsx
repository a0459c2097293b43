import { Hono } from 'hono'

import { type Scope, sessionSecretIn } from '../../features/accounts/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { Colour } from '../../kernel/colour.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { Handle, Name, RepositoryId } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { Country } from '../../records/index.ts'
import { isLocale } from '../i18n/index.ts'
import { ChoosePasswordPage } from '../pages/choose-password.tsx'
import { RecoveryKeysPage } from '../pages/recovery-keys.tsx'
import { SetUpPage } from '../pages/set-up.tsx'
import { SettingsPage, type SettingsForm, type SettingsOutcome } from '../pages/settings.tsx'
import { SignInPage } from '../pages/sign-in.tsx'
import { withQuery } from '../paths.ts'
import {
  dropSession,
  goTo,
  keepLanguage,
  keepSession,
  open,
  receive,
  show,
  showRefusal,
  type Fields,
  type Opened,
  type SiteContext,
} from './request.tsx'

/** Getting in and out, the first set-up, and a person's own settings. */
export function accountRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/sign-in', async (c) => {
    const { page } = await open(site, c, true)
    const view = { name: '', from: localTarget(c.req.query('from')), failure: null }
    return page.viewer === null ? show(c, <SignInPage page={page} view={view} />) : goTo(c, page, view.from)
  })
  routes.post('/sign-in', (c) => signIn(site, c))
  routes.post('/sign-out', (c) => signOut(site, c))

  routes.get('/set-up/:key', (c) => showSetUp(site, c, c.req.param('key')))
  routes.post('/set-up/:key', (c) => setUp(site, c, c.req.param('key')))
  routes.get('/password/:key', (c) => showChoosePassword(site, c, c.req.param('key')))
  routes.post('/password/:key', (c) => choosePassword(site, c, c.req.param('key')))

  routes.get('/settings', async (c) => {
    const opened = await open(site, c)
    const done = SETTINGS_FORMS.find((form) => form === c.req.query('done')) ?? null
    return drawSettings(c, opened, { refused: null, done, fresh: null })
  })
  routes.post('/settings/tokens', (c) => createToken(site, c))
  routes.post('/settings/tokens/:id/revoke', (c) =>
    change(site, c, 'token', ({ visit }) => visit.accounts.revokeToken(c.req.param('id'))),
  )
  routes.post('/settings/profile', (c) =>
    change(site, c, 'profile', ({ visit }, fields) => visit.accounts.rename(fields.text('fullName'))),
  )
  routes.post('/settings/password', (c) =>
    change(site, c, 'password', ({ visit, page }, fields) =>
      changePassword(site, c, { visit, page }, fields),
    ),
  )
  routes.post('/settings/colour', (c) =>
    change(site, c, 'colour', ({ visit }, fields) => {
      const colour = Colour.safeParse(fields.text('colour'))
      return colour.success
        ? visit.accounts.setColour(fields.text('member'), colour.data)
        : Promise.resolve(fail(failure('invalidField', { field: 'colour' }, 'colour')))
    }),
  )
  routes.post('/settings/country', (c) =>
    change(site, c, 'country', ({ visit }, fields) => {
      const country = Country.safeParse(fields.text('country'))
      return country.success
        ? visit.accounts.setCountry(fields.text('member'), country.data)
        : Promise.resolve(fail(failure('invalidField', { field: 'country' }, 'country')))
    }),
  )
  routes.post('/settings/language', (c) =>
    change(site, c, 'language', async (_opened, fields) => changeLanguage(c, fields.text('language'))),
  )
  return routes
}

/**
 * A path on this node, for going back after signing in; anything else is the first page. Browsers read `/\host`
 * as `//host` and drop control characters before they look, so neither may stand anywhere in it.
 */
function localTarget(target: string | undefined): string {
  return target !== undefined && /^\/(?!\/)[^\p{Cc}\\]*$/u.test(target) ? target : '/'
}

async function signIn(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c, true)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const name = fields.value.text('name')
  const from = localTarget(fields.value.text('from'))
  const session = await visit.accounts.signIn({
    name,
    password: fields.value.secret('password'),
    remote: site.deps.remoteOf(c),
    previous: sessionSecretIn(c.req.header('cookie')),
  })
  if (!session.ok)
    return show(c, <SignInPage page={page} view={{ name, from, failure: session.failure }} />, 422)
  keepSession(c, session.value, page.now)
  return goTo(c, page, from)
}

async function signOut(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const session = sessionSecretIn(c.req.header('cookie'))
  if (session !== undefined) await visit.accounts.signOut(session)
  dropSession(c)
  return goTo(c, page, '/')
}

async function showSetUp(site: SiteContext, c: RequestContext, key: string): Promise<Response> {
  const { page, visit } = await open(site, c, true)
  const purpose = await visit.accounts.linkPurpose(key)
  if (!purpose.ok) return showRefusal(c, page, purpose.failure)
  if (purpose.value.kind !== 'set-up') return showRefusal(c, page, failure('linkExpired'))
  const view = { key, memberName: '', handle: '', name: '', fullName: '', failure: null }
  return show(c, <SetUpPage page={page} view={view} />)
}

async function setUp(site: SiteContext, c: RequestContext, key: string): Promise<Response> {
  const { page, visit } = await open(site, c, true)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const typed = setUpFields(fields.value)
  const names = setUpNames(typed)
  const password = fields.value.secret('password')
  const made = names.ok
    ? await visit.accounts.setUp({ key, ...typed, ...names.value, password, address: page.address })
    : names
  if (!made.ok) return show(c, <SetUpPage page={page} view={{ key, ...typed, failure: made.failure }} />, 422)
  const { session, recoveryKeys, recoveryThreshold } = made.value
  keepSession(c, session, page.now)
  c.header('Cache-Control', 'no-store')
  const once = { member: typed.memberName, keys: recoveryKeys, threshold: recoveryThreshold }
  return show(c, <RecoveryKeysPage page={page} {...once} />)
}

type SetUpFields = Readonly<Record<'memberName' | 'handle' | 'name' | 'fullName', string>>

function setUpFields(fields: Fields): SetUpFields {
  return {
    memberName: fields.text('memberName'),
    handle: fields.text('handle'),
    name: fields.text('name'),
    fullName: fields.text('fullName'),
  }
}

function setUpNames(typed: SetUpFields): Result<{ readonly handle: Handle; readonly name: Name }> {
  const handle = Handle.safeParse(typed.handle)
  const name = Name.safeParse(typed.name)
  if (typed.memberName === '') return fail(failure('invalidField', { field: 'memberName' }, 'memberName'))
  if (!handle.success) return fail(failure('invalidName', { name: typed.handle }, 'handle'))
  if (!name.success) return fail(failure('invalidName', { name: typed.name }, 'name'))
  return succeed({ handle: handle.data, name: name.data })
}

async function showChoosePassword(site: SiteContext, c: RequestContext, key: string): Promise<Response> {
  const { page, visit } = await open(site, c, true)
  return drawChoosePassword(c, { page, visit }, key, null)
}

async function drawChoosePassword(
  c: RequestContext,
  { page, visit }: Opened,
  key: string,
  refused: Failure | null,
): Promise<Response> {
  const purpose = await visit.accounts.linkPurpose(key)
  if (!purpose.ok) return showRefusal(c, page, purpose.failure)
  if (purpose.value.kind !== 'password') return showRefusal(c, page, failure('linkExpired'))
  const { name, fullName } = purpose.value
  const view = { key, name, fullName, failure: refused }
  return show(c, <ChoosePasswordPage page={page} view={view} />, refused === null ? 200 : 422)
}

async function choosePassword(site: SiteContext, c: RequestContext, key: string): Promise<Response> {
  const { page, visit } = await open(site, c, true)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const session = await visit.accounts.choosePassword({ key, password: fields.value.secret('password') })
  if (!session.ok) return drawChoosePassword(c, { page, visit }, key, session.failure)
  keepSession(c, session.value, page.now)
  return goTo(c, page, '/')
}

const SETTINGS_FORMS = [
  'profile',
  'password',
  'token',
  'language',
  'colour',
  'country',
] as const satisfies readonly SettingsForm[]

async function drawSettings(
  c: RequestContext,
  { page, visit }: Opened,
  outcome: SettingsOutcome,
): Promise<Response> {
  if (visit.viewer === null) return goTo(c, page, withQuery('/sign-in', { from: '/settings' }))
  const view = await visit.accounts.settings()
  if (!view.ok) return showRefusal(c, page, view.failure)
  if (outcome.fresh) c.header('Cache-Control', 'no-store')
  const status = outcome.refused === null ? 200 : 422
  return show(c, <SettingsPage page={page} view={view.value} outcome={outcome} />, status)
}

/** Carries out one form of the settings page and comes back to it. */
async function change(
  site: SiteContext,
  c: RequestContext,
  form: SettingsForm,
  work: (opened: Opened, fields: Fields) => Promise<Result<unknown>>,
): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const outcome = await work(opened, fields.value)
  if (outcome.ok) return goTo(c, opened.page, withQuery('/settings', { done: form }))
  return drawSettings(c, opened, { refused: { form, failure: outcome.failure }, done: null, fresh: null })
}

async function changePassword(
  site: SiteContext,
  c: RequestContext,
  { visit, page }: Opened,
  fields: Fields,
): Promise<Result<void>> {
  const session = await visit.accounts.changePassword({
    current: fields.secret('current'),
    next: fields.secret('next'),
    remote: site.deps.remoteOf(c),
  })
  if (!session.ok) return session
  keepSession(c, session.value, page.now)
  return succeed(undefined)
}

function changeLanguage(c: RequestContext, language: string): Result<void> {
  if (!isLocale(language)) return fail(failure('invalidField', { field: 'language' }, 'language'))
  keepLanguage(c, language)
  return succeed(undefined)
}

async function createToken(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const displayName = fields.value.text('displayName')
  const scope = scopeIn(fields.value)
  const token = scope.ok
    ? await opened.visit.accounts.createToken({ displayName, scope: scope.value })
    : scope
  const outcome: SettingsOutcome = token.ok
    ? { refused: null, done: null, fresh: { displayName, token: token.value } }
    : { refused: { form: 'token', failure: token.failure }, done: null, fresh: null }
  return drawSettings(c, opened, outcome)
}

function scopeIn(fields: Fields): Result<Scope> {
  const scope = fields.text('scope')
  if (scope === 'write' || scope === 'read') return succeed(scope)
  const limits = fields.text('repositories').split(/\s+/).filter(Boolean).map(limitOf)
  const refused = limits.find((limit) => !limit.ok)
  if (refused && !refused.ok) return refused
  const named = limits.flatMap((limit) => (limit.ok ? [limit.value] : []))
  return named.length > 0
    ? succeed({ limits: named })
    : fail(failure('invalidField', { field: 'repositories' }, 'repositories'))
}

/** `ns/name` is a model, `datasets/ns/name` a data set, as in addresses. */
function limitOf(written: string): Result<Exclude<Scope, string>['limits'][number]> {
  const kind = written.startsWith('datasets/') ? 'dataset' : 'model'
  const id = RepositoryId.safeParse(written.replace(/^datasets\//, ''))
  if (!id.success) return fail(failure('invalidName', { name: written }, 'repositories'))
  return succeed({ repository: id.data, kind, right: 'write' })
}
