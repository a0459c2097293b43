/** The witness: vouching for the logs that are followed here. C2SP tlog-witness. */
import { createHash } from 'node:crypto'

import { Hono } from 'hono'

import type { MemberCommands } from '../../features/follow/index.ts'
import { failure } from '../../kernel/failure.ts'
import { Sha256 } from '../../kernel/names.ts'
import { type Logs, MAX_WITNESS_REQUEST_BYTES } from '../../log/index.ts'
import { readBytes } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'

export interface WitnessRoutesDeps {
  readonly logs: Logs
  readonly members: MemberCommands
}

/** Submission and monitoring prefix. */
export const WITNESS = '/api/ayni/v1/witness'

export function witnessRoutes(deps: WitnessRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.post(`${WITNESS}/add-checkpoint`, (c) => addCheckpoint(deps, c))
  app.get(`${WITNESS}/:originHash/checkpoint`, async (c) => {
    const hash = Sha256.safeParse(c.req.param('originHash'))
    const note = hash.success ? await deps.logs.vouched(hash.data) : null
    if (note === null) return refuse(c, failure('pageNotFound'))
    const etag = `"${createHash('sha256').update(note).digest('hex').slice(0, 32)}"`
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-cache', ETag: etag }
    if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
    return c.body(note, 200, headers)
  })
  return app
}

async function addCheckpoint({ members }: WitnessRoutesDeps, c: RequestContext): Promise<Response> {
  const body = await readBytes(c, MAX_WITNESS_REQUEST_BYTES)
  if (!body.ok) return refuse(c, body.failure)
  const answer = await members.addCheckpoint(body.value)
  switch (answer.kind) {
    case 'cosigned':
      return c.body(answer.lines, 200, { 'Content-Type': 'text/plain; charset=utf-8' })
    case 'malformed':
      return refuse(c, failure('badRequest', { problem: 'not a request to add a checkpoint' }))
    case 'backwards':
      return refuse(c, failure('badRequest', { problem: 'the old size is above the new one' }))
    case 'unknown':
      return refuse(c, failure('pageNotFound'))
    case 'unsigned':
    case 'unwilling':
      return refuse(c, failure('notCosigned'))
    case 'conflict':
      return c.body(`${answer.size}\n`, 409, { 'Content-Type': 'text/x.tlog.size' })
    case 'unproven':
      return refuse(c, failure('logNotBelieved', { path: 'add-checkpoint' }))
  }
}
