import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { FAILURES, type Failure } from '../../kernel/failure.ts'
import type { RequestContext } from '../context.ts'
import { explain } from '../refuse.ts'

/** Media type of requests and answers, LFS batch API. */
export const LFS_JSON = 'application/vnd.git-lfs+json'

/** A refusal as git-lfs reads it: `message`, and on 401 the challenge that makes it ask for a password. */
export function refuseLfs(c: RequestContext, failure: Failure): Response {
  const body = explain(c, failure)
  const { status } = FAILURES[failure.reason]
  if (status === 401) c.header('LFS-Authenticate', 'Basic realm="Ayni"')
  return lfsJson(c, { message: body.error, request_id: c.get('requestId'), ...body }, status)
}

/** An answer of the LFS batch API. */
export function lfsJson(c: RequestContext, body: object, status: ContentfulStatusCode = 200): Response {
  return c.body(JSON.stringify(body), status, { 'Content-Type': LFS_JSON })
}
