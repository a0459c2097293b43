import { Hono } from 'hono'
import { z } from 'zod'

import { type Content, fileErased } from '../../content/index.ts'
import type { ByteRange } from '../../kernel/byte-range.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { Sha256, XetHash } from '../../kernel/names.ts'
import { type AccessDeps, accessToFiles } from '../access.ts'
import { addressOf, kindOf } from '../address.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendContent } from '../send-content.ts'

export interface FileRoutesDeps extends AccessDeps {
  readonly content: Pick<Content, 'recipe' | 'openChunks' | 'erasureOf'>
}

/** Ranges at most in one request; a URL of them stays below 4 KB. */
const MOST_RANGES = 128
/** Chunks at most in one request: a GiB on average. */
const MOST_CHUNKS = 16_384

/** What large files consist of, and their chunks as they are stored. Only what is held is told of. */
export function fileRoutes(deps: FileRoutesDeps, repository: string): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.get(`${repository}/files/:sha256/recipe`, (c) => sendRecipe(deps, c))
  app.get(`${repository}/files/:sha256/chunks`, (c) => sendChunks(deps, c))
  return app
}

async function sendRecipe(deps: FileRoutesDeps, c: RequestContext): Promise<Response> {
  const access = await accessToFiles(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')))
  if (!access.ok) return refuse(c, access.failure)
  const sha256 = Sha256.safeParse(c.req.param('sha256'))
  const recipe = sha256.success && (await deps.content.recipe(access.value.repository.id, sha256.data))
  if (!recipe) return refuse(c, await absence(deps, access.value.repository.id, sha256.data))
  const { size, xetHash: etag } = recipe
  return sendContent(c, { size, etag, contentType: 'application/octet-stream', open: async () => recipe })
}

/** Why a file is not given: it was erased, or is not here. */
export async function absence(
  { content }: { readonly content: Pick<Content, 'erasureOf'> },
  repositoryId: string,
  sha256: Sha256 | undefined,
): Promise<Failure> {
  const erasure = sha256 === undefined ? null : await content.erasureOf(repositoryId, sha256)
  return erasure ? fileErased(erasure) : failure('contentNotFound')
}

const Query = z.object({
  sha256: Sha256,
  recipe: XetHash,
  chunks: z
    .string()
    .regex(/^\d{1,9}-\d{1,9}(,\d{1,9}-\d{1,9})*$/)
    .transform((text) => text.split(',').map(rangeOf))
    .refine((ranges) => ranges.length <= MOST_RANGES && ranges.every(({ start, end }) => start < end))
    .refine((ranges) => ranges.reduce((total, { start, end }) => total + end - start, 0) <= MOST_CHUNKS),
})

/** `0-9` has both ends in it. */
function rangeOf(text: string): ByteRange {
  const [first = 0, last = 0] = text.split('-').map(Number)
  return { start: first, end: last + 1 }
}

async function sendChunks(deps: FileRoutesDeps, c: RequestContext): Promise<Response> {
  const access = await accessToFiles(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')))
  if (!access.ok) return refuse(c, access.failure)
  const query = Query.safeParse({ ...c.req.query(), sha256: c.req.param('sha256') })
  if (!query.success) {
    const field = query.error.issues[0]?.path.join('.') ?? ''
    return refuse(c, failure('invalidField', { field }, field))
  }
  const { recipe: etag, chunks, sha256 } = query.data
  const { id } = access.value.repository
  const recipe = await deps.content.recipe(id, sha256)
  const reader = recipe?.xetHash === etag ? await deps.content.openChunks(id, etag, chunks) : null
  if (!reader) return refuse(c, await absence(deps, id, sha256))
  const { size } = reader
  return sendContent(c, { size, etag, contentType: 'application/octet-stream', open: async () => reader })
}
