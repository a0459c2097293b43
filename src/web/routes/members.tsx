import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { MemberId } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import { type TypedTerms, typedTerms, USUAL_TERMS } from '../components/terms-fields.tsx'
import type { MemberAddress } from '../deps.ts'
import { CandidatePage } from '../pages/candidate.tsx'
import { type MemberOutcome, MemberPage, TermsPage, UnfollowPage } from '../pages/member.tsx'
import { membersAfter, MembersPage, type MembersForm, type MembersOutcome } from '../pages/members.tsx'
import { memberPath, withQuery } from '../paths.ts'
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
import { readTerms, typedTermsIn } from './terms-form.ts'

/** Whom this node knows; following and its end, for operators. */
export function memberRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/members', async (c) => {
    const opened = await open(site, c)
    const done = (['follow', 'unfollow', 'allow'] as const).find((each) => each === c.req.query('done'))
    return drawMembers(c, opened, { refused: null, done: done ?? null })
  })
  routes.post('/members/look', (c) => look(site, c))
  routes.post('/members/follow', (c) => follow(site, c))
  routes.post('/members/allow', (c) => allow(site, c))
  routes.get('/members/:member', async (c) => {
    const done = (['terms', 'retry', 'asked'] as const).find((each) => each === c.req.query('done')) ?? null
    return drawMember(c, await open(site, c), { done, failure: null })
  })
  routes.get('/members/:member/terms', async (c) => drawTerms(c, await open(site, c), null))
  routes.post('/members/:member/terms', (c) => changeTerms(site, c))
  routes.post('/members/:member/retry', (c) => retry(site, c))
  routes.get('/members/:member/unfollow', async (c) => drawUnfollow(c, await open(site, c), null))
  routes.post('/members/:member/unfollow', (c) => unfollow(site, c))
  return routes
}

async function drawMembers(
  c: RequestContext,
  { page, visit }: Opened,
  outcome: MembersOutcome,
): Promise<Response> {
  const view = await visit.members.list(pageNumber(c))
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = outcome.refused === null ? 200 : 422
  return show(c, <MembersPage page={page} view={view.value} outcome={outcome} />, status)
}

function memberIn<Value>(
  c: RequestContext,
  find: (memberId: MemberId) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const memberId = MemberId.safeParse(c.req.param('member'))
  return memberId.success ? find(memberId.data) : Promise.resolve(fail(failure('pageNotFound')))
}

async function drawMember(
  c: RequestContext,
  { page, visit }: Opened,
  outcome: MemberOutcome,
): Promise<Response> {
  const view = await memberIn(c, (id) => visit.members.member(id))
  if (!view.ok) return showRefusal(c, page, view.failure)
  const status = outcome.failure === null ? 200 : 422
  return show(c, <MemberPage page={page} view={view.value} outcome={outcome} />, status)
}

/** The form of the terms: as they are, or as they were typed and refused. */
async function drawTerms(
  c: RequestContext,
  { page, visit }: Opened,
  refused: { readonly typed: TypedTerms; readonly failure: Failure } | null,
): Promise<Response> {
  const found = await memberIn(c, (id) => visit.members.toChange(id))
  if (!found.ok) return showRefusal(c, page, found.failure)
  const { member, terms } = found.value
  const typed = refused?.typed ?? typedTerms(terms)
  const failure = refused?.failure ?? null
  return show(
    c,
    <TermsPage page={page} member={member} terms={typed} failure={failure} />,
    failure === null ? 200 : 422,
  )
}

async function changeTerms(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const typed = typedTermsIn(fields.value)
  const terms = readTerms(typed)
  const changed = terms.ok
    ? await memberIn(c, (id) => opened.visit.members.changeTerms(id, terms.value))
    : terms
  if (changed.ok) return goTo(c, opened.page, withQuery(memberPath(changed.value), { done: 'terms' }))
  return isForOthers(changed.failure)
    ? showRefusal(c, opened.page, changed.failure)
    : drawTerms(c, opened, { typed, failure: changed.failure })
}

/** Asks a member's node now, although it failed before. */
async function retry(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const asked = await memberIn(c, (id) => opened.visit.members.retry(id, c.req.raw.signal))
  if (asked.ok) {
    const { memberId, isAnswered } = asked.value
    return goTo(c, opened.page, withQuery(memberPath(memberId), { done: isAnswered ? 'retry' : 'asked' }))
  }
  return isForOthers(asked.failure)
    ? showRefusal(c, opened.page, asked.failure)
    : drawMember(c, opened, { done: null, failure: asked.failure })
}

/** Refused forms that are the visitor's to send again show the page that they are on; others a page of their own. */
function isForOthers({ reason }: Failure): boolean {
  return reason === 'signInRequired' || reason === 'forbidden' || reason === 'readOnlyToken'
}

function drawRefused(
  c: RequestContext,
  opened: Opened,
  form: MembersForm,
  problem: Failure,
  fields: Fields,
): Promise<Response> {
  if (isForOthers(problem)) return showRefusal(c, opened.page, problem)
  const refused = {
    form,
    failure: problem,
    url: fields.text(form === 'allow' ? 'follower' : 'url'),
    handle: fields.text('handle'),
    allowPrivate: fields.text('allowPrivate') === 'yes',
  }
  return drawMembers(c, opened, { refused, done: null })
}

/** Shows whom one is about to follow, and changes nothing. */
async function look(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const address = addressIn(fields.value, 'url')
  const found = address.ok ? await opened.visit.members.inspect(address.value, c.req.raw.signal) : address
  if (!found.ok) return drawRefused(c, opened, 'look', found.failure, fields.value)
  const terms = typedTerms(USUAL_TERMS)
  return show(c, <CandidatePage page={opened.page} view={found.value} terms={terms} failure={null} />)
}

/** The second yes. Refused with the same page when it can be shown again, else with the first form. */
async function follow(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const address = addressIn(fields.value, 'url')
  const memberId = MemberId.safeParse(fields.value.text('member'))
  const typed = typedTermsIn(fields.value)
  const terms = readTerms(typed)
  if (!address.ok) return drawRefused(c, opened, 'look', address.failure, fields.value)
  if (!terms.ok) {
    const again = await opened.visit.members.inspect(address.value, c.req.raw.signal)
    if (!again.ok) return drawRefused(c, opened, 'look', again.failure, fields.value)
    const view = { view: again.value, terms: typed, failure: terms.failure }
    return show(c, <CandidatePage page={opened.page} {...view} />, 422)
  }
  if (!memberId.success) return showRefusal(c, opened.page, failure('badRequest'))
  const input = { ...address.value, ...terms.value, memberId: memberId.data }
  const followed = await opened.visit.members.follow(input, c.req.raw.signal)
  if (followed.ok) return goTo(c, opened.page, membersAfter('follow'))
  return drawRefused(c, opened, 'look', followed.failure, fields.value)
}

async function allow(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const address = addressIn(fields.value, 'follower')
  const done = address.ok
    ? await opened.visit.members.allowFollower(address.value.url, c.req.raw.signal)
    : address
  if (!done.ok) return drawRefused(c, opened, 'allow', done.failure, fields.value)
  return goTo(c, opened.page, membersAfter('allow'))
}

async function drawUnfollow(
  c: RequestContext,
  { page, visit }: Opened,
  refused: Failure | null,
): Promise<Response> {
  const view = await memberIn(c, (id) => visit.members.toUnfollow(id))
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(
    c,
    <UnfollowPage page={page} member={view.value} failure={refused} />,
    refused === null ? 200 : 422,
  )
}

async function unfollow(site: SiteContext, c: RequestContext): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const ended = await memberIn(c, (id) => opened.visit.members.unfollow(id))
  if (ended.ok) return goTo(c, opened.page, membersAfter('unfollow'))
  return isForOthers(ended.failure) || ended.failure.reason === 'notFollowed'
    ? showRefusal(c, opened.page, ended.failure)
    : drawUnfollow(c, opened, ended.failure)
}

/** An address as people type it: without `https://`, with a slash or a page at its end. */
function addressIn(fields: Fields, field: string): Result<MemberAddress> {
  const typed = fields.text(field)
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`)
  if (!url || !/^https?:$/.test(url.protocol)) return fail(failure('unusableAddress', {}, field))
  return succeed({
    url: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    handle: fields.text('handle') || null,
    allowPrivate: fields.text('allowPrivate') === 'yes',
  })
}
