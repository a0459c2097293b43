import { getCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { type Session, SESSION_COOKIE } from '../../features/accounts/index.ts'
import { baseUrl } from '../../http/base-url.ts'
import type { RequestContext } from '../../http/context.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { Assets } from '../assets.ts'
import { CSRF_BYTES, isCrossSite, isCsrfSecret, isCsrfToken, maskCsrf } from '../csrf.ts'
import type { SiteDeps, Visit } from '../deps.ts'
import { chooseLocale, splitLocale } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { RefusalPage, statusOfPage } from '../pages/refusal.tsx'

/** What the routes of the site share. */
export interface SiteContext {
  readonly deps: SiteDeps
  readonly assets: Assets
}

/** A visitor in front of a page. */
export interface Opened {
  readonly page: PageContext
  readonly visit: Visit
}

const CSRF_COOKIE = 'csrf'

/** The cookie in which a browser keeps its language. */
export const LANGUAGE_COOKIE = 'lang'

/**
 * Finds out who is there and which language they read. With `form`, a stranger's browser gets the cookie that
 * forms need; pages without forms leave strangers without cookies.
 */
export async function open({ deps, assets }: SiteContext, c: RequestContext, form = false): Promise<Opened> {
  const visit = await deps.visit(c.get('actor'))
  const url = new URL(c.req.url)
  const { locale: chosen, path } = splitLocale(url.pathname)
  const locale = chooseLocale({
    path: url.pathname,
    cookie: getCookie(c, LANGUAGE_COOKIE),
    acceptLanguage: c.req.header('accept-language'),
  })
  const page: PageContext = {
    say: c.get('translators').for(locale),
    now: deps.clock(),
    node: visit.node.isSetUp ? visit.node : { ...visit.node, name: 'Ayni' },
    address: baseUrl(c),
    viewer: visit.viewer,
    path: c.req.method === 'GET' ? `${path}${url.search}` : path,
    chosen,
    csrf: form || visit.viewer !== null ? csrfToken(deps, c) : '',
    assets: assets.urls,
  }
  return { page, visit }
}

function csrfToken({ random }: SiteDeps, c: RequestContext): string {
  const known = getCookie(c, CSRF_COOKIE)
  const secret = isCsrfSecret(known) ? known : random(CSRF_BYTES).toHex()
  if (secret !== known) setCookie(c, CSRF_COOKIE, secret, cookieOptions(c))
  return maskCsrf(secret, random(CSRF_BYTES))
}

function cookieOptions(c: RequestContext) {
  return { path: '/', httpOnly: true, sameSite: 'Lax', secure: baseUrl(c).startsWith('https:') } as const
}

/** Keeps the reader's language in their browser for a year. */
export function keepLanguage(c: RequestContext, locale: string): void {
  setCookie(c, LANGUAGE_COOKIE, locale, { ...cookieOptions(c), maxAge: 365 * 24 * 60 * 60 })
}

/** Signs the browser in. */
export function keepSession(c: RequestContext, session: Session, now: number): void {
  const maxAge = Math.floor((session.expiresAt - now) / 1000)
  setCookie(c, SESSION_COOKIE, session.secret, { ...cookieOptions(c), maxAge })
}

/** Signs the browser out. */
export function dropSession(c: RequestContext): void {
  setCookie(c, SESSION_COOKIE, '', { ...cookieOptions(c), maxAge: 0 })
}

/** Sends a page. */
export async function show(c: RequestContext, page: Child, status = 200): Promise<Response> {
  return c.html(await html`<!doctype html>${page}`, status satisfies number as ContentfulStatusCode)
}

/** Sends the page that says what was refused. */
export function showRefusal(c: RequestContext, page: PageContext, refused: Failure): Promise<Response> {
  return show(c, <RefusalPage page={page} failure={refused} />, statusOfPage(refused))
}

/** Leads the browser on after a form was accepted. */
export function goTo(c: RequestContext, page: PageContext, path: string): Response {
  return c.redirect(localPath(page, path), 303)
}

/** A form's fields: the text of each, trimmed but for passwords; empty when it was not sent. */
export interface Fields {
  text(name: string): string
  /** As typed. */
  secret(name: string): string
  /** All values of one name: of boxes that were ticked. */
  list(name: string): readonly string[]
}

/** Reads a form that our own page sent; refuses one that came from elsewhere. */
export async function receive(c: RequestContext): Promise<Result<Fields>> {
  const own = new URL(baseUrl(c)).origin
  const origin = { fetchSite: c.req.header('sec-fetch-site'), origin: c.req.header('origin'), own }
  if (isCrossSite(origin)) return fail(failure('crossSiteRequest'))
  const body = await c.req.parseBody({ all: true })
  const fields = {
    secret: (name: string) => fieldOf(body, name),
    text: (name: string) => fieldOf(body, name).trim(),
    list: (name: string) => listOf(body, name).map((value) => value.trim()),
  }
  if (!isCsrfToken(fields.text('csrf'), getCookie(c, CSRF_COOKIE))) return fail(failure('crossSiteRequest'))
  return succeed(fields)
}

function fieldOf(body: Readonly<Record<string, unknown>>, name: string): string {
  return listOf(body, name).at(-1) ?? ''
}

function listOf(body: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const values: readonly unknown[] = [body[name]].flat()
  return values.filter((value) => typeof value === 'string')
}

/** A page number from a query; 1 for anything that is none. */
export function pageNumber(c: RequestContext): number {
  const number = Number(c.req.query('page') ?? '1')
  return Number.isSafeInteger(number) && number > 0 ? number : 1
}
