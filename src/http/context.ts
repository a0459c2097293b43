import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

import type { Actor } from '../features/accounts/index.ts'
import type { Guest } from '../features/letters/index.ts'
import type { Translators } from '../web/i18n/index.ts'

/** What every request carries: who asks (set once by the authentication middleware), its id, and the languages. */
export interface RequestVariables {
  actor: Actor
  /** On whose behalf another member's node asks, if it does: `actor` is nobody then. */
  guest: Guest | null
  requestId: string
  translators: Translators
}

/** Hono's environment in this program. `Bindings` is filled when Node's server runs the app. */
export interface HttpEnvironment {
  Bindings: Partial<HttpBindings>
  Variables: RequestVariables
}

export type RequestContext = Context<HttpEnvironment>
