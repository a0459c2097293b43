import { Hono } from 'hono'

import { LONGEST_CONTACT, LONGEST_PURPOSE } from '../../features/letters/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { RepositoryId, RepositoryKind } from '../../kernel/names.ts'
import { fail, type Result } from '../../kernel/result.ts'
import { type AccessFields, AccessPage } from '../pages/access.tsx'
import { withQuery } from '../paths.ts'
import {
  goTo,
  open,
  receive,
  show,
  showRefusal,
  type Fields,
  type Opened,
  type SiteContext,
} from './request.tsx'

const DONE = ['asked', 'withdrawn'] as const
const BLANK: AccessFields = { kind: 'model', repository: '', purpose: '', contact: '' }

/** Asking for access, and what a person asked for. */
export function accessRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/access', async (c) => {
    const opened = await open(site, c)
    const { page } = opened
    if (page.viewer === null) return goTo(c, page, withQuery('/sign-in', { from: page.path }))
    const kind = RepositoryKind.catch('model').parse(c.req.query('kind'))
    const fields = { ...BLANK, kind, repository: c.req.query('repository') ?? '' }
    return draw(c, opened, fields, null)
  })

  routes.post('/access', async (c) => {
    const opened = await open(site, c)
    const sent = await receive(c)
    if (!sent.ok) return showRefusal(c, opened.page, sent.failure)
    const fields = fieldsIn(sent.value)
    const asked = await ask(opened, fields)
    return asked.ok
      ? goTo(c, opened.page, withQuery('/access', { done: 'asked' }))
      : draw(c, opened, fields, asked.failure)
  })

  routes.post('/access/:id/withdraw', async (c) => {
    const opened = await open(site, c)
    const sent = await receive(c)
    if (!sent.ok) return showRefusal(c, opened.page, sent.failure)
    const withdrawn = await opened.visit.access.withdraw(c.req.param('id'))
    return withdrawn.ok
      ? goTo(c, opened.page, withQuery('/access', { done: 'withdrawn' }))
      : draw(c, opened, BLANK, withdrawn.failure)
  })
  return routes
}

function fieldsIn(sent: Fields): AccessFields {
  return {
    kind: RepositoryKind.catch('model').parse(sent.text('kind')),
    repository: sent.text('repository'),
    purpose: sent.text('purpose').slice(0, LONGEST_PURPOSE),
    contact: sent.text('contact').slice(0, LONGEST_CONTACT),
  }
}

async function ask({ visit }: Opened, fields: AccessFields): Promise<Result<void>> {
  const repository = RepositoryId.safeParse(fields.repository)
  if (!repository.success) return fail(failure('invalidName', { name: fields.repository }, 'repository'))
  return visit.access.ask({ ...fields, repository: repository.data })
}

async function draw(
  c: RequestContext,
  { page, visit }: Opened,
  fields: AccessFields,
  refused: Failure | null,
): Promise<Response> {
  const requests = await visit.access.sent()
  if (!requests.ok) return showRefusal(c, page, requests.failure)
  const asked = c.req.query('done')
  const done = DONE.find((each) => each === asked) ?? null
  const view = { fields, requests: requests.value, failure: refused, done }
  return show(c, <AccessPage page={page} {...view} />, refused === null ? 200 : 422)
}
