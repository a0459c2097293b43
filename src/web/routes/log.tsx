import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure } from '../../kernel/failure.ts'
import { Origin } from '../../kernel/names.ts'
import { fail } from '../../kernel/result.ts'
import { RetractionReason } from '../../records/index.ts'
import { LogPage } from '../pages/log.tsx'
import { RecordPage } from '../pages/record.tsx'
import { recordPath } from '../paths.ts'
import { goTo, open, receive, show, showRefusal, type SiteContext } from './request.tsx'

/** What members have said to the world. */
export function logRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/log', (c) => drawLog(site, c, null))
  routes.get('/log/:member/:number', (c) => drawLog(site, c, originIn(c)))
  routes.get('/log/:member/:number/:position', async (c) => {
    const { page, visit } = await open(site, c)
    const origin = originIn(c)
    const position = wholeNumber(c.req.param('position'))
    if (!origin || position === null) return showRefusal(c, page, failure('pageNotFound'))
    const view = await visit.log.record(origin, position)
    if (!view.ok) return showRefusal(c, page, view.failure)
    return show(c, <RecordPage page={page} view={view.value} />)
  })
  routes.post('/log/:member/:number/:position/retract', (c) => retract(site, c))
  return routes
}

async function retract(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const origin = originIn(c)
  const position = wholeNumber(c.req.param('position'))
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  if (!origin || position === null) return showRefusal(c, page, failure('pageNotFound'))
  const reason = RetractionReason.safeParse(fields.value.text('reason'))
  const isConfirmed = fields.value.text('confirmed') === 'yes'
  const done = !reason.success
    ? fail(failure('invalidField', { field: 'reason' }, 'reason'))
    : isConfirmed
      ? await visit.log.retract(origin, position, reason.data)
      : fail(failure('notConfirmed'))
  if (done.ok) return goTo(c, page, recordPath(origin, position))
  const view = await visit.log.record(origin, position)
  if (!view.ok || !view.value.mayRetract) return showRefusal(c, page, done.failure)
  return show(c, <RecordPage page={page} view={view.value} refused={done.failure} />, 422)
}

/** `undefined` names a log that there cannot be. */
async function drawLog(
  site: SiteContext,
  c: RequestContext,
  origin: Origin | null | undefined,
): Promise<Response> {
  const { page, visit } = await open(site, c)
  if (origin === undefined) return showRefusal(c, page, failure('pageNotFound'))
  const view = await visit.log.open(origin, wholeNumber(c.req.query('before')))
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <LogPage page={page} view={view.value} />)
}

function originIn(c: RequestContext): Origin | undefined {
  return Origin.safeParse(`ayni/${c.req.param('member')}/${c.req.param('number')}`).data
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : null
}
