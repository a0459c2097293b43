import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Child } from 'hono/jsx'

import type { HttpEnvironment, RequestContext } from '../../http/context.ts'
import { failure } from '../../kernel/failure.ts'
import { GitOid, RepositoryPath, type RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { RetractionReason } from '../../records/index.ts'
import type { RepositoryHead } from '../components/repository-frame.tsx'
import type { Visit } from '../deps.ts'
import { splitLocale } from '../i18n/index.ts'
import { localPath, type PageContext } from '../page-context.ts'
import { CommitPage } from '../pages/commit.tsx'
import { CommitsPage } from '../pages/commits.tsx'
import { FilePage } from '../pages/file.tsx'
import { FilesPage } from '../pages/files.tsx'
import { RepositoryPage } from '../pages/repository.tsx'
import { TensorsPage } from '../pages/tensors.tsx'
import { repositoryPath, revisionPath, type RepositoryReference } from '../paths.ts'
import { readRepositoryAddress, type RepositoryAddress } from './repository-address.ts'
import { goTo, open, pageNumber, receive, show, showRefusal, type SiteContext } from './request.tsx'

/** Reading repositories: card, files, tensors, commits. Downloads are not pages; `http/` serves them. */
export function repositoryRoutes(site: SiteContext): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()

  for (const [prefix, kind] of [
    ['/datasets', 'dataset'],
    ['', 'model'],
  ] as const) {
    routes.get(`${prefix}/:namespace/:name`, (c) => showOverview(site, c, referenceOf(c, kind)))
    routes.get(`${prefix}/:namespace/:name/:page{(?:tree|blob|tensors|commits|commit)}/*`, (c) =>
      showRevision(site, c),
    )
    routes.post(`${prefix}/:namespace/:name/blob/*`, (c) => eraseFile(site, c))
  }

  return routes
}

/** The repository that `:namespace/:name` names. */
export function referenceOf(c: RequestContext, kind: RepositoryKind): RepositoryReference {
  return { kind, id: `${c.req.param('namespace') ?? ''}/${c.req.param('name') ?? ''}` }
}

async function showOverview(
  site: SiteContext,
  c: RequestContext,
  repository: RepositoryReference,
): Promise<Response> {
  const { page, visit } = await open(site, c)
  const overview = await visit.repositories.overview(repository)
  if (!overview.ok) return showRefusal(c, page, overview.failure)
  const { view, card } = overview.value
  if (view.head.id !== repository.id) return c.redirect(localPath(page, repositoryPath(view.head)), 302)
  const rendered = card === null ? null : await renderCard(site, view.head, card)
  return show(c, <RepositoryPage page={page} view={view} card={rendered} />)
}

/** A card as safe HTML; where it could not be rendered in time, its text as it is. */
async function renderCard(
  { deps }: SiteContext,
  head: RepositoryHead,
  markdown: string,
  folder = '',
): Promise<string> {
  const rendered = await deps.cards.render({
    markdown,
    linkBase: `${revisionPath(head, 'blob', head.revision, folder)}/`,
    pictureBase: `${revisionPath(head, 'resolve', head.revision, folder)}/`,
  })
  return rendered ?? String(await html`<pre dir="auto">${markdown}</pre>`)
}

async function showRevision(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const address = readRepositoryAddress(splitLocale(new URL(c.req.url).pathname).path)
  if (address === null) return showRefusal(c, page, failure('pageNotFound'))
  const loaded = await loadRevision(site, c, { page, visit, address })
  if (!loaded.ok) return showRefusal(c, page, loaded.failure)
  const { head, element } = loaded.value
  if (head.id === address.repository.id) return show(c, element)
  const moved = revisionPath({ kind: head.kind, id: head.id }, address.page, address.revision, address.path)
  return c.redirect(localPath(page, moved), 302)
}

async function eraseFile(site: SiteContext, c: RequestContext): Promise<Response> {
  const { page, visit } = await open(site, c)
  const fields = await receive(c)
  if (!fields.ok) return showRefusal(c, page, fields.failure)
  const address = readRepositoryAddress(splitLocale(new URL(c.req.url).pathname).path)
  if (address?.page !== 'blob') return showRefusal(c, page, failure('pageNotFound'))
  const { repository, revision, path } = address
  const reason = RetractionReason.safeParse(fields.value.text('reason'))
  const isConfirmed = fields.value.text('confirmed') === 'yes'
  const done = !reason.success
    ? fail(failure('invalidField', { field: 'reason' }, 'reason'))
    : isConfirmed
      ? await visit.repositories.erase(repository, revision, path, reason.data)
      : fail(failure('notConfirmed'))
  if (done.ok) return goTo(c, page, revisionPath(repository, 'blob', revision, path))
  const view = await visit.repositories.file(repository, revision, path)
  if (!view.ok || !view.value.offer) return showRefusal(c, page, done.failure)
  return show(c, <FilePage page={page} view={view.value} rendered={null} refused={done.failure} />, 422)
}

interface Loading {
  readonly page: PageContext
  readonly visit: Visit
  readonly address: RepositoryAddress
}

/** A page that is ready to be shown, and whose it is. */
interface Loaded {
  readonly head: RepositoryHead
  readonly element: Child
}

async function loadRevision(site: SiteContext, c: RequestContext, loading: Loading): Promise<Result<Loaded>> {
  const { repositories } = loading.visit
  const { page, address } = loading
  const { repository, revision, path } = address
  if (path !== '' && !RepositoryPath.safeParse(path).success) return fail(failure('entryNotFound'))
  switch (address.page) {
    case 'tree': {
      const files = await repositories.files(repository, revision, path, pageNumber(c))
      return loaded(files, (view) => <FilesPage page={page} view={view} />)
    }
    case 'blob':
      return loadFile(site, loading)
    case 'tensors': {
      const tensors = await repositories.tensors(repository, revision, pageNumber(c))
      return loaded(tensors, (view) => <TensorsPage page={page} view={view} />)
    }
    case 'commits': {
      const commits = await repositories.commits(repository, revision, pageNumber(c))
      return loaded(commits, (view) => <CommitsPage page={page} view={view} />)
    }
    case 'commit': {
      const oid = GitOid.safeParse(revision)
      if (!oid.success) return fail(failure('revisionNotFound', { rev: revision }))
      const commit = await repositories.commit(repository, oid.data)
      return loaded(commit, (view) => <CommitPage page={page} view={view} />)
    }
    case 'resolve':
      return fail(failure('pageNotFound'))
  }
}

function loaded<View extends { readonly head: RepositoryHead }>(
  view: Result<View>,
  draw: (view: View) => Child,
): Result<Loaded> {
  return view.ok ? succeed({ head: view.value.head, element: draw(view.value) }) : view
}

async function loadFile(site: SiteContext, { page, visit, address }: Loading): Promise<Result<Loaded>> {
  const file = await visit.repositories.file(address.repository, address.revision, address.path)
  if (!file.ok) return file
  const { head, preview, path } = file.value
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  const rendered = preview.kind === 'markdown' ? await renderCard(site, head, preview.text, folder) : null
  return succeed({ head, element: <FilePage page={page} view={file.value} rendered={rendered} /> })
}
