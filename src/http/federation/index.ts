/** What a follower fetches of a repository (docs/spec/federation.md). */
import { createHash } from 'node:crypto'

import { Hono } from 'hono'

import { END_OF_OBJECTS, objectHeader } from '../../content/git/index.ts'
import type { Content } from '../../content/index.ts'
import { holdingOf, largeFilesOf } from '../../features/follow/index.ts'
import {
  heldObjects,
  manifestOf,
  objectsBetween,
  type Share,
  type StoredObject,
} from '../../features/share/index.ts'
import { concatBytes } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { GitOid, Sha256 } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { type Access, type AccessDeps, accessToFiles } from '../access.ts'
import { addressOf, kindOf } from '../address.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendContent } from '../send-content.ts'
import { absence, type FileRoutesDeps, fileRoutes } from './files.ts'

export interface FederationRoutesDeps extends AccessDeps, FileRoutesDeps {
  readonly share: Pick<Share, 'queries'>
  readonly content: Pick<Content, 'fileOf' | 'openFile' | 'recipe' | 'openChunks' | 'erasureOf'>
}

const REPOSITORY = '/api/ayni/v1/repositories/:kind{(?:models|datasets)}/:namespace/:name'
/** Objects that a request may say it has; more are not looked at. */
const MOST_HAVES = 256
const PIECE_BYTES = 256 * 1024

/** Manifests and git objects of repositories, whether they are written here or copies. */
export function federationRoutes(deps: FederationRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.get(`${REPOSITORY}/manifest/:commit`, (c) => sendManifest(deps, c, c.req.param('commit')))
  app.get(`${REPOSITORY}/objects`, (c) => sendObjects(deps, c))
  app.get(`${REPOSITORY}/holding/:commit`, (c) => sendHolding(deps, c, c.req.param('commit')))
  app.get(`${REPOSITORY}/held/:sha256`, (c) => sendHeld(deps, c, c.req.param('sha256')))
  app.route('/', fileRoutes(deps, REPOSITORY))
  return app
}

function found(deps: FederationRoutesDeps, c: RequestContext): Promise<Result<Access>> {
  return accessToFiles(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')))
}

async function sendManifest(deps: FederationRoutesDeps, c: RequestContext, asked: string): Promise<Response> {
  const access = await found(deps, c)
  if (!access.ok) return refuse(c, access.failure)
  const { id } = access.value.repository
  const commit = await commitIn(deps, id, asked)
  if (!commit.ok) return refuse(c, commit.failure)
  const bytes = await manifestOf(deps.database.read, deps.share.queries, id, commit.value)
  if (!bytes) return refuse(c, failure('pageNotFound'))
  const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, { ETag: etag })
  return c.body(bytes, 200, { 'Content-Type': 'application/json', ETag: etag })
}

/** How much of a commit's large files is here. */
async function sendHolding(deps: FederationRoutesDeps, c: RequestContext, asked: string): Promise<Response> {
  const access = await found(deps, c)
  if (!access.ok) return refuse(c, access.failure)
  const { id } = access.value.repository
  const commit = await commitIn(deps, id, asked)
  if (!commit.ok) return refuse(c, commit.failure)
  const { files } = await largeFilesOf(deps.database.read, deps.share.queries, id, commit.value)
  return c.json(await holdingOf(deps.content, id, files), 200, { 'Cache-Control': 'no-store' })
}

/** A large file as far as it is here: nothing is fetched from elsewhere for whoever wants to know what we hold. */
async function sendHeld(deps: FederationRoutesDeps, c: RequestContext, asked: string): Promise<Response> {
  const access = await found(deps, c)
  if (!access.ok) return refuse(c, access.failure)
  const sha256 = Sha256.safeParse(asked)
  const stored = sha256.success ? await deps.content.fileOf(access.value.repository.id, sha256.data) : null
  const reader = stored && (await deps.content.openFile(stored.xetHash))
  if (!reader) return refuse(c, await absence(deps, access.value.repository.id, sha256.data))
  const contentType = 'application/octet-stream'
  return sendContent(c, { size: stored.size, etag: asked, contentType, open: async () => reader })
}

/** A commit or a tag of the repository, by its full id. */
async function commitIn(
  { database }: FederationRoutesDeps,
  repositoryId: string,
  asked: string,
): Promise<Result<GitOid>> {
  const oid = GitOid.safeParse(asked)
  const [held] = oid.success ? await heldObjects(database.read, repositoryId, [oid.data]) : []
  const isCommit = held?.type === 'commit' || held?.type === 'tag'
  return held && isCommit ? succeed(held.oid) : fail(failure('revisionNotFound', { rev: asked }))
}

async function sendObjects(deps: FederationRoutesDeps, c: RequestContext): Promise<Response> {
  const access = await found(deps, c)
  if (!access.ok) return refuse(c, access.failure)
  const asked = c.req.query('want') ?? ''
  const want = GitOid.safeParse(asked)
  const haves = (c.req.queries('have') ?? []).slice(0, MOST_HAVES).flatMap((have) => {
    const oid = GitOid.safeParse(have)
    return oid.success ? [oid.data] : []
  })
  const { id } = access.value.repository
  const objects = want.success ? await objectsBetween(deps.database.read, id, want.data, haves) : null
  if (!objects) return refuse(c, failure('revisionNotFound', { rev: asked }))
  return c.body(streamOf(inPieces(framed(objects))), 200, {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': 'no-store',
  })
}

async function* framed(objects: AsyncIterable<StoredObject>): AsyncGenerator<Uint8Array> {
  for await (const { type, size, compressed } of objects) {
    yield objectHeader(type, size, compressed.length)
    yield compressed
  }
  yield END_OF_OBJECTS
}

/** Thousands of small objects are a few pieces to the network. */
async function* inPieces(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let kept: Uint8Array[] = []
  let bytes = 0
  for await (const part of parts) {
    kept.push(part)
    bytes += part.length
    if (bytes < PIECE_BYTES) continue
    yield concatBytes(kept)
    kept = []
    bytes = 0
  }
  yield concatBytes(kept)
}

/** Ends the reading when the client goes away, and breaks the answer when the reading fails. */
function streamOf(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() {
      await pieces.return(undefined)
    },
  })
}
