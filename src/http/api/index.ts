/** The node's own API, described by `openapi.json`, which is generated from the schemas here. */
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'

import type { Database, ReadCache } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import type { Capacity } from '../../features/capacity/index.ts'
import {
  memoryNeeded,
  type Catalogue,
  type CatalogueEntry,
  type Weights,
} from '../../features/catalogue/index.ts'
import type { Lookup } from '../../features/share/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { DAY, isoTime, type Clock } from '../../kernel/time.ts'
import { access } from '../access.ts'
import { addressOf, kindOf, repositoryPath } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { explain, refuse } from '../refuse.ts'
import { viewerOf } from '../viewer.ts'
import { type HolderDeps, holdersOfRepository } from './holders.ts'
import { criteriaOf, ledgerIatiRoute, ledgerRoute, ledgerTableRoute, presentLedger } from './ledger.ts'
import { Arrivals, Health, NodeDescription, Refusal, RepositoryHolders, WeightFacts } from './schemas.ts'

export { criteriaOf, LedgerSchema, presentLedger } from './ledger.ts'

export interface ApiDeps extends HolderDeps {
  readonly database: Database
  readonly lookups: ReadCache<Lookup>
  readonly accounts: Accounts
  readonly catalogue: Catalogue
  readonly capacity: Pick<Capacity, 'ledger'>
  readonly clock: Clock
  /** The program's version. */
  readonly version: string
}

const BASE = '/api/ayni/v1'
const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

const health = createRoute({
  method: 'get',
  path: `${BASE}/health`,
  summary: 'Whether the node answers',
  responses: { 200: json(Health, 'It does') },
})

const node = createRoute({
  method: 'get',
  path: `${BASE}/node`,
  summary: 'Whose node this is',
  responses: { 200: json(NodeDescription, 'The member'), 409: json(Refusal, 'Not set up yet') },
})

const arrivals = createRoute({
  method: 'get',
  path: `${BASE}/arrivals`,
  summary: 'What came or changed, newest first',
  request: {
    query: z.object({
      days: z.coerce.number().int().min(1).max(366).default(7).openapi({ description: 'How far back' }),
      limit: z.coerce.number().int().min(1).max(100).default(20),
    }),
  },
  responses: {
    200: json(Arrivals, 'What the asker may see'),
    400: json(Refusal, 'A query value is out of range'),
  },
})

const weights = createRoute({
  method: 'get',
  path: `${BASE}/{kind}/{namespace}/{name}/weights`,
  summary: 'What can be loaded, and the memory it takes',
  request: {
    params: z.object({ kind: z.enum(['models', 'datasets']), namespace: z.string(), name: z.string() }),
  },
  responses: {
    200: json(z.array(WeightFacts), 'From the headers of the default branch'),
    401: json(Refusal, 'No such repository, or none for somebody who is not signed in'),
    404: json(Refusal, 'No such repository'),
  },
})

const holders = createRoute({
  method: 'get',
  path: `${BASE}/{kind}/{namespace}/{name}/holders`,
  summary: 'Where a repository is written, how fresh it is here, and who holds its large files',
  request: {
    params: z.object({ kind: z.enum(['models', 'datasets']), namespace: z.string(), name: z.string() }),
  },
  responses: {
    200: json(RepositoryHolders, 'What this node knows without asking anybody'),
    401: json(Refusal, 'No such repository, or none for somebody who is not signed in'),
    404: json(Refusal, 'No such repository, or nothing in it'),
  },
})

/** The routes; {@link describeApi} describes them. */
export function apiRoutes(deps: ApiDeps): OpenAPIHono<HttpEnvironment> {
  const app = new OpenAPIHono<HttpEnvironment>({
    defaultHook: (outcome, c) => {
      if (outcome.success) return undefined
      const [issue] = outcome.error.issues
      const field = issue?.path.join('.') ?? ''
      return refuse(c, { reason: 'invalidField', field, detail: { field, problem: issue?.message ?? '' } })
    },
  })

  app.openapi(health, (c) => c.json({ status: 'ok' as const }, 200))

  app.openapi(node, async (c) => {
    const member = await deps.accounts.member()
    if (!member) return c.json(explain(c, failure('notSetUp')), 409)
    const { handle, displayName: name, url } = member
    return c.json({ handle, name, url, software: { name: 'ayni' as const, version: deps.version } }, 200)
  })

  app.openapi(arrivals, async (c) => {
    const { days, limit } = c.req.valid('query')
    const since = deps.clock() - days * DAY
    const came = await deps.catalogue.arrivals({ since, limit, viewer: await viewerOf(deps, c) })
    const base = baseUrl(c)
    const presented = came.map(({ entry, what, at }) => ({
      what,
      at: isoTime(at),
      repository: brief(entry, base),
    }))
    return c.json({ since: isoTime(since), arrivals: presented }, 200)
  })

  app.openapi(weights, async (c) => {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.valid('param').kind)), 'read')
    if (!found.ok) return c.json(explain(c, found.failure), c.get('actor').kind === 'anonymous' ? 401 : 404)
    const entry = await deps.catalogue.entry(found.value.repository.id)
    return c.json(
      (entry?.card?.weights ?? []).map((each) => ({
        ...facts(each),
        memoryBytes: memoryNeeded(each),
      })),
      200,
    )
  })

  app.openapi(holders, async (c) => {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.valid('param').kind)), 'read')
    if (!found.ok) return c.json(explain(c, found.failure), c.get('actor').kind === 'anonymous' ? 401 : 404)
    const known = await holdersOfRepository(deps, found.value.repository)
    return known.ok ? c.json(known.value, 200) : c.json(explain(c, known.failure), 404)
  })

  app.openapi(ledgerRoute, async (c) => {
    const { asOf, ...asked } = c.req.valid('query')
    return c.json(presentLedger(await deps.capacity.ledger.read(criteriaOf(asked), asOf ?? null)), 200)
  })

  app.openapi(ledgerTableRoute, async (c) => {
    const { asOf, ...asked } = c.req.valid('query')
    const lines = await deps.capacity.ledger.table(criteriaOf(asked), asOf ?? null)
    return send(c, 'text/csv; charset=utf-8', 'ledger.csv', lines)
  })

  app.openapi(ledgerIatiRoute, async (c) => {
    const member = await deps.accounts.member()
    if (!member) return c.json(explain(c, failure('notSetUp')), 409)
    const { reportingOrg: reference = member.id } = c.req.valid('query')
    const activities = await deps.capacity.ledger.iati({
      reference,
      name: member.displayName || member.handle,
    })
    return send(c, 'application/xml; charset=utf-8', 'ledger.iati.xml', activities)
  })

  app.get(`${BASE}/openapi.json`, (c) => c.json(describeApi()))
  return app
}

/** The OpenAPI 3.1 document of {@link apiRoutes}, the same for every node; committed as `openapi.json`. */
export function describeApi() {
  const app = new OpenAPIHono()
  for (const route of [
    health,
    node,
    arrivals,
    weights,
    holders,
    ledgerRoute,
    ledgerTableRoute,
    ledgerIatiRoute,
  ])
    app.openAPIRegistry.registerPath(route)
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Ayni',
      version: '1',
      description: 'What a node tells beside the Hugging Face API. No key is needed for what is public.',
    },
  })
}

/** Sends texts one after another, to be kept as a file. */
function send(c: RequestContext, contentType: string, name: string, texts: Iterable<string>): Response {
  c.header('Content-Type', contentType)
  c.header('Content-Disposition', `attachment; filename="${name}"`)
  const left = texts[Symbol.iterator]()
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const next = left.next()
      if (next.done) controller.close()
      else controller.enqueue(utf8(next.value))
    },
  })
  return c.body(body)
}

function brief({ kind, fullName, card, modifiedAt }: CatalogueEntry, base: string) {
  return {
    kind,
    id: fullName,
    title: card?.title ?? fullName,
    summary: card?.summary ?? '',
    licence: card?.licence?.id ?? null,
    languages: card?.languages ?? [],
    task: card?.pipelineTag ?? null,
    sizeBytes: card?.sizeBytes ?? 0,
    modifiedAt: isoTime(modifiedAt),
    page: `${base}${repositoryPath({ kind, fullName })}`,
  }
}

function facts({ format, paths, parameterCount, precisions, tensorBytes }: Weights) {
  return { format, paths, parameterCount, precisions, tensorBytes }
}
