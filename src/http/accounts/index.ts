/** Who asks, and who is here: the account routes of the Hugging Face API. */
import { Hono } from 'hono'

import type { Account, Accounts } from '../../features/accounts/index.ts'
import { failure } from '../../kernel/failure.ts'
import { baseUrl } from '../base-url.ts'
import type { HttpEnvironment, RequestContext } from '../context.ts'
import { refuse } from '../refuse.ts'
import {
  drawAvatar,
  presentOrganisationOverview,
  presentPerson,
  presentSelf,
  presentUserOverview,
} from './present.ts'

const ONE_DAY = 'public, max-age=86400'

export function accountRoutes({ accounts }: { readonly accounts: Accounts }): Hono<HttpEnvironment> {
  const app = new Hono<HttpEnvironment>()

  app.get('/api/whoami-v2', async (c) => {
    const actor = c.get('actor')
    if (actor.kind === 'anonymous') return refuse(c, failure('invalidCredentials'))
    return c.json(presentSelf(baseUrl(c), actor, await organisationsOf(actor.userId)))
  })

  app.get('/api/users/:name/overview', (c) =>
    withAccount(c, 'user', async (account) => {
      const counts = await countsFor(c, account)
      return c.json(presentUserOverview(baseUrl(c), account, counts, await organisationsOf(account.id)))
    }),
  )

  app.get('/api/organizations/:name/overview', (c) =>
    withAccount(c, 'organisation', async (account) => {
      const members = await accounts.membersOf(account.id)
      return c.json(
        presentOrganisationOverview(baseUrl(c), account, await countsFor(c, account), members.length),
      )
    }),
  )

  // Who works where is for colleagues, not for the world: a name in a list is personal.
  app.get('/api/organizations/:name/members', (c) =>
    withAccount(c, 'organisation', async (account) => {
      if (c.get('actor').kind === 'anonymous') return refuse(c, failure('signInRequired'))
      const members = await accounts.membersOf(account.id)
      return c.json(members.map((member) => ({ ...presentPerson(baseUrl(c), member), role: member.role })))
    }),
  )

  // People do not follow people here, so nobody is followed by anybody.
  const nobody = (kind: Account['kind']) => (c: RequestContext) => withAccount(c, kind, () => c.json([]))
  app.get('/api/users/:name/followers', nobody('user'))
  app.get('/api/users/:name/following', nobody('user'))
  app.get('/api/organizations/:name/followers', nobody('organisation'))

  app.get('/avatars/:file{[\\w.-]+\\.svg}', async (c) => {
    const account = await accounts.account(c.req.param('file').slice(0, -'.svg'.length))
    if (!account) return refuse(c, failure('accountNotFound'))
    return c.body(drawAvatar(account.name), 200, {
      'Content-Type': 'image/svg+xml',
      'Cache-Control': ONE_DAY,
    })
  })

  async function withAccount(
    c: RequestContext,
    kind: Account['kind'],
    answer: (account: Account) => Response | Promise<Response>,
  ): Promise<Response> {
    const account = await accounts.account(c.req.param('name') ?? '')
    return account?.kind === kind ? answer(account) : refuse(c, failure('accountNotFound'))
  }

  async function countsFor(c: RequestContext, account: Account) {
    const actor = c.get('actor')
    const isLimited = actor.kind === 'user' && typeof actor.scope === 'object'
    return accounts.countsIn(account.name, isLimited ? null : await accounts.roleIn(actor, account.name))
  }

  async function organisationsOf(userId: string) {
    const namespaces = await accounts.namespacesOf(userId)
    return namespaces.filter(({ kind }) => kind === 'organisation')
  }

  return app
}
