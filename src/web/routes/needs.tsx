import { Hono } from 'hono'

import { type DraftFields, type Noun, NOUNS } from '../../features/capacity/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { RetractionReason } from '../../records/index.ts'
import { StatedListPage, StatedPage } from '../pages/stated.tsx'
import { StatingPage, StatingPreviewPage, type Typing, WithdrawPage } from '../pages/stating.tsx'
import { statedListPath, statedPath, statingPath, withQuery } from '../paths.ts'
import { bodyOf, fieldsOf } from '../stating-form.ts'
import {
  type Fields,
  goTo,
  open,
  type Opened,
  pageNumber,
  receive,
  show,
  showRefusal,
  type SiteContext,
} from './request.tsx'

/** Needs, offers, pledges and groups of countries: lists, pages, and forms to state them in. */
export function needRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  for (const noun of NOUNS) {
    routes.get(statedListPath(noun), (c) => drawList(site, c, noun))
    routes.get(statingPath(noun), async (c) => begin(c, await open(site, c), noun))
    routes.post(statingPath(noun), (c) => take(site, c, noun))
    routes.get(statedPath(noun, ':id'), (c) => drawOne(site, c, noun))
    routes.get(`${statedPath(noun, ':id')}/withdraw`, async (c) =>
      drawWithdraw(c, await open(site, c), noun, null),
    )
    routes.post(`${statedPath(noun, ':id')}/withdraw`, (c) => withdraw(site, c, noun))
  }
  return routes
}

async function drawList(site: SiteContext, c: RequestContext, noun: Noun): Promise<Response> {
  const { page, visit } = await open(site, c)
  const { kind = '', country = '', of = '', done } = c.req.query()
  const view = await visit.needs.list(noun, { kind, country, of }, pageNumber(c))
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <StatedListPage page={page} view={view.value} isDone={done === 'yes'} />)
}

async function drawOne(site: SiteContext, c: RequestContext, noun: Noun): Promise<Response> {
  const { page, visit } = await open(site, c)
  const view = await visit.needs.show(noun, c.req.param('id') ?? '')
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <StatedPage page={page} view={view.value} isDone={c.req.query('done') === 'yes'} />)
}

/** An empty form; or one that was begun, or that changes what was stated. */
async function begin(c: RequestContext, opened: Opened, noun: Noun): Promise<Response> {
  const { page, visit } = opened
  const { draft = '', replaces = '', kept } = c.req.query()
  const empty: Typing = { as: '', replaces: '', draft: '', fields: { language: page.say.tag.slice(0, 2) } }
  if (draft !== '') {
    const found = await visit.needs.draft(noun, draft)
    if (!found.ok) return showRefusal(c, page, found.failure)
    const { as, fields } = found.value
    const { replaces: before = '', ...rest } = fields
    const typing = { as, draft, replaces: String(before), fields: rest }
    return drawForm(c, opened, noun, typing, null, kept === 'yes')
  }
  if (replaces === '') return drawForm(c, opened, noun, empty, null)
  const found = await visit.needs.show(noun, replaces)
  if (!found.ok) return showRefusal(c, page, found.failure)
  return drawForm(c, opened, noun, { ...empty, replaces, fields: fieldsOf(found.value.thing) }, null)
}

async function drawForm(
  c: RequestContext,
  { page, visit }: Opened,
  noun: Noun,
  typing: Typing,
  refused: Failure | null,
  isKept = false,
): Promise<Response> {
  const view = await visit.needs.form(noun)
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(
    c,
    <StatingPage page={page} view={view.value} typing={typing} refused={refused} isKept={isKept} />,
    status,
  )
}

/** Keeps what is typed, throws it away, shows it as it would be said, or says it when it was seen. */
async function take(site: SiteContext, c: RequestContext, noun: Noun): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const fields = received.value
  const typing = await typingIn(c, fields)
  const draft = typing.draft === '' ? null : typing.draft
  const refuse = (refused: Failure) =>
    isForOthers(refused) ? showRefusal(c, page, refused) : drawForm(c, opened, noun, typing, refused)
  switch (fields.text('step')) {
    case 'edit':
      return drawForm(c, opened, noun, typing, null)
    case 'drop': {
      const dropped = await visit.needs.drop(noun, typing.draft)
      return dropped.ok ? goTo(c, page, statedListPath(noun)) : showRefusal(c, page, dropped.failure)
    }
    case 'keep': {
      const kept = await visit.needs.keep(typing.as, noun, draft, {
        ...typing.fields,
        replaces: typing.replaces,
      })
      if (!kept.ok) return refuse(kept.failure)
      return goTo(c, page, withQuery(statingPath(noun), { draft: kept.value, kept: 'yes' }))
    }
    case 'say': {
      const said = await visit.needs.state(typing.as, noun, wishOf(noun, typing), draft)
      return said.ok ? goTo(c, page, withQuery(statedListPath(noun), { done: 'yes' })) : refuse(said.failure)
    }
    default: {
      const seen = await visit.needs.preview(typing.as, noun, wishOf(noun, typing))
      if (!seen.ok) return refuse(seen.failure)
      return show(c, <StatingPreviewPage page={page} noun={noun} typing={typing} {...seen.value} />)
    }
  }
}

/** What the form cannot be drawn again for. */
function isForOthers({ reason }: Failure): boolean {
  return reason === 'signInRequired' || reason === 'forbidden' || reason === 'statementDraftNotFound'
}

function wishOf(noun: Noun, { fields, replaces }: Typing) {
  return { body: bodyOf(noun, fields), replaces: replaces === '' ? null : replaces }
}

/** Names that the form sends besides the fields of the statement. */
const OWN = new Set(['csrf', 'step', 'as', 'replaces', 'draft'])

async function typingIn(c: RequestContext, fields: Fields): Promise<Typing> {
  const names = Object.keys(await c.req.parseBody({ all: true })).filter((name) => !OWN.has(name))
  const typed: DraftFields = Object.fromEntries(
    names.map((name) => {
      const values = fields.list(name).map((value) => value.replaceAll('\r\n', '\n'))
      return [name, values.length > 1 ? values : (values[0] ?? '')]
    }),
  )
  return {
    as: fields.text('as'),
    replaces: fields.text('replaces'),
    draft: fields.text('draft'),
    fields: typed,
  }
}

async function drawWithdraw(
  c: RequestContext,
  { page, visit }: Opened,
  noun: Noun,
  refused: Failure | null,
): Promise<Response> {
  const id = c.req.param('id') ?? ''
  const view = await visit.needs.show(noun, id)
  if (!view.ok) return showRefusal(c, page, view.failure)
  const { isOwn, record, speaker } = view.value
  if (!isOwn) return showRefusal(c, page, failure(page.viewer === null ? 'signInRequired' : 'forbidden'))
  const props = { page, noun, id, record, speaker, refused }
  return show(c, <WithdrawPage {...props} />, refused === null ? 200 : 422)
}

async function withdraw(site: SiteContext, c: RequestContext, noun: Noun): Promise<Response> {
  const opened = await open(site, c)
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, opened.page, received.failure)
  const reason = RetractionReason.safeParse(received.value.text('reason'))
  if (!reason.success)
    return drawWithdraw(c, opened, noun, failure('invalidField', { field: 'reason' }, 'reason'))
  const id = c.req.param('id') ?? ''
  const said = await opened.visit.needs.withdraw(noun, id, reason.data)
  return said.ok
    ? goTo(c, opened.page, withQuery(statedPath(noun, id), { done: 'yes' }))
    : drawWithdraw(c, opened, noun, said.failure)
}
