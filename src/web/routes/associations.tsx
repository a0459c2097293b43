import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { ASSOCIATION_ACTS, AssociationPage } from '../pages/association.tsx'
import { AssociationsPage } from '../pages/associations.tsx'
import { goTo, open, type Opened, receive, show, showRefusal, type SiteContext } from './request.tsx'

/** Members bound by charters. */
export function associationRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/associations', async (c) => {
    const { page, visit } = await open(site, c)
    return show(c, <AssociationsPage page={page} associations={await visit.associations.list()} />)
  })
  routes.get('/associations/:id', async (c) => draw(c, await open(site, c), null))
  routes.post('/associations/:id', (c) => say(site, c))
  return routes
}

async function draw(c: RequestContext, { page, visit }: Opened, refused: Failure | null): Promise<Response> {
  const view = await visit.associations.show(c.req.param('id') ?? '')
  if (!view.ok) return showRefusal(c, page, view.failure)
  const isDone = c.req.query('done') === 'yes'
  return show(
    c,
    <AssociationPage page={page} view={view.value} refused={refused} isDone={isDone} />,
    refused === null ? 200 : 422,
  )
}

async function say(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const { value } = fields
  const act = ASSOCIATION_ACTS.find((each) => each === value.text('say'))
  if (!act) return showRefusal(c, opened.page, failure('badRequest'))
  const id = c.req.param('id') ?? ''
  const said = await opened.visit.associations.say(id, {
    as: value.text('as'),
    say: act,
    add: namesIn(value.text('add')),
    remove: namesIn(value.text('remove')),
  })
  if (said.ok) return goTo(c, opened.page, `/associations/${id}?done=yes`)
  const isForOthers = said.failure.reason === 'signInRequired' || said.failure.reason === 'forbidden'
  return isForOthers ? showRefusal(c, opened.page, said.failure) : draw(c, opened, said.failure)
}

/** Names as people type them: with commas of their own language. */
function namesIn(text: string): readonly string[] {
  return text.split(/[\s,،、，]+/u).filter((name) => name !== '')
}
