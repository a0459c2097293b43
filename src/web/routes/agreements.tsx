import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { isoTime } from '../../kernel/time.ts'
import {
  AgreementFormPage,
  AgreementPreviewPage,
  type AgreementTyped,
  DraftPage,
  DraftSayPage,
  MOST_ROWS,
  type TypedObligation,
} from '../pages/agreement-form.tsx'
import { AGREEMENT_ACTS, AgreementActPage, AgreementPage, BeingSignedPage } from '../pages/agreement.tsx'
import { AgreementsPage } from '../pages/agreements.tsx'
import { DeliverPage, DeliverPreviewPage, type DeliveryTyped } from '../pages/deliver.tsx'
import { agreementPath, draftPath } from '../paths.ts'
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

/** What members agree, and what becomes of it. */
export function agreementRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/agreements', async (c) => {
    const { page, visit } = await open(site, c)
    const view = await visit.agreements.list()
    return show(c, <AgreementsPage page={page} view={view} isDone={isDone(c)} />)
  })
  routes.get('/agreements/new', (c) => begin(site, c))
  routes.post('/agreements/new', (c) => write(site, c))
  routes.get('/agreements/drafts/:id', async (c) => drawDraft(c, await open(site, c), askedFor(c), null))
  routes.post('/agreements/drafts/:id', (c) => useDraft(site, c))
  routes.get('/agreements/:id', async (c) => draw(c, await open(site, c), null))
  routes.post('/agreements/:id', (c) => say(site, c))
  routes.post('/agreements/:id/contact', (c) => tellContact(site, c))
  routes.get('/agreements/:id/deliver', (c) => beginDelivery(site, c))
  routes.post('/agreements/:id/deliver', (c) => deliver(site, c))
  return routes
}

function isDone(c: RequestContext): boolean {
  return c.req.query('done') === 'yes'
}

function askedFor(c: RequestContext): string {
  return c.req.query('as') ?? ''
}

function idIn(c: RequestContext): string {
  return c.req.param('id') ?? ''
}

async function draw(c: RequestContext, { page, visit }: Opened, refused: Failure | null): Promise<Response> {
  const id = idIn(c)
  const view = await visit.agreements.show(id)
  if (view.ok)
    return show(
      c,
      <AgreementPage page={page} view={view.value} refused={refused} isDone={isDone(c)} />,
      refused === null ? 200 : 422,
    )
  if (await visit.agreements.isBeingSigned(id)) return show(c, <BeingSignedPage page={page} />)
  return showRefusal(c, page, view.failure)
}

/** Shows what would be said first, and says it when it was seen. */
async function say(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const fields = received.value
  const act = AGREEMENT_ACTS.find((each) => each === fields.text('act'))
  if (!act) return showRefusal(c, page, failure('badRequest'))
  const [as, delivery] = [fields.text('as'), fields.text('delivery')]
  const typed = { as, act, delivery, reason: reasonIn(fields, as, delivery) }
  const view = await visit.agreements.show(idIn(c))
  if (!view.ok) return showRefusal(c, page, view.failure)
  const speaker = view.value.speakers.find(({ handle }) => handle === as)
  if (!speaker) return showRefusal(c, page, failure(page.viewer ? 'forbidden' : 'signInRequired'))
  if ((act === 'cancel' && view.value.agreement.isSigned) || act === 'dispute')
    if (typed.reason === '') return draw(c, opened, failure('invalidField', { field: 'reason' }, 'reason'))
  if (fields.text('step') !== 'say')
    return show(c, <AgreementActPage page={page} view={view.value} speaker={speaker} typed={typed} />)
  const said = await visit.agreements.say(idIn(c), typed)
  return said.ok ? goTo(c, page, `${agreementPath(idIn(c))}?done=yes`) : draw(c, opened, said.failure)
}

/** Several reasons stand on one page: each field has a name of its own until it is shown alone. */
function reasonIn(fields: Fields, as: string, delivery: string): string {
  const own = delivery === '' ? `reason-${as}` : `reason-${delivery.slice(0, 8)}`
  return linesIn(fields.text('reason') || fields.text(own))
}

function linesIn(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

async function tellContact(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const as = received.value.text('as')
  const told = await visit.agreements.tellContact(idIn(c), as, linesIn(received.value.text(`contact-${as}`)))
  if (told.ok) return goTo(c, page, agreementPath(idIn(c)))
  return isForOthers(told.failure) ? showRefusal(c, page, told.failure) : draw(c, opened, told.failure)
}

function isForOthers({ reason }: Failure): boolean {
  return reason === 'signInRequired' || reason === 'forbidden'
}

// An agreement that is written

async function begin(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const view = await visit.agreements.drafting()
  if (!view.ok) return showRefusal(c, page, view.failure)
  const as = askedFor(c)
  const [draft, need, offer, result, amount] = ['draft', 'need', 'offer', 'result', 'amount'].map((name) =>
    c.req.query(name),
  )
  const typed = draft
    ? await visit.agreements.change(as, draft)
    : await visit.agreements.begin(as, {
        ...(need && { need }),
        ...(offer && { offer }),
        ...(result && { result }),
        ...(amount && /^[0-9]{1,12}$/.test(amount) && { amount: Number(amount) }),
      })
  if (!typed.ok) return showRefusal(c, page, typed.failure)
  const language = typed.value.title === '' ? page.say.locale : typed.value.language
  return drawForm(c, opened, { ...typed.value, language }, null)
}

async function drawForm(
  c: RequestContext,
  { page, visit }: Opened,
  typed: AgreementTyped,
  refused: Failure | null,
): Promise<Response> {
  const view = await visit.agreements.drafting()
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(c, <AgreementFormPage page={page} view={view.value} typed={typed} refused={refused} />, status)
}

/** Shows an agreement first; then keeps it, or says it. */
async function write(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const typed = typedIn(received.value)
  const refuse = (refused: Failure) =>
    isForOthers(refused) ? showRefusal(c, page, refused) : drawForm(c, opened, typed, refused)
  switch (received.value.text('step')) {
    case 'edit':
      return drawForm(c, opened, typed, null)
    case 'row':
      return drawForm(c, opened, { ...typed, obligations: [...typed.obligations, EMPTY_ROW] }, null)
    case 'keep': {
      const kept = await visit.agreements.keep(typed)
      return kept.ok ? goTo(c, page, draftPath(kept.value, typed.as)) : refuse(kept.failure)
    }
    case 'say': {
      const said = await visit.agreements.propose(typed)
      return said.ok ? goTo(c, page, agreementPath(said.value)) : refuse(said.failure)
    }
  }
  const preview = await visit.agreements.preview(typed)
  if (!preview.ok) return refuse(preview.failure)
  return show(c, <AgreementPreviewPage page={page} typed={typed} preview={preview.value} />)
}

const EMPTY_ROW: TypedObligation = {
  by: 'them',
  unit: 'gpu-hour',
  amount: '',
  due: '',
  text: '',
  need: '',
  offer: '',
  pledge: '',
}

function typedIn(fields: Fields): AgreementTyped {
  const rows = Array.from({ length: MOST_ROWS }, (_, at) => at).filter(
    (at) => at === 0 || fields.text(`by${at}`) !== '',
  )
  return {
    as: fields.text('as'),
    with: fields.text('with'),
    title: fields.text('title'),
    description: linesIn(fields.text('description')),
    language: fields.text('language'),
    from: fields.text('from'),
    until: fields.text('until'),
    country: fields.text('country'),
    sector: fields.text('sector'),
    goals: fields.text('goals'),
    result: fields.text('result'),
    draft: fields.text('draft'),
    obligations: rows.map((at) => ({
      by: fields.text(`by${at}`),
      unit: fields.text(`unit${at}`),
      amount: fields.text(`amount${at}`),
      due: fields.text(`due${at}`),
      text: fields.text(`text${at}`),
      need: fields.text(`need${at}`),
      offer: fields.text(`offer${at}`),
      pledge: fields.text(`pledge${at}`),
    })),
  }
}

// A draft that is kept

async function drawDraft(
  c: RequestContext,
  { page, visit }: Opened,
  as: string,
  refused: Failure | null,
): Promise<Response> {
  const view = await visit.agreements.draft(as, idIn(c))
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(c, <DraftPage page={page} view={view.value} refused={refused} isDone={isDone(c)} />, status)
}

async function useDraft(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const fields = received.value
  const [as, id] = [fields.text('as'), idIn(c)]
  switch (fields.text('act')) {
    case 'send': {
      const sent = await visit.agreements.send(as, id, linesIn(fields.text('note')))
      return sent.ok ? goTo(c, page, `${draftPath(id, as)}&done=yes`) : drawDraft(c, opened, as, sent.failure)
    }
    case 'drop': {
      const dropped = await visit.agreements.drop(as, id)
      return dropped.ok ? goTo(c, page, '/agreements') : showRefusal(c, page, dropped.failure)
    }
    case 'sign': {
      if (fields.text('step') === 'say') {
        const said = await visit.agreements.proposeDraft(as, id)
        return said.ok ? goTo(c, page, agreementPath(said.value)) : drawDraft(c, opened, as, said.failure)
      }
      const view = await visit.agreements.draft(as, id)
      return view.ok
        ? show(c, <DraftSayPage page={page} view={view.value} />)
        : showRefusal(c, page, view.failure)
    }
    default:
      return showRefusal(c, page, failure('badRequest'))
  }
}

// What was delivered

async function beginDelivery(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const today = isoTime(opened.page.now).slice(0, 10)
  const typed: DeliveryTyped = {
    as: askedFor(c),
    obligation: c.req.query('obligation') ?? '0',
    amount: '',
    from: `${today.slice(0, 8)}01`,
    until: today,
    note: '',
    revision: '',
    repository: '',
    at: 'main',
    path: '',
    format: '',
  }
  return drawDelivery(c, opened, typed, null)
}

async function drawDelivery(
  c: RequestContext,
  { page, visit }: Opened,
  typed: DeliveryTyped,
  refused: Failure | null,
): Promise<Response> {
  const view = await visit.agreements.owed(idIn(c), typed.as, Number(typed.obligation))
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = refused === null ? 200 : 422
  return show(c, <DeliverPage page={page} view={view.value} typed={typed} refused={refused} />, status)
}

/** Opens the evidence first, and says what was delivered when it was seen. */
async function deliver(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const { page, visit } = opened
  const received = await receive(c)
  if (!received.ok) return showRefusal(c, page, received.failure)
  const typed = deliveryIn(received.value)
  const id = idIn(c)
  const step = received.value.text('step')
  if (step === 'edit') return drawDelivery(c, opened, typed, null)
  if (step === 'say') {
    const said = await visit.agreements.deliver(id, typed)
    return said.ok
      ? goTo(c, page, `${agreementPath(id)}?done=yes`)
      : drawDelivery(c, opened, typed, said.failure)
  }
  const tried = await visit.agreements.tryDelivery(id, typed)
  if (!tried.ok) return drawDelivery(c, opened, typed, tried.failure)
  const view = await visit.agreements.owed(id, typed.as, Number(typed.obligation))
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <DeliverPreviewPage page={page} view={view.value} typed={typed} {...tried.value} />)
}

function deliveryIn(fields: Fields): DeliveryTyped {
  return {
    as: fields.text('as'),
    obligation: fields.text('obligation'),
    amount: fields.text('amount'),
    from: fields.text('from'),
    until: fields.text('until'),
    note: linesIn(fields.text('note')),
    revision: fields.text('revision'),
    repository: fields.text('repository'),
    at: fields.text('at'),
    path: fields.text('path'),
    format: fields.text('format'),
  }
}
