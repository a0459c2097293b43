import { Hono } from 'hono'
import { z } from 'zod'

import { refusalToCreate, type UserActor } from '../../features/accounts/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { failure, type Failure } from '../../kernel/failure.ts'
import { RepositoryId, RepositoryPath, type RepositoryKind } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import { access } from '../access.ts'
import { addressOf, kindOf, repositoryPath } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import { readJson } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import type { HuggingFaceDeps } from './deps.ts'

/** Clients may send the files of the first commit along; small ones only. */
const LARGEST_CREATE = 16 * 1024 * 1024

const Kind = z.enum(['model', 'dataset', 'space', 'kernel', 'bucket']).nullish()
/** `visibility` is the new field, `private` the old; both are read, the stricter counts. */
const Visibility = {
  visibility: z.enum(['public', 'private', 'protected']).nullish(),
  private: z.boolean().nullish(),
}

const Create = z.object({
  name: z.string(),
  organization: z.string().nullish(),
  type: Kind,
  ...Visibility,
  license: z.string().max(200).nullish(),
  files: z
    .array(
      z.object({
        path: RepositoryPath,
        content: z.string(),
        encoding: z.enum(['base64', 'utf-8']).default('utf-8'),
      }),
    )
    .max(100)
    .nullish(),
})
const Delete = z.object({ name: z.string(), organization: z.string().nullish(), type: Kind })
const Move = z.object({ fromRepo: z.string(), toRepo: z.string(), type: Kind })
const Settings = z.object({ ...Visibility, gated: z.enum(['auto', 'manual']).or(z.literal(false)).nullish() })

/** Creating, deleting, moving and setting up repositories (contract §1.5). */
export function repositoryRoutes(deps: HuggingFaceDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()

  app.post('/api/repos/create', async (c) => {
    const body = await readJson(c, Create, LARGEST_CREATE)
    if (!body.ok) return refuse(c, body.failure)
    const actor = c.get('actor')
    if (actor.kind === 'anonymous') return refuse(c, failure('signInRequired'))
    const kind = supportedKind(body.value.type)
    if (!kind.ok) return refuse(c, kind.failure)
    const id = newId(actor, body.value.organization, body.value.name)
    if (!id.ok) return refuse(c, id.failure)
    const refusal = await refusalIn(c, id.value)
    if (refusal) return refuse(c, refusal)
    const files = new Map(
      body.value.files?.map(({ path, content, encoding }) => [
        path,
        new Uint8Array(Buffer.from(content, encoding)),
      ]),
    )
    if (body.value.license && !files.has(README)) files.set(README, licenceCard(body.value.license))
    const wanted = {
      kind: kind.value,
      fullName: id.value,
      visibility: visibilityOf(body.value) ?? 'public',
      files,
    } as const
    const created = await deps.share.repositories.create(actor, wanted)
    if (!created.ok) return conflict(c, created.failure, kind.value, id.value)
    await deps.catalogue.refreshCard(created.value.id)
    return c.json(described(c, created.value))
  })

  app.delete('/api/repos/delete', async (c) => {
    const body = await readJson(c, Delete)
    if (!body.ok) return refuse(c, body.failure)
    const kind = supportedKind(body.value.type)
    if (!kind.ok) return refuse(c, kind.failure)
    const id = idFrom(c, body.value.organization, body.value.name)
    const found = await access(deps, c, { kind: kind.value, id }, 'admin')
    if (!found.ok) return refuse(c, found.failure)
    await deps.share.repositories.remove(found.value.repository)
    return c.json({})
  })

  app.post('/api/repos/move', async (c) => {
    const body = await readJson(c, Move)
    if (!body.ok) return refuse(c, body.failure)
    const kind = supportedKind(body.value.type)
    if (!kind.ok) return refuse(c, kind.failure)
    const to = RepositoryId.safeParse(body.value.toRepo)
    if (!to.success) return refuse(c, failure('invalidName', { name: body.value.toRepo }, 'toRepo'))
    const found = await access(deps, c, { kind: kind.value, id: body.value.fromRepo }, 'admin')
    if (!found.ok) return refuse(c, found.failure)
    const refusal = await refusalIn(c, to.data)
    if (refusal) return refuse(c, refusal)
    const moved = await deps.share.repositories.move(found.value.repository, to.data)
    if (!moved.ok) return conflict(c, moved.failure, kind.value, to.data)
    await deps.catalogue.refreshCard(moved.value.id)
    return c.json({})
  })

  app.put('/api/:kind{(?:models|datasets)}/:namespace/:name/settings', async (c) => {
    const body = await readJson(c, Settings)
    if (!body.ok) return refuse(c, body.failure)
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind'))), 'admin')
    if (!found.ok) return refuse(c, found.failure)
    const visibility = visibilityOf(body.value)
    const { gated } = body.value
    const changed = await deps.share.repositories.changeSettings(found.value.repository, {
      ...(visibility && { visibility }),
      ...(gated !== undefined && gated !== null && { gated: gated === false ? 'no' : gated }),
    })
    if (!changed.ok) return refuse(c, changed.failure)
    return c.json({
      private: changed.value.visibility === 'private',
      visibility: changed.value.visibility,
      gated: changed.value.gated === 'no' ? false : changed.value.gated,
    })
  })

  app.get('/api/:kind{(?:models|datasets)}/:namespace/:name/auth-check', (c) => check(c, 'read'))
  app.get('/api/:kind{(?:models|datasets)}/:namespace/:name/auth-check/write', (c) => check(c, 'write'))

  async function check(c: RequestContext, needed: 'read' | 'write'): Promise<Response> {
    const found = await access(deps, c, addressOf(c, kindOf(c.req.param('kind') ?? '')), needed)
    if (!found.ok) return refuse(c, found.failure)
    const { gated } = found.value.repository
    if (gated !== 'no' && !(await access(deps, c, addressOf(c, found.value.repository.kind), 'write')).ok) {
      return refuse(c, failure(c.get('actor').kind === 'anonymous' ? 'gatedSignedOut' : 'gated'))
    }
    return c.json({})
  }

  async function refusalIn(c: RequestContext, id: RepositoryId): Promise<Failure | null> {
    const [namespace = ''] = id.split('/')
    const actor = c.get('actor')
    return refusalToCreate(actor, await deps.accounts.roleIn(actor, namespace))
  }

  return app
}

const README = RepositoryPath.parse('README.md')

function licenceCard(licence: string): Uint8Array<ArrayBuffer> {
  return utf8(`---\nlicense: ${JSON.stringify(licence)}\n---\n`)
}

function supportedKind(kind: z.infer<typeof Kind>): Result<RepositoryKind> {
  if (kind === undefined || kind === null) return succeed('model')
  if (kind === 'model' || kind === 'dataset') return succeed(kind)
  return fail(failure('notBuilt', { feature: kind }, 'type'))
}

function visibilityOf(body: {
  readonly visibility?: 'public' | 'private' | 'protected' | null | undefined
  readonly private?: boolean | null | undefined
}): 'public' | 'private' | undefined {
  if (body.private === true || body.visibility === 'private' || body.visibility === 'protected')
    return 'private'
  return body.private === false || body.visibility === 'public' ? 'public' : undefined
}

function newId(
  actor: UserActor,
  organisation: string | null | undefined,
  name: string,
): Result<RepositoryId> {
  const id = name.includes('/') ? name : `${organisation ?? actor.name}/${name}`
  const parsed = RepositoryId.safeParse(id)
  return parsed.success ? succeed(parsed.data) : fail(failure('invalidName', { name: id }, 'name'))
}

function idFrom(c: RequestContext, organisation: string | null | undefined, name: string): string {
  if (name.includes('/')) return name
  const actor = c.get('actor')
  return `${organisation ?? (actor.kind === 'user' ? actor.name : '')}/${name}`
}

function described(
  c: RequestContext,
  repository: { readonly id: string; readonly kind: RepositoryKind; readonly fullName: RepositoryId },
) {
  return { url: `${baseUrl(c)}${repositoryPath(repository)}`, name: repository.fullName, id: repository.id }
}

/** 409 carries the url, which clients read when they asked for "exists is fine". */
function conflict(c: RequestContext, refusal: Failure, kind: RepositoryKind, id: RepositoryId): Response {
  if (refusal.reason !== 'repositoryExists') return refuse(c, refusal)
  const error = c.get('translators').for('en').failure(refusal)
  c.header('X-Error-Message', error)
  return c.json(
    { error, reason: refusal.reason, url: `${baseUrl(c)}${repositoryPath({ kind, fullName: id })}` },
    409,
  )
}
