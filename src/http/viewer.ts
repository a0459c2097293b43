import type { Accounts, Actor } from '../features/accounts/index.ts'
import type { Viewer } from '../features/catalogue/index.ts'
import type { RequestContext } from './context.ts'

/** Through whose eyes lists and searches are answered. A limited token sees only what it names, and what is public. */
export function viewerOf(deps: { readonly accounts: Accounts }, c: RequestContext): Promise<Viewer> {
  return viewerOfActor(deps.accounts, c.get('actor'))
}

/** {@link viewerOf} for an actor, whatever they came through. */
export async function viewerOfActor(accounts: Accounts, actor: Actor): Promise<Viewer> {
  if (actor.kind === 'anonymous') return { userId: null, namespaces: [] }
  const { scope, userId } = actor
  if (typeof scope === 'object') {
    return {
      userId,
      namespaces: [],
      repositories: scope.limits.map(({ kind, repository: id }) => ({ kind, id })),
    }
  }
  const namespaces = await accounts.namespacesOf(userId)
  return { userId, namespaces: namespaces.map(({ name }) => name) }
}
