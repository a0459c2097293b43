import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { cors } from 'hono/cors'

import type { Content, Signer } from '../../content/index.ts'
import type { ByteRange } from '../../kernel/byte-range.ts'
import { failure } from '../../kernel/failure.ts'
import { XetHash } from '../../kernel/names.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import { baseUrl } from '../base-url.ts'
import { bodyStream } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendBytes } from '../send-content.ts'
import { slowJson } from '../slow-answer.ts'
import { casUrl } from './cas-url.ts'
import { readFetchRequest, signFetchUrl } from './fetch-url.ts'
import { multipartBody } from './multipart.ts'
import { presentV1, presentV2, type SignStretches } from './reconstruction.ts'
import { progressLines, ShardProgress } from './shard-progress.ts'
import type { XetClaims, XetTokens } from './tokens.ts'

/** Files at most in one batch of plans. */
const MOST_IN_BATCH = 100

export interface CasDeps {
  readonly content: Content
  readonly tokens: XetTokens
  readonly signer: Signer
  readonly clock: Clock
}

/**
 * The content-addressed store as Xet clients use it, below `/cas/{epoch}`. Any epoch is answered: it exists only to
 * keep the memories of clients apart. Tokens are of our own kind (`xetTokenRoutes`); signed addresses need none.
 */
export function casRoutes(deps: CasDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>().basePath('/cas/:epoch')
  // No cookie counts here, so any web page may use a token that it was given.
  app.use(cors({ origin: '*', exposeHeaders: ['Content-Range', 'Content-Length', 'ETag', 'X-Request-Id'] }))
  app.use('/:version{(?:v1|v2)}/reconstructions/*', compress())

  app.post('/v1/xorbs/:prefix{(?:default|default-merkledb)}/:hash', (c) => storeXorb(deps, c))
  app.get('/v1/xorbs/:prefix{(?:default|default-merkledb)}/:hash', (c) => sizeOfXorb(deps, c))
  app.get('/v1/files/:hash', (c) => sizeOfFile(deps, c))
  app.post('/v1/shards', (c) => registerShard(deps, c))
  app.post('/v2/shards', (c) => registerShardWithProgress(deps, c))
  app.get('/v1/chunks/:prefix{(?:default|default-merkledb)}/:hash', (c) => answerDedup(deps, c))
  app.get('/:version{(?:v1|v2)}/reconstructions/:hash', (c) => reconstruct(deps, c))
  app.get('/v1/reconstructions', (c) => reconstructAll(deps, c))
  app.get('/v2/file-chunk-hashes/:hash', (c) => refuse(c, failure('contentNotFound')))
  app.post('/v1/telemetry', (c) => c.json({}))
  app.get('/x/:hash', (c) => fetchStretches(deps, c))
  return app
}

/** Who asks, by the bearer token; `write` refuses a token that may only read with 403. */
async function claimsOf(
  { tokens }: CasDeps,
  c: RequestContext,
  needed: 'read' | 'write',
): Promise<Result<XetClaims>> {
  const bearer = /^Bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (bearer === undefined) return fail(failure('signInRequired'))
  const claims = await tokens.read(bearer)
  if (claims.ok && needed === 'write' && claims.value.scope !== 'write') return fail(failure('readOnlyToken'))
  return claims
}

/** A request by somebody whose token is good, for something named by a hash. */
async function requestFor(
  deps: CasDeps,
  c: RequestContext,
  needed: 'read' | 'write',
): Promise<Result<{ readonly claims: XetClaims; readonly hash: XetHash }>> {
  const claims = await claimsOf(deps, c, needed)
  if (!claims.ok) return claims
  const hash = XetHash.safeParse(c.req.param('hash'))
  return hash.success
    ? succeed({ claims: claims.value, hash: hash.data })
    : fail(failure('invalidField', { field: 'hash' }, 'hash'))
}

async function storeXorb(deps: CasDeps, c: RequestContext): Promise<Response> {
  const request = await requestFor(deps, c, 'write')
  if (!request.ok) return refuse(c, request.failure)
  const stored = await deps.content.storeXorb(request.value.hash, bodyStream(c), c.req.raw.signal)
  return stored.ok ? c.json({ was_inserted: stored.value.wasInserted }) : refuse(c, stored.failure)
}

async function registerShard(deps: CasDeps, c: RequestContext): Promise<Response> {
  const claims = await claimsOf(deps, c, 'write')
  if (!claims.ok) return refuse(c, claims.failure)
  const { signal } = c.req.raw
  const outcome = deps.content.registerShard(claims.value.repositoryId, bodyStream(c), { signal })
  return slowJson(c, outcome, () => ({ result: 1 }))
}

/** Like version 1, answering as soon as the body is here and then line by line. */
async function registerShardWithProgress(deps: CasDeps, c: RequestContext): Promise<Response> {
  const claims = await claimsOf(deps, c, 'write')
  if (!claims.ok) return refuse(c, claims.failure)
  const progress = new ShardProgress()
  const stop = new AbortController()
  const body = observed(bodyStream(c))
  const outcome = deps.content.registerShard(claims.value.repositoryId, body, {
    onProgress: progress.update,
    signal: AbortSignal.any([c.req.raw.signal, stop.signal]),
  })
  const early = await Promise.race([outcome, body.ended])
  if (early && !early.ok) return refuse(c, early.failure)
  const translator = c.get('translators').for('en')
  const lines = progressLines(
    outcome,
    progress,
    (refused) => translator.failure(refused.failure),
    (cause) => stop.abort(cause),
  )
  return c.body(lines, 200, { 'Content-Type': 'application/x-ndjson', 'Cache-Control': 'no-cache' })
}

/** The same body, telling when its last piece was taken. */
function observed(
  body: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> & { readonly ended: Promise<null> } {
  const ended = Promise.withResolvers<null>()
  return {
    ended: ended.promise,
    async *[Symbol.asyncIterator]() {
      yield* body
      ended.resolve(null)
    },
  }
}

async function answerDedup(deps: CasDeps, c: RequestContext): Promise<Response> {
  const request = await requestFor(deps, c, 'read')
  if (!request.ok) return refuse(c, request.failure)
  const { claims, hash } = request.value
  const shard = await deps.content.dedupAnswer(hash, { repositoryId: claims.repositoryId })
  if (!shard) return refuse(c, failure('contentNotFound'))
  return c.body(new Uint8Array(shard), 200, { 'Content-Type': 'application/octet-stream' })
}

async function reconstruct(deps: CasDeps, c: RequestContext): Promise<Response> {
  const request = await requestFor(deps, c, 'read')
  if (!request.ok) return refuse(c, request.failure)
  const range = readPlanRange(c.req.header('range'))
  if (!range.ok) return refuse(c, range.failure)
  const { claims, hash } = request.value
  const plan = await deps.content.reconstruct(claims.repositoryId, hash, range.value)
  if (!plan.ok) return refuse(c, plan.failure)
  const sign = await signing(deps, c)
  const present = c.req.param('version') === 'v2' ? presentV2 : presentV1
  return c.json(await present(plan.value, sign), 200, { 'Cache-Control': 'private, no-store' })
}

/** `bytes=a-b` or `bytes=a-`; absent means the whole file. Unlike for bodies, what is malformed is refused. */
function readPlanRange(header: string | undefined): Result<ByteRange | undefined> {
  if (header === undefined) return succeed(undefined)
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header.trim())
  const start = Number(match?.[1])
  const end = match?.[2] ? Number(match[2]) + 1 : Number.MAX_SAFE_INTEGER
  return match && start < end
    ? succeed({ start, end })
    : fail(failure('invalidField', { field: 'Range' }, 'Range'))
}

/** Plans for several files, by the Rust client's library; those that may not be read are left out. */
async function reconstructAll(deps: CasDeps, c: RequestContext): Promise<Response> {
  const claims = await claimsOf(deps, c, 'read')
  if (!claims.ok) return refuse(c, claims.failure)
  const ids = c.req.queries('file_id') ?? []
  if (ids.length > MOST_IN_BATCH) return refuse(c, failure('tooManyFiles', { limit: MOST_IN_BATCH }))
  const sign = await signing(deps, c)
  const files: Record<string, unknown> = {}
  const fetchInfo: Record<string, unknown[]> = {}
  for (const id of ids) {
    const hash = XetHash.safeParse(id)
    const plan = hash.success && (await deps.content.reconstruct(claims.value.repositoryId, hash.data))
    if (!plan || !plan.ok) continue
    const presented = await presentV1(plan.value, sign)
    files[id] = presented.terms
    for (const [xorb, entries] of Object.entries(presented.fetch_info))
      (fetchInfo[xorb] ??= []).push(...entries)
  }
  return c.json({ files, fetch_info: fetchInfo }, 200, { 'Cache-Control': 'private, no-store' })
}

async function signing({ content, signer, clock }: CasDeps, c: RequestContext): Promise<SignStretches> {
  const url = casUrl(baseUrl(c), await content.casEpoch())
  return (xorb, stretches) => signFetchUrl(signer, url, xorb, stretches, clock())
}

async function fetchStretches({ content, signer, clock }: CasDeps, c: RequestContext): Promise<Response> {
  const { r, e, s } = c.req.query()
  const given = { xorb: c.req.param('hash'), r, e, s }
  const request = await readFetchRequest(signer, given, c.req.header('range'), clock())
  if (!request.ok) return refuse(c, request.failure)
  const { xorb, ranges } = request.value
  const reader = await content.openXorb(xorb)
  const [only] = ranges
  // Erasing another file moved its chunks: upon this answer clients ask anew how the file is rebuilt.
  if (!reader || !only) return refuse(c, failure('transferExpired'))
  const headers = { 'Accept-Ranges': 'bytes', 'Cache-Control': 'private, max-age=3600', ETag: `"${xorb}"` }
  if (ranges.length === 1) {
    const about = {
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(only.end - only.start),
      'Content-Range': `bytes ${only.start}-${only.end - 1}/${reader.size}`,
    }
    return sendBytes(c, { status: 206, headers: { ...headers, ...about }, range: only }, async () => reader)
  }
  const body = multipartBody(reader, ranges)
  const about = { 'Content-Type': body.contentType, 'Content-Length': String(body.length) }
  const range = { start: 0, end: body.length }
  return sendBytes(c, { status: 206, headers: { ...headers, ...about }, range }, async () => body.source)
}

/** `HEAD` tells the length of a xorb that the repository uses. */
async function sizeOfXorb(deps: CasDeps, c: RequestContext): Promise<Response> {
  const request = await requestFor(deps, c, 'read')
  if (!request.ok) return refuse(c, request.failure)
  const { claims, hash } = request.value
  return answerSize(c, await deps.content.xorbSize(claims.repositoryId, hash))
}

/** `HEAD` tells the length of a file that the repository may use. */
async function sizeOfFile(deps: CasDeps, c: RequestContext): Promise<Response> {
  const request = await requestFor(deps, c, 'read')
  if (!request.ok) return refuse(c, request.failure)
  const { claims, hash } = request.value
  return answerSize(c, await deps.content.fileSize(claims.repositoryId, hash))
}

function answerSize(c: RequestContext, size: number | null): Response {
  if (size === null || c.req.method !== 'HEAD') return refuse(c, failure('contentNotFound'))
  return c.body(null, 200, { 'Content-Length': String(size) })
}
