/** The logs as static files, as any tool that reads tlog-tiles expects them (docs/spec/log.md). */
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

import { Hono } from 'hono'
import { z } from 'zod'

import type { LogTable } from '../../database/index.ts'
import type { Accounts } from '../../features/accounts/index.ts'
import type { FollowerCommands, MemberCommands } from '../../features/follow/index.ts'
import { utf8 } from '../../kernel/bytes.ts'
import { failure } from '../../kernel/failure.ts'
import { MemberId, originOf } from '../../kernel/names.ts'
import { SECOND } from '../../kernel/time.ts'
import {
  DamagedLog,
  type Hints,
  type Introduction,
  type Logs,
  MAX_NOTE_BYTES,
  parseTilePath,
} from '../../log/index.ts'
import { Endpoint } from '../../records/index.ts'
import { baseUrl } from '../base-url.ts'
import { readJson } from '../body.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import { sendPlace } from './place.ts'
import { WITNESS, witnessRoutes } from './witness.ts'

export interface LogRoutesDeps {
  readonly logs: Logs
  readonly hints: Hints
  readonly accounts: Accounts
  readonly followers: FollowerCommands
  readonly members: MemberCommands
}

/** Below which every log of this node has its prefix: `{member}/{number}/`. */
export const LOGS = '/api/ayni/v1/logs'
const IMMUTABLE = {
  'Content-Type': 'application/octet-stream',
  'Cache-Control': 'public, max-age=31536000, immutable',
}
/** Shorter than followers and proxies bear silence. */
const BEAT_EVERY = 60 * SECOND
const FOR_A_MOMENT = 'public, max-age=1'

/** Where a node says which members it hosts and which logs it holds, and the logs themselves. */
export function logRoutes(deps: LogRoutesDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()
  app.get('/.well-known/ayni', async (c) => c.json(await describeNode(deps, baseUrl(c))))
  app.get(`${LOGS}/events`, (c) => sendHints(deps, c))
  app.get(`${LOGS}/:member/:number/checkpoint`, (c) =>
    withLog(deps, c, (log) => sendCheckpoint(deps, c, log)),
  )
  app.get(`${LOGS}/:member/:number/followers`, (c) => withLog(deps, c, (log) => sendFollowers(deps, c, log)))
  app.post(`${LOGS}/:member/:number/followers`, (c) => withLog(deps, c, (log) => hearFollower(deps, c, log)))
  app.get(`${LOGS}/:member/:number/evidence`, (c) => withLog(deps, c, (log) => sendEvidence(deps, c, log)))
  app.get(`${LOGS}/:member/:number/proof/:position`, (c) =>
    withLog(deps, c, (log) => sendProof(deps, c, log, c.req.param('position'))),
  )
  app.get(`${LOGS}/:member/:number/tile/:path{.+}`, (c) =>
    withLog(deps, c, (log) => sendTile(deps, c, log, `tile/${c.req.param('path')}`)),
  )
  app.get(`${LOGS}/:member/:number/redacted/:path{.+}`, (c) =>
    withLog(deps, c, (log) => sendRedacted(deps, c, log, `tile/${c.req.param('path')}`)),
  )
  app.get('/api/ayni/v1/entries/:leafHash', (c) => sendPlace(deps, c, c.req.param('leafHash')))
  app.route('/', witnessRoutes(deps))
  return app
}

/** Where else the log can be had, and whom to ask what it showed them: followers that said where they answer. */
async function sendFollowers(
  { followers }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
): Promise<Response> {
  const known = log.role === 'own' ? await followers.list(log.origin) : []
  const reached = known.flatMap(({ memberId, url }) => (url === null ? [] : [{ member: memberId, url }]))
  c.header('Cache-Control', FOR_A_MOMENT)
  return c.json({ followers: reached })
}

const Leaf = z.base64().max(64 * 1024)
const MOST_LOGS = 16
const MOST_NAMING_ENTRIES = 64
/** Who says so, from its genesis on. */
const Introduced = z.object({
  logs: z
    .array(
      z
        .array(z.object({ position: z.int().min(0), leaf: Leaf }))
        .min(1)
        .max(MOST_NAMING_ENTRIES),
    )
    .min(1)
    .max(MOST_LOGS),
  profile: z
    .string()
    .max(128 * 1024)
    .nullable(),
})
const FollowerSays = z.object({
  genesis: Leaf,
  introduction: Introduced.exactOptional(),
  checkpoint: z.string().max(MAX_NOTE_BYTES),
  url: Endpoint.nullable(),
})

/** A member of another node says that it holds our newest checkpoint. Its own signature is all the right that it needs. */
async function hearFollower(
  { followers }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
): Promise<Response> {
  if (log.role !== 'own') return refuse(c, failure('pageNotFound'))
  const said = await readJson(c, FollowerSays, 512 * 1024)
  if (!said.ok) return refuse(c, said.failure)
  const { checkpoint, url } = said.value
  const announcement = { introduction: introductionIn(said.value), checkpoint: utf8(checkpoint), url }
  const heard = await followers.announce(log, announcement)
  return heard.ok ? c.json({ ok: true, ...heard.value }) : refuse(c, heard.failure)
}

/** Before there were introductions, the genesis stood for the member. */
function introductionIn({ genesis, introduction }: z.infer<typeof FollowerSays>): Introduction {
  if (!introduction) return { logs: [[{ position: 0, leaf: Uint8Array.fromBase64(genesis) }]], profile: null }
  const logs = introduction.logs.map((entries) =>
    entries.map(({ position, leaf }) => ({ position, leaf: Uint8Array.fromBase64(leaf) })),
  )
  return { logs, profile: introduction.profile === null ? null : utf8(introduction.profile) }
}

/** Server-sent events: which log has a new checkpoint. Silence is broken now and then, so that a dead peer is noticed. */
function sendHints({ hints }: LogRoutesDeps, c: RequestContext): Response {
  const left = new AbortController()
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(encoder.encode(': hello\n\n'))
      const beat = setInterval(() => controller.enqueue(encoder.encode(':\n\n')), BEAT_EVERY)
      try {
        for await (const { origin, size } of hints.listen(left.signal)) {
          const event = `event: checkpoint\ndata: ${JSON.stringify({ origin, size })}\n\n`
          controller.enqueue(encoder.encode(event))
        }
        if (!left.signal.aborted) controller.close()
      } finally {
        clearInterval(beat)
      }
    },
    cancel: () => left.abort(),
  })
  return c.body(body, 200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
}

/** A hint for whoever wants to follow: everything in it is checked against the logs themselves. */
async function describeNode({ logs, accounts }: LogRoutesDeps, base: string) {
  const [held, members] = await Promise.all([logs.list(), accounts.members()])
  return {
    witness: `${base}${WITNESS}`,
    members: members.map(({ id, handle, displayName, url }) => ({ id, handle, name: displayName, url })),
    logs: held.map(({ origin, key, keysAt, signedSize }) => ({
      origin,
      prefix: `${base}${LOGS}/${origin.slice(origin.indexOf('/') + 1)}`,
      key,
      keysAt,
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
  const etag = `"${createHash('sha256').update(checkpoint).digest('hex').slice(0, 32)}"`
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
  if (asked.kind === 'tile') {
    const hashes = await logs.tile(log, asked.tile) // no compression makes them shorter
    return hashes ? c.body(Uint8Array.from(hashes), 200, IMMUTABLE) : refuse(c, failure('pageNotFound'))
  }
  const bundle = await logs.bundle(log, asked.index, asked.width)
  if (!bundle) return refuse(c, failure('pageNotFound'))
  return bundle.kind === 'whole' ? sendBundle(c, bundle.bytes) : refuseErased(logs, c, log, bundle.position)
}

/** The law of the place where a node stands may forbid it to serve some bytes: RFC 7725. */
async function refuseErased(logs: Logs, c: RequestContext, log: LogTable, position: number) {
  return refuse(c, failure('recordRedacted', { reason: (await logs.redaction(log, position)) || '-' }))
}

/** The same bundle, with the hashes of those entries that are erased. Others may be erased later. */
async function sendRedacted(
  { logs }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
  path: string,
): Promise<Response> {
  const asked = parseTilePath(path)
  const bundle = asked?.kind === 'entries' ? await logs.bundle(log, asked.index, asked.width) : null
  if (bundle?.kind !== 'redacted') return refuse(c, failure('pageNotFound'))
  const headers = { 'Content-Type': 'application/octet-stream', 'Cache-Control': FOR_A_MOMENT }
  return c.body(Uint8Array.from(bundle.bytes), 200, headers)
}

async function sendProof(
  { logs }: LogRoutesDeps,
  c: RequestContext,
  log: LogTable,
  position: string,
): Promise<Response> {
  const isPosition = /^\d{1,15}$/.test(position)
  if (isPosition && (await logs.redaction(log, Number(position))) !== null)
    return refuseErased(logs, c, log, Number(position))
  const proof = isPosition ? await logs.proof(log, Number(position)) : null
  if (proof === null) return refuse(c, failure('pageNotFound'))
  const [, member = '', number = ''] = log.origin.split('/')
  const name = `${member}-${number}-${position}.tlog-proof`
  return c.body(proof, 200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': FOR_A_MOMENT,
    'Content-Disposition': `attachment; filename="${name}"`,
  })
}

/** What shows to anybody that the log signed two histories. */
async function sendEvidence({ logs }: LogRoutesDeps, c: RequestContext, log: LogTable): Promise<Response> {
  const evidence = await logs.evidence(log.origin)
  if (evidence === null) return refuse(c, failure('pageNotFound'))
  const [, member = '', number = ''] = log.origin.split('/')
  return c.body(evidence, 200, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': FOR_A_MOMENT,
    'Content-Disposition': `attachment; filename="${member}-${number}.fork"`,
  })
}

const compress = promisify(gzip)

async function sendBundle(c: RequestContext, bytes: Uint8Array): Promise<Response> {
  const headers = { ...IMMUTABLE, Vary: 'Accept-Encoding' }
  const isZipped = /(?:^|[,\s])gzip(?:\s*(?:,|$|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))))/i.test(
    c.req.header('accept-encoding') ?? '',
  )
  if (!isZipped) return c.body(Uint8Array.from(bytes), 200, headers)
  return c.body(Uint8Array.from(await compress(bytes)), 200, { ...headers, 'Content-Encoding': 'gzip' })
}
