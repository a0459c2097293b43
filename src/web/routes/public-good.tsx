import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { PublicGoodPage, PublicGoodsPage, type RefusedPromise } from '../pages/public-good.tsx'
import { repositoryPath, type RepositoryReference } from '../paths.ts'
import { referenceOf } from './repository.tsx'
import { goTo, open, receive, show, showRefusal, type Opened, type SiteContext } from './request.tsx'

/** What is promised to everybody. */
export function publicGoodRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  routes.get('/public-goods', async (c) => {
    const { page, visit } = await open(site, c)
    return show(c, <PublicGoodsPage page={page} promises={await visit.publicGoods.list()} />)
  })
  for (const [prefix, kind] of [
    ['/datasets', 'dataset'],
    ['', 'model'],
  ] as const) {
    const path = `${prefix}/:namespace/:name/public-good`
    routes.get(path, async (c) => draw(c, await open(site, c), referenceOf(c, kind), null))
    routes.post(path, (c) => promise(site, c, referenceOf(c, kind)))
  }
  return routes
}

async function draw(
  c: RequestContext,
  { page, visit }: Opened,
  reference: RepositoryReference,
  refused: RefusedPromise | null,
): Promise<Response> {
  const view = await visit.publicGoods.show(reference)
  if (!view.ok) return showRefusal(c, page, view.failure)
  return show(c, <PublicGoodPage page={page} view={view.value} refused={refused} />, refused ? 422 : 200)
}

async function promise(
  site: SiteContext,
  c: RequestContext,
  reference: RepositoryReference,
): Promise<Response> {
  const opened = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, opened.page, fields.failure)
  const { value } = fields
  const filled = {
    licence: value.text('licence'),
    holders: value.text('holders'),
    until: value.text('until'),
  }
  const promised = await opened.visit.publicGoods.promise(reference, {
    ...filled,
    holders: /^\d{1,4}$/.test(filled.holders) ? Number(filled.holders) : 0, // refused as every other wrong number is
  })
  if (promised.ok) return goTo(c, opened.page, `${repositoryPath(reference)}/public-good`)
  return draw(c, opened, reference, { ...filled, failure: promised.failure })
}
