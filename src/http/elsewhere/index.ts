/**
 * Repositories of other members that a person of this node was let into: asked for there, on their behalf, and handed on as
 * they come. Nothing of them is kept here, and nobody else learns of them.
 */
import { Hono, type MiddlewareHandler } from 'hono'

import { includesRight, rightTo, type UserActor } from '../../features/accounts/index.ts'
import type { Elsewhere, Permission } from '../../features/letters/index.ts'
import { type AccessDeps, accessToFiles, look } from '../access.ts'
import { addressOf, kindOf, rawPath, type RepositoryAddress } from '../address.ts'
import { readText } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { handOn, WANTED } from './hand-on.ts'

export interface ElsewhereRoutesDeps extends AccessDeps {
  readonly elsewhere: Elsewhere
}

const SECTIONS = 'revision|tree|paths-info|refs|commits|auth-check'
const LONGEST_QUESTION = 4 * 1024 * 1024

/** Reading what is elsewhere. What is here by the same id comes first; whoever was not let in is told what anybody is. */
export function elsewhereRoutes(deps: ElsewhereRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  const base = '/api/:kind{(?:models|datasets)}/:namespace/:name'
  const api = reading(deps, 'api', (c) => addressOf(c, kindOf(c.req.param('kind') ?? '')))
  app.get(base, api)
  app.get(`${base}/:section{(?:${SECTIONS})}`, api)
  app.on(['GET', 'POST'], `${base}/:section{(?:${SECTIONS})}/*`, api)
  const file = (kind: RepositoryAddress['kind']) => reading(deps, 'file', (c) => addressOf(c, kind))
  app.get('/datasets/:namespace/:name/:form{(?:resolve|raw)}/*', file('dataset'))
  app.get('/:namespace/:name/:form{(?:resolve|raw)}/*', file('model'))
  return app
}

function reading(
  deps: ElsewhereRoutesDeps,
  what: 'api' | 'file',
  addressIn: (c: RequestContext) => RepositoryAddress,
): MiddlewareHandler<HttpEnvironment> {
  return async (c, next) => {
    const actor = c.get('actor')
    const address = addressIn(c)
    const permission = actor.kind === 'user' ? await permissionFor(deps, c, actor, address) : null
    if (actor.kind !== 'user' || !permission) return next()
    const question = c.req.method === 'POST' ? await readText(c, LONGEST_QUESTION) : null
    if (question?.ok === false) return refuse(c, question.failure)
    const answer = await deps.elsewhere.ask(actor, permission, {
      method: methodOf(c),
      path: `${rawPath(c)}${new URL(c.req.url).search}`,
      body: question?.value ?? '',
      headers: {
        contentType: c.req.header('content-type'),
        range: c.req.header('range'),
        ifRange: c.req.header('if-range'),
        ifNoneMatch: c.req.header('if-none-match'),
      },
      wanted: WANTED,
      signal: c.req.raw.signal,
    })
    if (!answer.ok) return refuse(c, answer.failure)
    return handOn(c, answer.value, { what, home: permission.url })
  }
}

/** Null when the person reads it here, or nowhere. */
async function permissionFor(
  deps: ElsewhereRoutesDeps,
  c: RequestContext,
  actor: UserActor,
  address: RepositoryAddress,
): Promise<Permission | null> {
  if (!reaches(actor, address)) return null
  const permission = await deps.elsewhere.permissionOf(actor.userId, address.kind, address.id)
  if (!permission) return null
  const here = await look(deps, address)
  const isWrittenHere = here?.repository.home === null
  return isWrittenHere || (await accessToFiles(deps, c, address)).ok ? null : permission
}

/** Whether a credential may be used for what only its account may read. */
function reaches(actor: UserActor, { kind, id }: RepositoryAddress): boolean {
  const [namespace = '', name = ''] = id.split('/')
  const right = rightTo(actor, 'read', { kind, namespace, name, visibility: 'private' })
  return includesRight(right, 'read')
}

function methodOf(c: RequestContext): 'GET' | 'HEAD' | 'POST' {
  if (c.req.method === 'POST') return 'POST'
  return c.req.method === 'HEAD' ? 'HEAD' : 'GET'
}
