import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'

import type { HttpEnvironment, RequestContext } from '../http/context.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import { createAssets, type Assets } from './assets.ts'
import type { SiteDeps } from './deps.ts'
import { LOCALES } from './i18n/index.ts'
import { accessRoutes } from './routes/access.tsx'
import { accountRoutes } from './routes/accounts.tsx'
import { agreementRoutes } from './routes/agreements.tsx'
import { associationRoutes } from './routes/associations.tsx'
import { catalogueRoutes } from './routes/catalogue.tsx'
import { ledgerRoutes } from './routes/ledger.tsx'
import { logRoutes } from './routes/log.tsx'
import { memberRoutes } from './routes/members.tsx'
import { needRoutes } from './routes/needs.tsx'
import { operationRoutes } from './routes/operation.tsx'
import { overviewRoutes } from './routes/overview.tsx'
import { publicGoodRoutes } from './routes/public-good.tsx'
import { repositorySettingsRoutes } from './routes/repository-settings.tsx'
import { repositoryRoutes } from './routes/repository.tsx'
import { open, showRefusal, type SiteContext } from './routes/request.tsx'
import { roundRoutes } from './routes/rounds.tsx'

/** Nothing but our own style sheet, islands and pictures; nowhere else to send a form; in nobody's frame. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const LONGEST_FORM = 64 * 1024

/**
 * The pages of a node, in six languages, below `/` and below `/{language}`. Expects `actor` and `translators` to
 * be set on the request. Takes every GET that no router before it took, so it comes last; paths of programs
 * (`/api/…`) that it does not know pass through.
 */
export function createSite(deps: SiteDeps): Hono<HttpEnvironment> {
  const site: SiteContext = { deps, assets: createAssets() }
  const app = new Hono<HttpEnvironment>()

  app.get('/assets/:name', (c) => sendAsset(c, site.assets))
  const pages = createPages(site)
  app.route(`/:language{(?:${LOCALES.join('|')})}`, pages)
  app.route('/', pages)
  return app
}

function createPages(site: SiteContext): Hono<HttpEnvironment> {
  const pages = new Hono<HttpEnvironment>()
  pages.use((c, next) => (isForPrograms(c.req.path) ? Promise.resolve(c.notFound()) : next()))
  pages.use(async (c, next) => {
    await next()
    c.header('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('Referrer-Policy', 'same-origin')
    c.header('Vary', 'Accept-Language, Cookie', { append: true })
    if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'private, no-cache')
  })
  pages.use(compress())
  pages.post(
    '*',
    bodyLimit({
      maxSize: LONGEST_FORM,
      onError: () => {
        throw new Refusal(failure('tooLarge', { limit: LONGEST_FORM }))
      },
    }),
  )
  pages.route('/', accountRoutes(site))
  pages.route('/', accessRoutes(site))
  pages.route('/', operationRoutes(site))
  pages.route('/', logRoutes(site))
  pages.route('/', publicGoodRoutes(site))
  pages.route('/', memberRoutes(site))
  pages.route('/', associationRoutes(site))
  pages.route('/', roundRoutes(site))
  pages.route('/', ledgerRoutes(site))
  pages.route('/', agreementRoutes(site))
  pages.route('/', needRoutes(site))
  pages.route('/', overviewRoutes(site))
  pages.route('/', repositorySettingsRoutes(site))
  pages.route('/', catalogueRoutes(site))
  pages.route('/', repositoryRoutes(site))
  pages.get('*', async (c) => {
    const tidy = withoutSlashes(c.req.path)
    if (tidy !== c.req.path) return c.redirect(tidy, 301)
    const { page } = await open(site, c)
    return showRefusal(c, page, failure('pageNotFound'))
  })
  pages.onError(async (error, c) => {
    if (!(error instanceof Refusal)) throw error
    const { page } = await open(site, c)
    return showRefusal(c, page, error.failure)
  })
  return pages
}

/** Addresses that programs use: what no router before us knew there is not a page either. */
function isForPrograms(path: string): boolean {
  return /^\/(?:api|cas)(?:\/|$)/.test(path)
}

/** One slash before, none behind; never an address of another host, which `//host` and `/\\host` would be. */
function withoutSlashes(path: string): string {
  return `/${path.replaceAll(/^[/\\]+|\/+$/g, '')}`
}

/** An asset never changes under its address: it is kept for a year. */
function sendAsset(c: RequestContext, assets: Assets): Response | Promise<Response> {
  const asset = assets.find(c.req.param('name') ?? '')
  if (!asset) return c.notFound()
  const accepted = c.req.header('accept-encoding') ?? ''
  const encoding = (['br', 'gzip'] as const).find((each) => accepted.includes(each))
  c.header('Content-Type', asset.contentType)
  c.header('Cache-Control', 'public, max-age=31536000, immutable')
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Vary', 'Accept-Encoding')
  if (encoding) c.header('Content-Encoding', encoding)
  return c.body(asset.body(encoding ?? 'identity'))
}
