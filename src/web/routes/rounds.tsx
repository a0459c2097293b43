import { Hono } from 'hono'

import { RULES, type RoundDraft } from '../../features/capacity/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { DAY, isoTime, momentOf } from '../../kernel/time.ts'
import { CAPACITY_KINDS, UNITS_OF } from '../../records/index.ts'
import { NewRoundPage, NewRoundPreviewPage, type RoundFields } from '../pages/new-round.tsx'
import { ROUND_ACTS, RoundPage, RoundPreviewPage } from '../pages/round.tsx'
import { RoundsPage } from '../pages/rounds.tsx'
import { roundPath } from '../paths.ts'
import {
  type Fields,
  goTo,
  open,
  type Opened,
  receive,
  show,
  showRefusal,
  type SiteContext,
} from './request.tsx'

/** Rounds, in which needs meet offers. */
export function roundRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/rounds', async (c) => {
    const { page, visit } = await open(site, c)
    const isDone = c.req.query('done') === 'yes'
    return show(c, <RoundsPage page={page} view={await visit.rounds.list()} isDone={isDone} />)
  })
  routes.get('/rounds/new', async (c) => {
    const opened = await open(site, c)
    return drawAnnouncing(c, opened, emptyFor(opened), null)
  })
  routes.post('/rounds/new', (c) => announce(site, c))
  routes.get('/rounds/:id', async (c) => draw(c, await open(site, c), null))
  routes.post('/rounds/:id', (c) => state(site, c))
  routes.get('/rounds/:id/:file{(?:round|result)\\.json}', (c) => send(site, c))
  return routes
}

function emptyFor({ page }: Opened): RoundFields {
  return {
    as: '',
    unit: 'gpu-hour',
    title: '',
    description: '',
    language: page.say.locale,
    rule: 'leximin',
    order: '',
    day: '',
    members: '',
    weights: '',
    shown: '',
  }
}

async function drawAnnouncing(
  c: RequestContext,
  { page, visit }: Opened,
  fields: RoundFields,
  refused: Failure | null,
): Promise<Response> {
  const view = await visit.rounds.announcing()
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(c, <NewRoundPage page={page} view={view.value} fields={fields} refused={refused} />, status)
}

/** Shows what would be said first, and says it when it was seen. */
async function announce(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const fields = fieldsIn(received.value)
  const step = received.value.text('step')
  if (step === 'edit') return drawAnnouncing(c, opened, fields, null)
  const draft = draftOf(fields)
  if (!draft.ok) return drawAnnouncing(c, opened, fields, draft.failure)
  if (step === 'say') {
    const announced = await visit.rounds.announce(fields.as, draft.value)
    return announced.ok
      ? goTo(c, page, '/rounds?done=yes')
      : refuseAnnouncing(c, opened, fields, announced.failure)
  }
  const record = await visit.rounds.draft(fields.as, draft.value)
  if (!record.ok) return refuseAnnouncing(c, opened, fields, record.failure)
  const view = await visit.rounds.announcing()
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <NewRoundPreviewPage page={page} view={view.value} fields={fields} record={record.value} />)
}

function refuseAnnouncing(
  c: RequestContext,
  opened: Opened,
  fields: RoundFields,
  refused: Failure,
): Promise<Response> {
  return isForOthers(refused)
    ? showRefusal(c, opened.page, refused)
    : drawAnnouncing(c, opened, fields, refused)
}

function fieldsIn(fields: Fields): RoundFields {
  return {
    as: fields.text('as'),
    unit: fields.text('unit'),
    title: fields.text('title'),
    description: fields.text('description').replaceAll('\r\n', '\n'),
    language: fields.text('language'),
    rule: fields.text('rule'),
    order: fields.text('order'),
    day: fields.text('day'),
    members: fields.text('members'),
    weights: fields.text('weights'),
    shown: fields.text('shown'),
  }
}

function draftOf(fields: RoundFields): Result<RoundDraft> {
  const { title, description, language, members, shown } = fields
  const measure = CAPACITY_KINDS.flatMap((kind) => UNITS_OF[kind].map((unit) => ({ kind, unit }))).find(
    ({ unit }) => unit === fields.unit,
  )
  const rule = RULES.find((each) => each === fields.rule)
  const deadline = endOf(fields.day)
  const weights = weightsIn(fields.weights)
  const order = rule === 'priority' ? namesIn(fields.order) : []
  if (!measure) return wrong('unit')
  if (!rule) return wrong('rule')
  if (rule === 'priority' && order.length === 0) return wrong('order')
  if (deadline === null) return wrong('deadline')
  if (!weights) return wrong('weights')
  return succeed({
    ...measure,
    title,
    description,
    language,
    rule,
    order,
    deadline,
    members: namesIn(members),
    weights,
    shown: namesIn(shown),
  })
}

function wrong(field: string): Result<never> {
  return fail(failure('invalidField', { field }, field))
}

/** The end of a day in UTC; null where it is none. */
function endOf(day: string): string | null {
  const at = /^\d{4}-\d\d-\d\d$/.test(day) ? momentOf(`${day}T00:00:00.000Z`) : Number.NaN
  return Number.isNaN(at) ? null : isoTime(at + DAY)
}

/** Lists with their weights, as people type them; null where one has none. */
function weightsIn(text: string): RoundDraft['weights'] | null {
  const weights = namesIn(text).map((each) => {
    const [, group = '', weight] = /^([^=]+)=([1-9]\d{0,3})$/.exec(each) ?? []
    return { group, weight: Number(weight) }
  })
  return weights.some(({ group }) => group === '') ? null : weights
}

/** Names as people type them: with commas of their own language. */
function namesIn(text: string): readonly string[] {
  return text.split(/[\s,،、，]+/u).filter((name) => name !== '')
}

async function draw(c: RequestContext, { page, visit }: Opened, refused: Failure | null): Promise<Response> {
  const shown = await visit.rounds.show(c.req.param('id') ?? '')
  if (!shown.ok) return showRefusal(c, page, shown.failure)
  const isDone = c.req.query('done') === 'yes'
  const status = refused === null ? 200 : 422
  return show(c, <RoundPage page={page} shown={shown.value} refused={refused} isDone={isDone} />, status)
}

/** Shows what would be stated first, and states it when it was seen. */
async function state(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const { value } = fields
  const act = ROUND_ACTS.find((each) => each === value.text('say'))
  if (!act) return showRefusal(c, page, failure('badRequest'))
  const id = c.req.param('id') ?? ''
  const as = value.text('as')
  if (value.text('step') === 'say') {
    const said = await visit.rounds.state(id, as, act)
    if (said.ok) return goTo(c, page, `${roundPath(id)}?done=yes`)
    return isForOthers(said.failure) ? showRefusal(c, page, said.failure) : draw(c, opened, said.failure)
  }
  const shown = await visit.rounds.show(id)
  if (!shown.ok) return showRefusal(c, page, shown.failure)
  const speaker = shown.value.speakers.find(({ handle }) => handle === as)
  if (!speaker) return showRefusal(c, page, failure(page.viewer ? 'forbidden' : 'signInRequired'))
  return show(c, <RoundPreviewPage page={page} shown={shown.value} speaker={speaker} act={act} />)
}

function isForOthers({ reason }: Failure): boolean {
  return reason === 'signInRequired' || reason === 'forbidden'
}

/** One of the two files with which anybody checks a round. */
async function send(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const which = c.req.param('file') === 'round.json' ? 'round' : 'result'
  const file = await visit.rounds.file(c.req.param('id') ?? '', which)
  if (!file.ok) return showRefusal(c, page, file.failure)
  c.header('Content-Type', 'application/json; charset=utf-8')
  c.header('Content-Disposition', `attachment; filename="${which.toUpperCase()}.json"`)
  return c.body(file.value)
}
