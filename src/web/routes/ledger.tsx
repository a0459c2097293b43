import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { CapacityKind } from '../../records/index.ts'
import { BenefitsPage } from '../pages/benefits.tsx'
import { LedgerPage, type LedgerQuery } from '../pages/ledger.tsx'
import { open, show, type SiteContext } from './request.tsx'

/** What was promised and what came of it, and who benefits. */
export function ledgerRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/ledger', async (c) => {
    const { page, visit } = await open(site, c)
    return show(c, <LedgerPage page={page} view={await visit.ledger.ledger(queryOf(c))} />)
  })
  routes.get('/benefits', async (c) => {
    const { page, visit } = await open(site, c)
    return show(c, <BenefitsPage page={page} view={await visit.ledger.benefits()} />)
  })
  return routes
}

/** What is not understood is not asked for. */
function queryOf(c: RequestContext): LedgerQuery {
  return {
    kind: CapacityKind.safeParse(c.req.query('kind')).data ?? null,
    group: c.req.query('group') || null,
    member: c.req.query('member') || null,
  }
}
