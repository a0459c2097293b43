import type { Hono } from 'hono'

import type { Content, Signer } from '../content/index.ts'
import { type Database, ReadCache } from '../database/index.ts'
import type { Accounts } from '../features/accounts/index.ts'
import type { Capacity } from '../features/capacity/index.ts'
import type { Catalogue } from '../features/catalogue/index.ts'
import type { RemoteContent } from '../features/follow/index.ts'
import type { FollowerCommands, MemberCommands } from '../features/follow/index.ts'
import type { Elsewhere, MessageCommands, RequestCommands } from '../features/letters/index.ts'
import type { Lookup, Share } from '../features/share/index.ts'
import { failure } from '../kernel/failure.ts'
import { fail, succeed } from '../kernel/result.ts'
import type { Clock } from '../kernel/time.ts'
import type { Hints, Logs } from '../log/index.ts'
import { access, accessToFiles } from './access.ts'
import { accountRoutes } from './accounts/index.ts'
import { apiRoutes } from './api/index.ts'
import type { HttpEnvironment } from './context.ts'
import { elsewhereRoutes } from './elsewhere/index.ts'
import { federationRoutes } from './federation/index.ts'
import { huggingFaceRoutes } from './hf/index.ts'
import { lfsBatchRoutes, lfsTransferRoutes } from './lfs/index.ts'
import { logRoutes } from './log/index.ts'
import { messageRoutes } from './messages/index.ts'
import { casRoutes, createXetTokens, xetTokenRoutes, type Authorise, type XetTokens } from './xet/index.ts'

export interface SurfaceDeps {
  readonly database: Database
  readonly lookups: ReadCache<Lookup>
  readonly accounts: Accounts
  readonly share: Share
  readonly catalogue: Catalogue
  readonly capacity: Capacity
  readonly content: Content
  readonly remoteContent: RemoteContent
  readonly logs: Logs
  readonly hints: Hints
  readonly followers: FollowerCommands
  readonly members: MemberCommands
  readonly messages: MessageCommands
  readonly requests: RequestCommands
  readonly elsewhere: Elsewhere
  readonly signer: Signer
  readonly clock: Clock
  readonly version: string
}

/** Every machine-readable surface, in the order in which they are asked: the special before the general. */
export function surfaces(deps: SurfaceDeps): readonly Hono<HttpEnvironment>[] {
  const tokens = endWithAccounts(deps, createXetTokens(deps))
  const authorise: Authorise = async (c, address, right) => {
    // Such a token outlives the moment: who reads on another member's word is asked for it each time.
    if (c.get('guest')) return fail(failure('forbidden'))
    const found =
      right === 'read' ? await accessToFiles(deps, c, address) : await access(deps, c, address, 'write')
    if (!found.ok) return found
    const actor = c.get('actor')
    return succeed({
      repositoryId: found.value.repository.id,
      actorId: actor.kind === 'user' ? actor.userId : null,
    })
  }
  /** Whoever asks for a token to read is about to fetch: that counts as one download. */
  const authoriseFetch: Authorise = async (c, address, right) => {
    const authorised = await authorise(c, address, right)
    if (authorised.ok && right === 'read') deps.share.downloads.count(authorised.value.repositoryId)
    return authorised
  }
  return [
    casRoutes({ ...deps, tokens }),
    lfsTransferRoutes(deps),
    lfsBatchRoutes({ ...deps, tokens, authorise }),
    xetTokenRoutes({ ...deps, tokens, authorise: authoriseFetch }),
    logRoutes(deps),
    federationRoutes(deps),
    apiRoutes(deps),
    accountRoutes(deps),
    messageRoutes(deps),
    elsewhereRoutes(deps),
    huggingFaceRoutes(deps),
  ]
}

/** A Xet token ends at once with the account of whoever asked for it, not only with its time. */
function endWithAccounts({ accounts, database }: SurfaceDeps, tokens: XetTokens): XetTokens {
  const lives = new ReadCache<{ readonly isAlive: boolean }>(database, 10_000)
  return {
    issue: (claims) => tokens.issue(claims),
    async read(token) {
      const claims = await tokens.read(token)
      if (!claims.ok || claims.value.actorId === null) return claims
      const { actorId } = claims.value
      // Everybody who has an account has a namespace of their own.
      const look = async () => ({ isAlive: (await accounts.namespacesOf(actorId)).length > 0 })
      return (await lives.get(actorId, look)).isAlive ? claims : fail(failure('invalidCredentials'))
    },
  }
}
