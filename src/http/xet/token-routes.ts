import { Hono } from 'hono'

import type { Content } from '../../content/index.ts'
import type { Result } from '../../kernel/result.ts'
import { kindOf, type RepositoryAddress } from '../address.ts'
import { baseUrl } from '../base-url.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { casUrl } from './cas-url.ts'
import { xetTokenHeaders, type XetTokens } from './tokens.ts'

/** The repository that the actor may use as asked, and who the actor is; or why not. */
export type Authorise = (
  c: RequestContext,
  address: RepositoryAddress,
  right: 'read' | 'write',
) => Promise<Result<{ readonly repositoryId: string; readonly actorId: string | null }>>

export interface XetTokenDeps {
  readonly content: Pick<Content, 'casEpoch'>
  readonly tokens: XetTokens
  readonly authorise: Authorise
}

/** Where a Hugging Face token is exchanged for a Xet token. The revision is not looked at: content has none. */
export function xetTokenRoutes({ content, tokens, authorise }: XetTokenDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.get(
    '/api/:kind{(?:models|datasets)}/:namespace/:name/:token{xet-(?:read|write)-token}/*',
    async (c) => {
      const scope = c.req.param('token') === 'xet-write-token' ? 'write' : 'read'
      const address = {
        kind: kindOf(c.req.param('kind')),
        id: `${c.req.param('namespace')}/${c.req.param('name')}`,
      }
      const access = await authorise(c, address, scope)
      if (!access.ok) return refuse(c, access.failure)
      const { repositoryId, actorId } = access.value
      const token = await tokens.issue({ repositoryId, actorId, scope })
      const url = casUrl(baseUrl(c), await content.casEpoch())
      // Some clients read the body, some the headers.
      const body = { accessToken: token.accessToken, exp: token.expires, casUrl: url }
      return c.json(body, 200, { ...xetTokenHeaders(token, url), 'Cache-Control': 'no-store' })
    },
  )
  return app
}
