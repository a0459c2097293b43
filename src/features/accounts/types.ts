import { z } from 'zod'

import type { Colour } from '../../kernel/colour.ts'
import { type Handle, type Name, RepositoryId, RepositoryKind } from '../../kernel/names.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Country } from '../../records/index.ts'

/** What a member of an organisation may do in its namespace. Each includes the one before it. */
export const Role = z.enum(['read', 'write', 'admin'])
export type Role = z.infer<typeof Role>

/** What an actor may do with one repository, in rising order. */
export type Right = 'none' | Role

/** One repository a limited token may be used for. */
export const Limit = z.object({
  repository: RepositoryId,
  kind: RepositoryKind,
  right: z.enum(['read', 'write']),
})
export type Limit = z.infer<typeof Limit>

/** How far a credential reaches into what its account may do. `write` does not narrow it at all. */
export const Scope = z.union([
  z.enum(['read', 'write']),
  z.object({ limits: z.array(Limit).min(1).max(100).readonly() }),
])
export type Scope = z.infer<typeof Scope>

interface Person {
  readonly kind: 'user'
  readonly userId: string
  readonly name: Name
  readonly fullName: string
  readonly isOperator: boolean
}

/** Somebody who sent a token. */
export interface TokenActor extends Person {
  readonly via: 'token'
  readonly scope: Scope
  readonly token: { readonly id: string; readonly displayName: string; readonly createdAt: Millis }
}

/** Somebody signed in with a browser. */
export interface SessionActor extends Person {
  readonly via: 'session'
  readonly scope: 'write'
}

export type UserActor = TokenActor | SessionActor

/** Who asks. */
export type Actor = { readonly kind: 'anonymous' } | UserActor

/** The person at the command line of the node's own machine: whoever can open the data folder owns it. */
export type Authority = Actor | { readonly kind: 'console' }

/** What a decision about a repository needs to know of it. */
export interface GovernedRepository {
  readonly kind: RepositoryKind
  readonly namespace: string
  readonly name: string
  readonly visibility: 'public' | 'private'
}

/** The institution whose node this is. */
export interface Member {
  readonly id: string
  readonly handle: Handle
  readonly displayName: string
  readonly url: string | null
  /** In which the member is drawn, here and where it is followed; null until it chose one. */
  readonly colour: Colour | null
  readonly country: Country | null
}

/** A person or an organisation, as others may see it. */
export interface Account {
  readonly id: string
  readonly name: Name
  readonly kind: 'user' | 'organisation'
  readonly fullName: string
  readonly createdAt: Millis
}

/** A person, as an operator sees them. */
export interface PersonEntry extends Account {
  readonly isOperator: boolean
  /** Whether they can sign in with a browser yet. */
  readonly hasPassword: boolean
  readonly tokens: number
}

/** An organisation and how many people it has. */
export interface OrganisationEntry extends Account {
  readonly members: number
}

/** A namespace somebody may act in, and how. */
export interface NamespaceRole extends Account {
  readonly role: Role
}

/** How many repositories of a namespace the asker may see, and what they are. */
export interface RepositoryCounts {
  readonly models: number
  readonly datasets: number
}

/** A token as its owner sees it afterwards: everything but the secret. */
export interface TokenEntry {
  readonly id: string
  readonly displayName: string
  readonly scope: Scope
  readonly createdAt: Millis
  readonly lastUsedAt: Millis | null
}

/** A browser session just begun. The secret goes into the cookie and is kept nowhere else. */
export interface Session {
  readonly secret: string
  readonly expiresAt: Millis
}

/** A one-time link: `key` goes into its address and is kept nowhere else. */
export interface Link {
  readonly key: string
  readonly expiresAt: Millis
}

/** What a one-time link is good for. */
export type LinkPurpose =
  | { readonly kind: 'set-up' }
  | { readonly kind: 'password'; readonly name: Name; readonly fullName: string }
