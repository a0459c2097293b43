import { Hono } from 'hono'
import { z } from 'zod'

import { ReadCache } from '../../database/index.ts'
import { Sort, type CatalogueEntry, type Criteria } from '../../features/catalogue/index.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import type { GitOid, RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { access } from '../access.ts'
import { addressOf, kindOf, rawPath, readRevisionAddress } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import { readJson } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { viewerOf } from '../viewer.ts'
import { isTrue } from './commit.ts'
import type { HuggingFaceDeps } from './deps.ts'
import { nextLink } from './pagination.ts'
import { chooseProperties, presentInfo } from './present.ts'
import { expandsOf } from './revisions.ts'

const LIST_PAGE = 100
const MOST_LISTED = 1000

const ValidateYaml = z.object({ content: z.string(), repoType: z.string().nullish() })

/** Characters of info answers kept. */
const MOST_KEPT = 32 * 1024 * 1024

interface InfoRequest {
  readonly repositoryId: string
  /** Null: `main`, and an empty repository is no error. */
  readonly revision: string | null
  readonly properties: readonly string[]
  readonly withBlobs: boolean
  readonly withScans: boolean
}

type InfoAnswer =
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'answered'; readonly commit: GitOid | null; readonly json: string }

const weigh = (answer: InfoAnswer) => (answer.kind === 'answered' ? answer.json.length : 100)

/** Info about one repository, lists of many, and checking a card (contract §1.5, §1.6). */
export function informationRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const base = '/api/:kind{(?:models|datasets)}'
  const answers = new ReadCache<InfoAnswer>(deps.database, MOST_KEPT, weigh)

  app.get(base, async (c) => {
    const kind = kindOf(c.req.param('kind'))
    const request = await readListRequest(c, kind)
    if (!request.ok) return refuse(c, request.failure)
    const shape = isTrue(c.req.query('full')) ? 'full' : 'listed'
    const properties = chooseProperties(kind, expandsOf(c), shape)
    if (!properties.ok) return refuse(c, properties.failure)
    const asked = [...properties.value]
    if (isTrue(c.req.query('cardData'))) asked.push('cardData')
    if (isTrue(c.req.query('config')) && kind === 'model') asked.push('config')
    const page = await deps.catalogue.list(request.value)
    if (page.next) nextLink(c, baseUrl(c), { cursor: page.next })
    return c.json(await Promise.all(page.entries.map((entry) => presentEntry(entry, asked))))
  })

  for (const kind of ['model', 'dataset'] as const) {
    app.get(`/api/${kind}s-tags-by-type`, async (c) =>
      c.json(await deps.catalogue.tagsByType(kind, await viewerOf(deps, c))),
    )
  }

  app.get(`${base}/:namespace/:name`, (c) => info(c))
  app.get(`${base}/:namespace/:name/revision/*`, (c) => info(c))

  async function info(c: RequestContext): Promise<Response> {
    const kind = kindOf(c.req.param('kind') ?? '')
    const found = await access(deps, c, addressOf(c, kind), 'read')
    if (!found.ok) return refuse(c, found.failure)
    const { repository } = found.value
    const properties = chooseProperties(kind, expandsOf(c), 'single')
    if (!properties.ok) return refuse(c, properties.failure)
    const request: InfoRequest = {
      repositoryId: repository.id,
      revision: readRevisionAddress(rawPath(c), 'revision')?.revision ?? null,
      properties: properties.value,
      withBlobs: isTrue(c.req.query('blobs')),
      withScans: isTrue(c.req.query('securityStatus')),
    }
    const answer = await answers.get(JSON.stringify(request), () => describe(request))
    if (answer.kind === 'refused') return refuse(c, answer.failure)
    if (answer.commit) c.header('X-Repo-Commit', answer.commit)
    return c.body(answer.json, 200, { 'Content-Type': 'application/json' })
  }

  async function describe(request: InfoRequest): Promise<InfoAnswer> {
    const { repositoryId, revision, properties, withBlobs, withScans } = request
    const resolved = await deps.share.queries.resolve(deps.database.read, repositoryId, revision ?? 'main')
    if (!resolved.ok && revision !== null) return { kind: 'refused', failure: resolved.failure }
    const entry = await deps.catalogue.entry(repositoryId)
    if (!entry) return { kind: 'refused', failure: failure('repositoryNotFound') }
    const commit = resolved.ok ? resolved.value : null
    const isHead = commit === null || commit === entry.head
    const card = isHead ? entry.card : await deps.catalogue.readCard(repositoryId, commit)
    const wantsFiles = properties.includes('siblings')
    const files = commit && wantsFiles ? await deps.share.queries.files(deps.database.read, commit) : null
    const usedStorage = properties.includes('usedStorage') ? await deps.content.usedBy(repositoryId) : null
    const info = presentInfo({ entry, commit, card, files, withBlobs, usedStorage }, properties)
    const scans = withScans && { securityRepoStatus: { scansDone: false, filesWithIssues: [] } }
    return { kind: 'answered', commit, json: JSON.stringify({ ...info, ...scans }) }
  }

  async function presentEntry(entry: CatalogueEntry, properties: readonly string[]) {
    const wantsFiles = properties.includes('siblings') && entry.head !== null
    const files =
      wantsFiles && entry.head ? await deps.share.queries.files(deps.database.read, entry.head) : null
    const usedStorage = properties.includes('usedStorage') ? await deps.content.usedBy(entry.id) : null
    return presentInfo(
      { entry, commit: entry.head, card: entry.card, files, withBlobs: false, usedStorage },
      properties,
    )
  }

  async function readListRequest(c: RequestContext, kind: RepositoryKind) {
    const criteria = await readCriteria(c, kind)
    if (!criteria.ok) return criteria
    const sort = Sort.safeParse(
      c.req.query('sort') ?? (criteria.value.search ? 'relevance' : 'trendingScore'),
    )
    if (!sort.success)
      return fail(failure('invalidField', { field: 'sort', problem: Sort.options.join(', ') }, 'sort'))
    const limit = Math.min(MOST_LISTED, Math.max(1, Number(c.req.query('limit') ?? LIST_PAGE) || LIST_PAGE))
    const direction = c.req.query('direction') === '1' ? ('ascending' as const) : ('descending' as const)
    return succeed({ ...criteria.value, sort: sort.data, direction, limit, cursor: c.req.query('cursor') })
  }

  async function readCriteria(c: RequestContext, kind: RepositoryKind): Promise<Result<Criteria>> {
    const gated = c.req.query('gated')
    const parameters = readBounds(c.req.query('num_parameters'))
    if (parameters === 'malformed') {
      return fail(
        failure('invalidField', { field: 'num_parameters', problem: 'min:7B,max:13B' }, 'num_parameters'),
      )
    }
    return succeed({
      kind,
      search: (c.req.queries('search') ?? []).join(' ') || undefined,
      author: c.req.query('author'),
      filters: (c.req.queries('filter') ?? []).flatMap((filter) => filter.split(',')).filter(Boolean),
      pipelineTag: c.req.query('pipeline_tag'),
      library: c.req.query('library'),
      gated: gated === undefined ? undefined : isTrue(gated),
      parameters,
      viewer: await viewerOf(deps, c),
    })
  }

  app.post('/api/validate-yaml', async (c) => {
    const body = await readJson(c, ValidateYaml)
    if (!body.ok)
      return c.json({ warnings: [], errors: [{ message: 'content is missing or not text' }] }, 400)
    const checked = deps.catalogue.validateCard(body.value.content)
    return c.json(checked, checked.errors.length > 0 ? 400 : 200)
  })

  return app
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, b: 1e9, t: 1e12 }

/** `min:7B,max:13B`, either part optional. */
function readBounds(text: string | undefined): { min?: number; max?: number } | undefined | 'malformed' {
  if (text === undefined) return undefined
  const bounds: { min?: number; max?: number } = {}
  for (const part of text.split(',')) {
    const match = /^(min|max):(\d+(?:\.\d+)?)([kmbt]?)$/i.exec(part.trim())
    if (!match) return 'malformed'
    const value = Number(match[2]) * (UNITS[(match[3] ?? '').toLowerCase()] ?? 1)
    if (match[1] === 'min') bounds.min = value
    else bounds.max = value
  }
  return bounds
}
