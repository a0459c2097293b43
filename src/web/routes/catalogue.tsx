import { Hono } from 'hono'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import type { RepositoryKind } from '../../kernel/names.ts'
import { localPath } from '../page-context.ts'
import { AccountPage } from '../pages/account.tsx'
import {
  CataloguePage,
  defaultSort,
  SORTS,
  type CatalogueQuery,
  type FacetName,
} from '../pages/catalogue.tsx'
import { HomePage } from '../pages/home.tsx'
import { NotSetUpPage } from '../pages/set-up.tsx'
import { memberPath } from '../paths.ts'
import { open, pageNumber, show, showRefusal, type SiteContext } from './request.tsx'

/** The first page, the catalogue, and what one person or organisation has published. */
export function catalogueRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  routes.get('/', async (c) => {
    const { page, visit } = await open(site, c)
    if (!page.node.isSetUp) return show(c, <NotSetUpPage page={page} />)
    return show(c, <HomePage page={page} view={await visit.catalogue.home()} />)
  })

  for (const [path, kind] of [
    ['/models', 'model'],
    ['/datasets', 'dataset'],
  ] as const) {
    routes.get(path, async (c) => {
      const { page, visit } = await open(site, c)
      return show(c, <CataloguePage page={page} view={await visit.catalogue.search(readQuery(c, kind))} />)
    })
  }

  routes.get('/:account', async (c) => {
    const { page, visit } = await open(site, c)
    const account = await visit.catalogue.account(c.req.param('account'))
    if (!account.ok) {
      const member = await visit.members.publisherOf(c.req.param('account'))
      return member === null
        ? showRefusal(c, page, account.failure)
        : c.redirect(localPath(page, memberPath(member)), 302)
    }
    return show(c, <AccountPage page={page} view={account.value} />)
  })

  return routes
}

const LONGEST_SEARCH = 200
const MOST_CHOSEN = 10

function readQuery(c: RequestContext, kind: RepositoryKind): CatalogueQuery {
  const search = (c.req.query('search') ?? '').trim().slice(0, LONGEST_SEARCH)
  const asked = c.req.query('sort')
  const sort = SORTS.find((each) => each === asked && (each !== 'relevance' || search !== ''))
  const chosen = (name: FacetName) =>
    (c.req.queries(name) ?? []).filter((value) => value !== '').slice(0, MOST_CHOSEN)
  return {
    kind,
    search,
    author: c.req.query('author') || null,
    chosen: {
      task: chosen('task'),
      language: chosen('language'),
      licence: chosen('licence'),
      library: chosen('library'),
      size: chosen('size'),
    },
    sort: sort ?? defaultSort(search),
    page: pageNumber(c),
  }
}
