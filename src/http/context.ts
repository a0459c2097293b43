import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

import type { Actor } from '../features/accounts/index.ts'

/** What every request carries: who asks (set once by the authentication middleware) and its id. */
export interface RequestVariables {
  actor: Actor
  requestId: string
}

/** Hono's environment in this program. `Bindings` is present when Node's server runs the app. */
export interface HttpEnvironment {
  Bindings: Partial<HttpBindings>
  Variables: RequestVariables
}

export type RequestContext = Context<HttpEnvironment>
