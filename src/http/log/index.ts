/** The logs as static files, as any tool that reads tlog-tiles expects them (docs/spec/log.md). */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { Hono } from 'hono'

import type { LogTable } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId, originOf } from '../../kernel/names.ts'
import { DamagedLog, type Logs, parseTilePath } from '../../log/index.ts'
import { baseUrl } from '../base-url.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendPlace } from './place.ts'

export interface LogRoutesDeps {
  readonly logs: Logs
  readonly accounts: Accounts
}

/** Below which every log of this node has its prefix: `{member}/{number}/`. */
export const LOGS = '/api/ayni/v1/logs'
const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_A_MOMENT = 'public, max-age=1'

/** Where a node says which members it hosts and which logs it holds, and the logs themselves. */
export function logRoutes(deps: LogRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.get('/.well-known/ayni', async (c) => c.json(await describeNode(deps, baseUrl(c))))
  app.get(`${LOGS}/:member/:number/checkpoint`, (c) =>
    withLog(deps, c, (log) => sendCheckpoint(deps, c, log)),
  )
  app.get(`${LOGS}/:member/:number/proof/:position`, (c) =>
    withLog(deps, c, (log) => sendProof(deps, c, log, c.req.param('position'))),
  )
  app.get(`${LOGS}/:member/:number/tile/:path{.+}`, (c) =>
    withLog(deps, c, (log) => sendTile(deps, c, log, `tile/${c.req.param('path')}`)),
  )
  app.get('/api/ayni/v1/entries/:leafHash', (c) => sendPlace(deps, c, c.req.param('leafHash')))
  return app
}

/** A hint for whoever wants to follow: everything in it is checked against the logs themselves. */
async function describeNode({ logs, accounts }: LogRoutesDeps, base: string) {
  const [held, members] = await Promise.all([logs.list(), accounts.members()])
  return {
    members: members.map(({ id, handle, displayName, url }) => ({ id, handle, name: displayName, url })),
    logs: held.map(({ origin, key, signedSize }) => ({
      origin,
      prefix: `${base}${LOGS}/${origin.slice(origin.indexOf('/') + 1)}`,
      key,
      size: signedSize,
    })),
  }
}

async function withLog(
  { logs }: LogRoutesDeps,
  c: RequestContext,
  answer: (log: LogTable) => Promise<Response>,
): Promise<Response> {
  const member = MemberId.safeParse(c.req.param('member'))
  const number = c.req.param('number') ?? ''
  if (!member.success || !/^(?:0|[1-9]\d{0,8})$/.test(number)) return refuse(c, failure('pageNotFound'))
  const log = await logs.find(originOf(member.data, Number(number)))
  if (!log) return refuse(c, failure('pageNotFound'))
  try {
    return await answer(log)
  } catch (cause) {
    if (cause instanceof DamagedLog) return refuse(c, failure('damagedContent'))
    throw cause
  }
}

async function sendCheckpoint({ logs }: LogRoutesDeps, c: RequestContext, log: LogTable): Promise<Response> {
  const checkpoint = await logs.checkpoint(log)
  if (!checkpoint) return refuse(c, failure('pageNotFound'))
  const etag = `"${log.signed_size}-${checkpoint.length}"`
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': FOR_A_MOMENT, ETag: etag }
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
  return c.body(Uint8Array.from(checkpoint), 200, headers)
}

/** Only what a checkpoint covers is shown: before that it might still be lost. */
async function sendTile(
  { logs }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
  path: string,
): Promise<Response> {
  const asked = parseTilePath(path)
  if (!asked) return refuse(c, failure('pageNotFound'))
  const bytes =
    asked.kind === 'tile'
      ? await logs.tile(log, asked.tile)
      : await logs.bundle(log, asked.index, asked.width)
  return bytes ? sendForEver(c, bytes) : refuse(c, failure('pageNotFound'))
}

async function sendProof(
  { logs }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
  position: string,
): Promise<Response> {
  const proof = /^\d{1,15}$/.test(position) ? await logs.proof(log, Number(position)) : null
  if (proof === null) return refuse(c, failure('pageNotFound'))
  const [, member = '', number = ''] = log.origin.split('/')
  const name = `${member}-${number}-${position}.tlog-proof`
  return c.body(proof, 200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': FOR_A_MOMENT,
    'Content-Disposition': `attachment; filename="${name}"`,
  })
}

const compress = promisify(gzip)

async function sendForEver(c: RequestContext, bytes: Uint8Array): Promise<Response> {
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Cache-Control': FOR_EVER,
    Vary: 'Accept-Encoding',
  }
  const isZipped = /(?:^|[,\s])gzip(?:\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))))/i.test(
    c.req.header('accept-encoding') ?? '',
  )
  if (!isZipped) return c.body(Uint8Array.from(bytes), 200, headers)
  return c.body(Uint8Array.from(await compress(bytes)), 200, { ...headers, 'Content-Encoding': 'gzip' })
}
