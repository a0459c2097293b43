import { Hono } from 'hono'

import { type Link, Role } from '../../features/accounts/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure } from '../../kernel/failure.ts'
import { Name } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { PeoplePage, type PeopleForm, type PeopleOutcome } from '../pages/people.tsx'
import { StoragePage } from '../pages/storage.tsx'
import { withQuery } from '../paths.ts'
import {
  goTo,
  open,
  pageNumber,
  receive,
  show,
  showRefusal,
  type Fields,
  type Opened,
  type SiteContext,
} from './request.tsx'

/** People and storage, for operators. */
export function operationRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/storage', async (c) => {
    const { page, visit } = await open(site, c)
    const view = await visit.operation.storage(pageNumber(c))
    if (!view.ok) return showRefusal(c, page, view.failure)
    return show(c, <StoragePage page={page} view={view.value} />)
  })

  routes.get('/people', async (c) => {
    const opened = await open(site, c)
    const done = PEOPLE_FORMS.find((form) => form === c.req.query('done')) ?? null
    return drawPeople(c, opened, { refused: null, done, link: null })
  })
  routes.post('/people', (c) => change(site, c, 'person', (opened, fields) => addPerson(opened, fields)))
  routes.post('/people/organisations', (c) =>
    change(site, c, 'organisation', (opened, fields) => addOrganisation(opened, fields)),
  )
  routes.post('/people/organisations/:organisation/members', (c) =>
    change(site, c, 'member', (opened, fields) => setRole(opened, fields, c.req.param('organisation'))),
  )
  routes.post('/people/:name/link', (c) =>
    change(site, c, 'link', (opened) => freshLink(opened, c.req.param('name'))),
  )
  routes.post('/people/:name/operator', (c) =>
    change(site, c, 'operator', async ({ visit }, fields) =>
      withoutLink(
        await visit.operation.setOperator(c.req.param('name'), fields.text('isOperator') === 'yes'),
      ),
    ),
  )
  routes.post('/people/:name/delete', (c) =>
    change(site, c, 'delete', async ({ visit }) =>
      withoutLink(await visit.operation.removePerson(c.req.param('name'))),
    ),
  )
  return routes
}

const PEOPLE_FORMS = [
  'person',
  'organisation',
  'member',
  'link',
  'operator',
  'delete',
] as const satisfies readonly PeopleForm[]

/** A one-time link to show, with whom it is for. */
type Made = { readonly name: string; readonly link: Link } | null

async function drawPeople(
  c: RequestContext,
  { page, visit }: Opened,
  outcome: PeopleOutcome,
): Promise<Response> {
  const view = await visit.operation.people()
  if (!view.ok) return showRefusal(c, page, view.failure)
  if (outcome.link) c.header('Cache-Control', 'no-store')
  const status = outcome.refused === null ? 200 : 422
  return show(c, <PeoplePage page={page} view={view.value} outcome={outcome} />, status)
}

/** Carries out one form of the people page. A link that it made is shown at once, and only then. */
async function change(
  site: SiteContext,
  c: RequestContext,
  form: PeopleForm,
  work: (opened: Opened, fields: Fields) => Promise<Result<Made>>,
): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const made = await work(opened, fields.value)
  if (!made.ok)
    return drawPeople(c, opened, { refused: { form, failure: made.failure }, done: null, link: null })
  if (made.value === null) return goTo(c, opened.page, withQuery('/people', { done: form }))
  const { name, link } = made.value
  const url = `${opened.page.address}/password/${link.key}`
  return drawPeople(c, opened, { refused: null, done: form, link: { name, url, expiresAt: link.expiresAt } })
}

function withoutLink(outcome: Result<void>): Result<Made> {
  return outcome.ok ? succeed(null) : outcome
}

async function freshLink({ visit }: Opened, name: string): Promise<Result<Made>> {
  const link = await visit.operation.makeLink(name)
  return link.ok ? succeed({ name, link: link.value }) : link
}

async function addPerson({ visit }: Opened, fields: Fields): Promise<Result<Made>> {
  const name = nameIn(fields, 'name')
  if (!name.ok) return name
  const isOperator = fields.text('isOperator') === 'yes'
  const link = await visit.operation.addPerson({
    name: name.value,
    fullName: fields.text('fullName'),
    isOperator,
  })
  return link.ok ? succeed({ name: name.value, link: link.value }) : link
}

async function addOrganisation({ visit }: Opened, fields: Fields): Promise<Result<Made>> {
  const name = nameIn(fields, 'organisation')
  if (!name.ok) return name
  const fullName = fields.text('organisationName')
  return withoutLink(
    await visit.operation.addOrganisation({ name: name.value, fullName, owner: fields.text('owner') }),
  )
}

async function setRole({ visit }: Opened, fields: Fields, organisation: string): Promise<Result<Made>> {
  const asked = fields.text('role')
  const role = asked === 'none' ? null : Role.safeParse(asked).data
  if (role === undefined) return fail(failure('invalidField', { field: 'role' }, 'role'))
  return withoutLink(await visit.operation.setRole({ organisation, person: fields.text('person'), role }))
}

function nameIn(fields: Fields, field: string): Result<Name> {
  const name = Name.safeParse(fields.text(field))
  return name.success ? succeed(name.data) : fail(failure('invalidName', { name: fields.text(field) }, field))
}
