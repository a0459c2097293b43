import { Hono } from 'hono'
import { z } from 'zod'

import {
  type Content,
  type Erasure,
  fileErased,
  MULTIPART_FROM_BYTES,
  type Signer,
  type StoredFile,
} from '../../content/index.ts'
import { type Failure, failure } from '../../kernel/failure.ts'
import { type RepositoryKind, Sha256 } from '../../kernel/names.ts'
import { type Clock, SECOND } from '../../kernel/time.ts'
import type { RepositoryAddress } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import { readJson } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { type Authorise, casUrl, xetTokenHeaders, type XetTokens } from '../xet/index.ts'
import { lfsJson, refuseLfs } from './refuse.ts'
import { signTransferUrl, type Transfer, TRANSFER_KEPT } from './transfer-url.ts'

/** Objects at most in one request; git-lfs sends 100, Python 256. */
const MOST_OBJECTS = 1000

export interface LfsDeps {
  readonly content: Content
  readonly tokens: XetTokens
  readonly signer: Signer
  readonly clock: Clock
  readonly authorise: Authorise
}

const LfsObject = z.object({ oid: z.string(), size: z.int().min(0) })
type LfsObject = z.infer<typeof LfsObject>

const Batch = z.object({
  operation: z.enum(['upload', 'download']),
  transfers: z.array(z.string()).default(['basic']),
  objects: z.array(LfsObject),
  // Named `sha_256` by Hugging Face's JavaScript client.
  hash_algo: z.enum(['sha256', 'sha_256']).default('sha256'),
})

/** How an object travels. */
type TransferKind = 'basic' | 'multipart' | 'xet'

interface Action {
  readonly href: string
  readonly header?: Readonly<Record<string, string>>
  /** Seconds from now. */
  readonly expires_in?: number
}

/** One object of the answer, LFS batch API. No actions: the node has it. */
interface AnsweredObject extends LfsObject {
  readonly authenticated?: true
  readonly actions?: Readonly<Record<string, Action>>
  readonly error?: { readonly code: number; readonly message: string }
}

/** What a batch is answered for. */
interface Scene {
  readonly repositoryId: string
  readonly actorId: string | null
  readonly base: string
  readonly address: RepositoryAddress
  readonly sessionId: string
  /** A failure in words. */
  readonly explain: (failure: Failure) => string
}

/** The LFS batch API below `{repository}.git/info/lfs`, with Hugging Face's `multipart` and `xet` transfers. */
export function lfsBatchRoutes(deps: LfsDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  for (const [prefix, kind] of [
    ['', 'model'],
    ['/datasets', 'dataset'],
  ] as const) {
    const root = `${prefix}/:namespace/:name{[^/]+\\.git}/info/lfs`
    app.post(`${root}/objects/batch`, (c) => answerBatch(deps, c, kind))
    // Nothing is ever locked; git-lfs asks before each push and warns when it gets no answer.
    app.post(`${root}/locks/verify`, (c) => lfsJson(c, { ours: [], theirs: [] }))
    app.all(`${root}/locks`, (c) => refuseLfs(c, failure('notBuilt')))
  }
  return app
}

function addressIn(c: RequestContext, kind: RepositoryKind): RepositoryAddress {
  const name = c.req.param('name')?.replace(/\.git$/, '') ?? ''
  return { kind, id: `${c.req.param('namespace') ?? ''}/${name}` }
}

async function answerBatch(deps: LfsDeps, c: RequestContext, kind: RepositoryKind): Promise<Response> {
  const body = await readJson(c, Batch)
  if (!body.ok) return refuseLfs(c, body.failure)
  const { operation, objects, transfers } = body.value
  const address = addressIn(c, kind)
  const access = await deps.authorise(c, address, operation === 'upload' ? 'write' : 'read')
  if (!access.ok) return refuseLfs(c, access.failure)
  if (objects.length > MOST_OBJECTS) return refuseLfs(c, failure('tooManyFiles', { limit: MOST_OBJECTS }))

  const explain = (refused: Failure) => c.get('translators').for('en').failure(refused)
  const scene = { ...access.value, base: baseUrl(c), address, sessionId: c.get('requestId'), explain }
  const transfer = operation === 'upload' ? chooseTransfer(transfers, objects) : 'basic'
  const answerOne = operation === 'upload' ? await uploading(deps, scene, transfer) : downloading(deps, scene)
  const hashes = objects.map(({ oid }) => Sha256.safeParse(oid).data)
  const held = await deps.content.filesOf(
    scene.repositoryId,
    hashes.filter((hash) => hash !== undefined),
  )
  const answered: AnsweredObject[] = []
  for (const [index, object] of objects.entries()) {
    const sha256 = hashes[index]
    answered.push(
      sha256 === undefined
        ? { ...object, error: { code: 422, message: 'The oid is not a SHA-256 in lowercase hex.' } }
        : await answerOne({ oid: sha256, size: object.size }, held.get(sha256)),
    )
  }
  return lfsJson(c, { transfer, objects: answered, hash_algo: 'sha256' })
}

/** Xet whenever it is offered; parts when it is worth them. One transfer serves the whole batch. */
function chooseTransfer(offered: readonly string[], objects: readonly LfsObject[]): TransferKind {
  if (offered.includes('xet')) return 'xet'
  return offered.includes('multipart') && objects.some(isWorthParts) ? 'multipart' : 'basic'
}

function isWorthParts({ size }: LfsObject): boolean {
  return size >= MULTIPART_FROM_BYTES
}

/** An object whose oid is known to be a hash, and what the repository holds under it. */
type AnswerOne = (
  object: { readonly oid: Sha256; readonly size: number },
  held: StoredFile | undefined,
) => Promise<AnsweredObject>

async function uploading(deps: LfsDeps, scene: Scene, transfer: TransferKind): Promise<AnswerOne> {
  const xet = transfer === 'xet' ? await xetAction(deps, scene) : null
  return async (object, held) => {
    if (held && held.size !== object.size) {
      return { ...object, error: { code: 422, message: `The node holds this oid with ${held.size} bytes.` } }
    }
    if (held) return object
    const erased = await deps.content.erasureOf(scene.repositoryId, object.oid)
    if (erased) return { ...object, error: erasedError(scene, erased) }
    if (xet) return { ...object, authenticated: true, actions: { upload: xet } }
    const isInParts = transfer === 'multipart' && isWorthParts(object)
    const upload = isInParts
      ? await multipartAction(deps, scene, object)
      : await basicAction(deps, scene, object)
    return {
      ...object,
      authenticated: true,
      actions: { upload, verify: await verifyAction(deps, scene, object) },
    }
  }
}

/** The sentence that other doors answer with. */
function erasedError({ explain }: Scene, erasure: Erasure) {
  return { code: 451, message: explain(fileErased(erasure)) }
}

function downloading(deps: LfsDeps, scene: Scene): AnswerOne {
  const { repositoryId, base } = scene
  return async (object, held) => {
    if (!held) {
      const erased = await deps.content.erasureOf(repositoryId, object.oid)
      const error = erased
        ? erasedError(scene, erased)
        : { code: 404, message: 'The repository has no such object.' }
      return { ...object, error }
    }
    const transfer = { action: 'download', repositoryId, sha256: held.sha256 } as const
    const download = await signedAction(deps, base, transfer)
    return { oid: object.oid, size: held.size, authenticated: true, actions: { download } }
  }
}

async function signedAction(deps: LfsDeps, base: string, transfer: Transfer): Promise<Action> {
  const href = await signTransferUrl(deps.signer, base, transfer, deps.clock())
  return { href, expires_in: TRANSFER_KEPT / SECOND }
}

function basicAction(
  deps: LfsDeps,
  { repositoryId, base }: Scene,
  { oid, size }: { readonly oid: Sha256; readonly size: number },
): Promise<Action> {
  return signedAction(deps, base, { action: 'upload', repositoryId, sha256: oid, size })
}

/** Signed too: git-lfs sends no credentials to the actions of an object that is `authenticated`. */
function verifyAction(
  deps: LfsDeps,
  { repositoryId, base }: Scene,
  { oid, size }: { readonly oid: Sha256; readonly size: number },
): Promise<Action> {
  return signedAction(deps, base, { action: 'verify', repositoryId, sha256: oid, size })
}

/** Hugging Face's own transfer: `header` lists an address for each part, `href` completes them. */
async function multipartAction(
  deps: LfsDeps,
  { repositoryId, base }: Scene,
  { oid, size }: { readonly oid: Sha256; readonly size: number },
): Promise<Action> {
  const { id, partSize, partCount } = await deps.content.beginMultipart(repositoryId, { sha256: oid, size })
  const header: Record<string, string> = { chunk_size: String(partSize) }
  for (let number = 1; number <= partCount; number++) {
    const part = await signedAction(deps, base, { action: 'part', upload: id, number })
    header[String(number).padStart(5, '0')] = part.href
  }
  const complete = { action: 'complete', repositoryId, sha256: oid, upload: id } as const
  return { ...(await signedAction(deps, base, complete)), header }
}

/** Where the token for the Xet way is renewed, and a first token. */
async function xetAction(deps: LfsDeps, scene: Scene): Promise<Action> {
  const { repositoryId, actorId, base, address } = scene
  const token = await deps.tokens.issue({ repositoryId, actorId, scope: 'write' })
  const url = casUrl(base, await deps.content.casEpoch())
  return {
    href: `${base}/api/${address.kind}s/${address.id}/xet-write-token/main`,
    header: { ...xetTokenHeaders(token, url), 'X-Xet-Session-Id': scene.sessionId },
  }
}
