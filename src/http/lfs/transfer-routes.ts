import { Hono } from 'hono'
import { z } from 'zod'

import { type Content, fileErased, type SentPart, type Signer } from '../../content/index.ts'
import { failure } from '../../kernel/failure.ts'
import { fail, type Result, succeed } from '../../kernel/result.ts'
import type { Clock } from '../../kernel/time.ts'
import { bodyStream, readJson } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendContent } from '../send-content.ts'
import { slowJson } from '../slow-answer.ts'
import { lfsJson, refuseLfs } from './refuse.ts'
import { readTransferUrl, type Transfer, type TransferAction } from './transfer-url.ts'

export interface LfsTransferDeps {
  readonly content: Content
  readonly signer: Signer
  readonly clock: Clock
}

/** Where the bytes of LFS objects travel: signed addresses, no other credential. */
export function lfsTransferRoutes(deps: LfsTransferDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.put('/lfs/upload', (c) => upload(deps, c))
  app.put('/lfs/part', (c) => uploadPart(deps, c))
  app.post('/lfs/complete', (c) => complete(deps, c))
  app.post('/lfs/verify', (c) => verify(deps, c))
  app.get('/lfs/download', (c) => download(deps, c))
  return app
}

function transferOf<Action extends TransferAction>(
  { signer, clock }: LfsTransferDeps,
  c: RequestContext,
  action: Action,
): Promise<Result<Extract<Transfer, { action: Action }>>> {
  return readTransferUrl(signer, action, new URL(c.req.url).search, clock())
}

async function upload(deps: LfsTransferDeps, c: RequestContext): Promise<Response> {
  const transfer = await transferOf(deps, c, 'upload')
  if (!transfer.ok) return refuse(c, transfer.failure)
  const { repositoryId, sha256, size } = transfer.value
  const announced = c.req.header('content-length')
  if (announced !== undefined && Number(announced) !== size) return refuse(c, failure('sizeMismatch'))
  const stored = await deps.content.ingest(repositoryId, bodyStream(c), { sha256, size }, c.req.raw.signal)
  return stored.ok ? c.body(null, 200) : refuse(c, stored.failure)
}

async function uploadPart(deps: LfsTransferDeps, c: RequestContext): Promise<Response> {
  const transfer = await transferOf(deps, c, 'part')
  if (!transfer.ok) return refuse(c, transfer.failure)
  const stored = await deps.content.storePart(transfer.value.upload, transfer.value.number, bodyStream(c))
  return stored.ok ? c.body(null, 200, { ETag: `"${stored.value.etag}"` }) : refuse(c, stored.failure)
}

const Completion = z.object({
  parts: z.array(z.object({ partNumber: z.int().min(1), etag: z.string() })),
})

async function complete(deps: LfsTransferDeps, c: RequestContext): Promise<Response> {
  const transfer = await transferOf(deps, c, 'complete')
  if (!transfer.ok) return refuse(c, transfer.failure)
  const body = await readJson(c, Completion)
  if (!body.ok) return refuse(c, body.failure)
  const parts = body.value.parts.map(({ partNumber, etag }) => ({ number: partNumber, etag: unquoted(etag) }))
  return slowJson(c, completed(deps, transfer.value, parts, c.req.raw.signal), () => ({}))
}

/** Completes an upload; one that was completed before is a success: clients ask again when an answer got lost. */
async function completed(
  { content }: LfsTransferDeps,
  { repositoryId, sha256, upload }: Extract<Transfer, { action: 'complete' }>,
  parts: readonly SentPart[],
  signal: AbortSignal,
): Promise<Result<null>> {
  if (await content.fileOf(repositoryId, sha256)) return succeed(null)
  const stored = await content.completeMultipart(upload, parts, signal)
  return stored.ok ? succeed(null) : fail(stored.failure)
}

function unquoted(etag: string): string {
  return etag.replace(/^(?:W\/)?"(.*)"$/, '$1')
}

/** Whether an upload arrived whole. */
async function verify(deps: LfsTransferDeps, c: RequestContext): Promise<Response> {
  const transfer = await transferOf(deps, c, 'verify')
  if (!transfer.ok) return refuseLfs(c, transfer.failure)
  const { repositoryId, sha256, size } = transfer.value
  const held = await deps.content.fileOf(repositoryId, sha256)
  if (held?.size === size) return lfsJson(c, {})
  const erased = held ? null : await deps.content.erasureOf(repositoryId, sha256)
  if (erased) return refuseLfs(c, fileErased(erased))
  return refuseLfs(c, failure(held ? 'sizeMismatch' : 'contentNotFound'))
}

async function download(deps: LfsTransferDeps, c: RequestContext): Promise<Response> {
  const transfer = await transferOf(deps, c, 'download')
  if (!transfer.ok) return refuse(c, transfer.failure)
  const { repositoryId, sha256 } = transfer.value
  const stored = await deps.content.fileOf(repositoryId, sha256)
  const reader = stored && (await deps.content.openFile(stored.xetHash))
  const erased = reader ? null : await deps.content.erasureOf(repositoryId, sha256)
  if (!reader) return refuse(c, erased ? fileErased(erased) : failure('contentNotFound'))
  return sendContent(c, {
    size: reader.size,
    etag: sha256,
    contentType: 'application/octet-stream',
    headers: { 'Cache-Control': 'private, max-age=3600' },
    open: async () => reader,
  })
}
