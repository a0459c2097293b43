import { Hono } from 'hono'

import type { HttpEnvironment } from '../../http/context.ts'
import { OverviewPage } from '../pages/overview.tsx'
import { open, show, type SiteContext } from './request.tsx'

/** The first page about needs and offers. */
export function overviewRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/needs', async (c) => {
    const { page, visit } = await open(site, c)
    return show(c, <OverviewPage page={page} view={await visit.ledger.overview()} />)
  })
  routes.get('/needs-and-offers', async (c) => c.redirect(c.req.path.replace(/-and-offers$/, ''), 301))
  return routes
}
