import { Hono } from 'hono'

import { LONGEST_REASON } from '../../features/letters/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { Name, RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { RepositoryPlace, Visit } from '../deps.ts'
import type { PageContext } from '../page-context.ts'
import { NewRepositoryPage, type NewRepositoryView } from '../pages/new-repository.tsx'
import { RepositorySettingsPage, type RepositorySettingsForm } from '../pages/repository-settings.tsx'
import { cataloguePath, repositoryPath, withQuery, type RepositoryReference } from '../paths.ts'
import { referenceOf } from './repository.tsx'
import { goTo, open, receive, show, showRefusal, type Fields, type SiteContext } from './request.tsx'

/** Creating and governing repositories. */
export function repositorySettingsRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/new', async (c) => {
    const { page, visit } = await open(site, c)
    const namespaces = await visit.repositories.namespaces()
    if (visit.viewer === null) return goTo(c, page, withQuery('/sign-in', { from: '/new' }))
    return show(c, <NewRepositoryPage page={page} view={blankRepository(namespaces)} />)
  })
  routes.post('/new', (c) => createRepository(site, c))

  for (const [prefix, kind] of [
    ['/datasets', 'dataset'],
    ['', 'model'],
  ] as const) {
    const base = `${prefix}/:namespace/:name/settings`
    routes.get(base, (c) => showSettings(site, c, referenceOf(c, kind)))
    routes.post(`${base}/:form{(?:access|requests|move|delete)}`, (c) =>
      changeSettings(site, c, referenceOf(c, kind)),
    )
  }
  return routes
}

function blankRepository(namespaces: readonly string[]): NewRepositoryView {
  return {
    namespaces,
    kind: 'model',
    namespace: namespaces[0] ?? '',
    name: '',
    visibility: 'public',
    failure: null,
  }
}

async function createRepository(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const kind = RepositoryKind.catch('model').parse(fields.value.text('kind'))
  const visibility = visibilityIn(fields.value)
  const place = placeIn(fields.value)
  const created = place.ok ? await visit.repositories.create({ kind, visibility, ...place.value }) : place
  if (created.ok) return goTo(c, page, repositoryPath(created.value))
  const view: NewRepositoryView = {
    namespaces: await visit.repositories.namespaces(),
    kind,
    namespace: fields.value.text('namespace'),
    name: fields.value.text('name'),
    visibility,
    failure: created.failure,
  }
  return show(c, <NewRepositoryPage page={page} view={view} />, 422)
}

function visibilityIn(fields: Fields): 'public' | 'private' {
  return fields.text('visibility') === 'private' ? 'private' : 'public'
}

function placeIn(fields: Fields): Result<RepositoryPlace> {
  const namespace = Name.safeParse(fields.text('namespace'))
  const name = Name.safeParse(fields.text('name'))
  if (!namespace.success) return fail(failure('invalidName', { name: fields.text('namespace') }, 'namespace'))
  if (!name.success) return fail(failure('invalidName', { name: fields.text('name') }, 'name'))
  return succeed({ namespace: namespace.data, name: name.data })
}

async function showSettings(
  site: SiteContext,
  c: RequestContext,
  repository: RepositoryReference,
): Promise<Response> {
  const { page, visit } = await open(site, c)
  return drawSettings(
    c,
    { page, visit, repository },
    { refused: null, isSaved: c.req.query('saved') === 'yes' },
  )
}

interface Governing {
  readonly page: PageContext
  readonly visit: Visit
  readonly repository: RepositoryReference
}

async function drawSettings(
  c: RequestContext,
  { page, visit, repository }: Governing,
  outcome: {
    readonly refused: { readonly form: RepositorySettingsForm; readonly failure: Failure } | null
    readonly isSaved: boolean
  },
): Promise<Response> {
  const view = await visit.repositories.settings(repository)
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = outcome.refused === null ? 200 : 422
  return show(c, <RepositorySettingsPage page={page} view={view.value} outcome={outcome} />, status)
}

async function changeSettings(
  site: SiteContext,
  c: RequestContext,
  repository: RepositoryReference,
): Promise<Response> {
  const { page, visit } = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const form = formOf(c)
  const governing = { page, visit, repository }
  const next = await changeBy(form, governing, fields.value)
  if (next.ok) return goTo(c, page, next.value)
  return drawSettings(c, governing, { refused: { form, failure: next.failure }, isSaved: false })
}

function formOf(c: RequestContext): RepositorySettingsForm {
  const form = c.req.param('form')
  return form === 'requests' || form === 'move' || form === 'delete' ? form : 'access'
}

/** Does what the form asks; where to go next. */
async function changeBy(
  form: RepositorySettingsForm,
  { visit: { repositories }, repository }: Governing,
  fields: Fields,
): Promise<Result<string>> {
  switch (form) {
    case 'access': {
      const changed = await repositories.changeAccess(repository, {
        visibility: visibilityIn(fields),
        gated: gatedIn(fields),
      })
      return changed.ok
        ? succeed(withQuery(`${repositoryPath(repository)}/settings`, { saved: 'yes' }))
        : changed
    }
    case 'requests': {
      const status = fields.text('status') === 'accepted' ? 'accepted' : 'rejected'
      const reason = fields.text('reason')
      if (reason.length > LONGEST_REASON) return fail(failure('invalidField', { field: 'reason' }, 'reason'))
      const decided = await repositories.decide(repository, fields.text('request'), { status, reason })
      return decided.ok
        ? succeed(withQuery(`${repositoryPath(repository)}/settings`, { saved: 'yes' }))
        : decided
    }
    case 'move': {
      const place = placeIn(fields)
      const moved = place.ok ? await repositories.move(repository, place.value) : place
      return moved.ok ? succeed(repositoryPath(moved.value)) : moved
    }
    case 'delete': {
      if (fields.text('confirmation') !== repository.id)
        return fail(failure('notConfirmed', {}, 'confirmation'))
      const removed = await repositories.remove(repository)
      return removed.ok ? succeed(cataloguePath(repository.kind)) : removed
    }
  }
}

function gatedIn(fields: Fields): 'no' | 'auto' | 'manual' {
  const gated = fields.text('gated')
  return gated === 'auto' || gated === 'manual' ? gated : 'no'
}
