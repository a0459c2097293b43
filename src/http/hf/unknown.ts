import { Hono } from 'hono'

import { refusalOf } from '../../features/accounts/index.ts'
import { failure } from '../../kernel/failure.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'

const SECTIONS =
  'auth-check|branch|commit|commits|paths-info|preupload|refs|revision|settings|super-squash|tag|tree|xet-read-token|xet-write-token'

/**
 * Ids without a namespace (`gpt2`) name nothing on a node. Clients must hear that the repository is missing,
 * not that a page is, or they take it for a broken server.
 */
export function unknownRoutes(): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.all('/api/:kind{(?:models|datasets)}/:name', missing)
  app.all(`/api/:kind{(?:models|datasets)}/:name/:section{(?:${SECTIONS})}/*`, missing)
  app.all('/:name/:form{(?:resolve|raw)}/*', missing)
  return app
}

function missing(c: RequestContext): Response {
  return refuse(c, refusalOf('read', c.get('actor'), null, null) ?? failure('repositoryNotFound'))
}
