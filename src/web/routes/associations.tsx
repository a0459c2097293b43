import { Hono } from 'hono'

import type { Founding } from '../../features/follow/index.ts'
import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { AssociationRule } from '../../records/index.ts'
import {
  ASSOCIATION_ACTS,
  AssociationPage,
  AssociationPreviewPage,
  type TypedChange,
} from '../pages/association.tsx'
import { AssociationsPage } from '../pages/associations.tsx'
import { FoundPage, FoundPreviewPage, type FoundingFields } from '../pages/found-association.tsx'
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

/** Members bound by charters. */
export function associationRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/associations', async (c) => {
    const { page, visit } = await open(site, c)
    const isDone = c.req.query('done') === 'yes'
    const associations = await visit.associations.list()
    return show(c, <AssociationsPage page={page} associations={associations} isDone={isDone} />)
  })
  routes.get('/associations/new', async (c) => drawFounding(c, await open(site, c), EMPTY, null))
  routes.post('/associations/new', (c) => found(site, c))
  routes.get('/associations/:id', async (c) => draw(c, await open(site, c), null, null))
  routes.post('/associations/:id', (c) => say(site, c))
  return routes
}

const EMPTY: FoundingFields = {
  as: '',
  name: '',
  purpose: '',
  members: [],
  others: '',
  rule: 'two-thirds',
  k: '',
  witnesses: '',
  deletionDays: '',
}

async function drawFounding(
  c: RequestContext,
  { page, visit }: Opened,
  fields: FoundingFields,
  refused: Failure | null,
): Promise<Response> {
  const view = await visit.associations.founding()
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(c, <FoundPage page={page} view={view.value} fields={fields} refused={refused} />, status)
}

/** Shows the charter first, and says it when it was seen. */
async function found(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const fields = foundingFieldsIn(received.value)
  const step = received.value.text('step')
  if (step === 'edit') return drawFounding(c, opened, fields, null)
  const founding = foundingOf(fields)
  if (!founding.ok) return drawFounding(c, opened, fields, founding.failure)
  if (step === 'say') {
    const founded = await visit.associations.found(fields.as, founding.value)
    return founded.ok
      ? goTo(c, page, '/associations?done=yes')
      : refuseFounding(c, opened, fields, founded.failure)
  }
  const draft = await visit.associations.draft(fields.as, founding.value)
  if (!draft.ok) return refuseFounding(c, opened, fields, draft.failure)
  const view = await visit.associations.founding()
  const founder = view.ok ? view.value.founders.find(({ handle }) => handle === fields.as) : undefined
  const name = founder?.name ?? fields.as
  return show(c, <FoundPreviewPage page={page} fields={fields} draft={draft.value} founder={name} />)
}

function refuseFounding(
  c: RequestContext,
  opened: Opened,
  fields: FoundingFields,
  refused: Failure,
): Promise<Response> {
  return isForOthers(refused)
    ? showRefusal(c, opened.page, refused)
    : drawFounding(c, opened, fields, refused)
}

function foundingFieldsIn(fields: Fields): FoundingFields {
  return {
    as: fields.text('as'),
    name: fields.text('name'),
    purpose: fields.text('purpose').replaceAll('\r\n', '\n'),
    members: fields.list('members'),
    others: fields.text('others'),
    rule: fields.text('rule'),
    k: fields.text('k'),
    witnesses: fields.text('witnesses'),
    deletionDays: fields.text('deletionDays'),
  }
}

function foundingOf(fields: FoundingFields): Result<Founding> {
  const { name, purpose, members, others } = fields
  const rule = ruleOf(fields)
  const witnesses = numberIn(fields.witnesses)
  const deletionDays = numberIn(fields.deletionDays)
  const wrong =
    rule === null
      ? 'rule'
      : witnesses === 'wrong'
        ? 'witnesses'
        : deletionDays === 'wrong'
          ? 'deletionDays'
          : null
  if (rule === null || witnesses === 'wrong' || deletionDays === 'wrong')
    return fail(failure('invalidField', { field: wrong ?? '' }, wrong ?? ''))
  return succeed({ name, purpose, members: [...members, ...namesIn(others)], rule, witnesses, deletionDays })
}

function ruleOf({ rule, k }: FoundingFields): AssociationRule | null {
  if (rule === 'two-thirds' || rule === 'convener') return { kind: rule }
  const count = numberIn(k)
  return rule === 'k-of-n' && typeof count === 'number' ? { kind: rule, k: count } : null
}

/** Null where nothing was typed. */
function numberIn(text: string): number | null | 'wrong' {
  if (text === '') return null
  return /^[1-9]\d{0,3}$/.test(text) ? Number(text) : 'wrong'
}

async function draw(
  c: RequestContext,
  { page, visit }: Opened,
  refused: Failure | null,
  typed: TypedChange | null,
): Promise<Response> {
  const view = await visit.associations.show(c.req.param('id') ?? '')
  if (!view.ok) return showRefusal(c, page, view.failure)
  const isDone = c.req.query('done') === 'yes'
  return show(
    c,
    <AssociationPage page={page} view={view.value} refused={refused} isDone={isDone} typed={typed} />,
    refused === null ? 200 : 422,
  )
}

/** Shows what would be said first, and says it when it was seen. */
async function say(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const { value } = fields
  const act = ASSOCIATION_ACTS.find((each) => each === value.text('say'))
  if (!act) return showRefusal(c, page, failure('badRequest'))
  const id = c.req.param('id') ?? ''
  const typed = { as: value.text('as'), add: value.list('add'), remove: value.list('remove') }
  const words = { ...typed, say: act }
  if (value.text('step') === 'say') {
    const said = await visit.associations.say(id, words)
    return said.ok ? goTo(c, page, `/associations/${id}?done=yes`) : refuse(c, opened, said.failure, typed)
  }
  const view = await visit.associations.show(id)
  if (!view.ok) return showRefusal(c, page, view.failure)
  const speaker = view.value.speakers.find(({ handle }) => handle === typed.as)
  if (!speaker) return showRefusal(c, page, failure(page.viewer ? 'forbidden' : 'signInRequired'))
  const draft = act === 'propose' ? await visit.associations.draftRoster(id, words) : null
  if (draft && !draft.ok) return refuse(c, opened, draft.failure, typed)
  return show(
    c,
    <AssociationPreviewPage
      page={page}
      view={view.value}
      speaker={speaker}
      act={act}
      draft={draft?.value ?? null}
      typed={typed}
    />,
  )
}

function refuse(c: RequestContext, opened: Opened, refused: Failure, typed: TypedChange): Promise<Response> {
  return isForOthers(refused) ? showRefusal(c, opened.page, refused) : draw(c, opened, refused, typed)
}

function isForOthers({ reason }: Failure): boolean {
  return reason === 'signInRequired' || reason === 'forbidden'
}

/** Names as people type them: with commas of their own language. */
function namesIn(text: string): readonly string[] {
  return text.split(/[\s,،、，]+/u).filter((name) => name !== '')
}
