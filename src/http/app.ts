import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'

import type { Accounts, Actor } from '../features/accounts/index.ts'
import type { Assertions, Guest } from '../features/letters/index.ts'
import { failure, Refusal } from '../kernel/failure.ts'
import type { Log } from '../kernel/log.ts'
import type { Random } from '../kernel/random.ts'
import { succeed, type Result } from '../kernel/result.ts'
import type { Translators } from '../web/i18n/index.ts'
import { baseUrl } from './base-url.ts'
import type { HttpEnvironment, RequestContext } from './context.ts'
import { clientLeft } from './departure.ts'
import { refuse } from './refuse.ts'

export interface AppDeps {
  readonly accounts: Accounts
  readonly assertions: Pick<Assertions, 'believe'>
  readonly translators: Translators
  readonly random: Random
  readonly log: Log
  /** Routers in the order in which they are asked. */
  readonly routes: readonly Hono<HttpEnvironment>[]
}

/** Every HTTP surface of the node behind one front door: an id for each request, who asks, and one place where errors end. */
export function createApp({
  accounts,
  assertions,
  translators,
  random,
  log,
  routes,
}: AppDeps): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()

  app.use(async (c, next) => {
    const requestId = c.req.header('x-request-id')?.slice(0, 128) ?? random(12).toHex()
    c.set('requestId', requestId)
    c.set('translators', translators)
    c.header('X-Request-Id', requestId)
    const who = await whoAsks(c)
    if (!who.ok) return refuse(c, who.failure)
    c.set('actor', who.value.actor)
    c.set('guest', who.value.guest)
    if (comesFromElsewhere(c) && changesSomething(c) && carriesCookie(c))
      return refuse(c, failure('crossSiteRequest'))
    return next()
  })

  /** A person of this node, or one on whose behalf another member's node asks. */
  async function whoAsks(c: RequestContext): Promise<Result<{ actor: Actor; guest: Guest | null }>> {
    const authorization = ownsAuthorization(c) ? undefined : c.req.header('authorization')
    const [, assertion] = /^Ayni +(\S+)$/i.exec(authorization ?? '') ?? []
    if (assertion !== undefined) {
      const guest = await assertions.believe(assertion)
      return guest.ok ? succeed({ actor: { kind: 'anonymous' }, guest: guest.value }) : guest
    }
    const actor = await accounts.authenticate({ authorization, cookie: c.req.header('cookie') })
    return actor.ok ? succeed({ actor: actor.value, guest: null }) : actor
  }

  for (const router of routes) app.route('/', router)

  app.notFound((c) => refuse(c, failure('pageNotFound')))
  app.onError((error, c) => {
    if (error instanceof Refusal) return refuse(c, error.failure)
    const isAnswered = c.env?.outgoing?.headersSent === true
    if (clientLeft(c, error)) return isAnswered ? RESPONSE_ALREADY_SENT : c.body(null, 400) // nobody reads this
    log.error({ requestId: c.get('requestId'), method: c.req.method, err: error }, 'request failed')
    if (isAnswered) return RESPONSE_ALREADY_SENT
    return c.json({ error: `Something went wrong on this node. (Request ID: ${c.get('requestId')})` }, 500)
  })
  return app
}

/** Content routes carry tokens of their own kind in `Authorization`, which are not account tokens. */
function ownsAuthorization(c: RequestContext): boolean {
  return c.req.path.startsWith('/cas/')
}

function changesSomething(c: RequestContext): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method)
}

function carriesCookie(c: RequestContext): boolean {
  return c.req.header('cookie') !== undefined && c.req.header('authorization') === undefined
}

/** Whether a browser says that another site made this request; programs say nothing, and carry no cookie. */
function comesFromElsewhere(c: RequestContext): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = c.req.header('origin')
  return origin !== undefined && origin !== baseOrigin(c)
}

function baseOrigin(c: RequestContext): string {
  return new URL(baseUrl(c)).origin
}
