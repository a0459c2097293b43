import type { RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { MessageId, PersonRole } from '../messages/index.ts'

export type RequestStatus = 'pending' | 'accepted' | 'rejected'

/** What a person asks for. */
export interface Wish {
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  readonly purpose: string
  /** How whoever decides may reach the person, if they say. */
  readonly contact: string
}

/** What a person of this node asked for, as they see it. */
export interface SentRequest {
  readonly id: MessageId
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  /** Name of the member that decides. */
  readonly home: string
  readonly status: RequestStatus
  readonly reason: string | null
  /** Why the home has not taken it yet: `null` when it has, or was not tried. A word for programs. */
  readonly delay: string | null
  readonly askedAt: Millis
  readonly answeredAt: Millis | null
}

/** Somebody who asked to read a repository, as its administrators see them. */
export interface AccessRequest {
  /** Of this node's own making. */
  readonly id: MessageId
  /** As the person's home names it; others may have chosen the same. */
  readonly requestId: MessageId
  /** An account's name, or a pseudonym, `@` and the handle of the member whose person it is. */
  readonly name: string
  /** The name they go by here, or the name of their member. */
  readonly fullName: string
  /** Null for a person of this node. */
  readonly memberId: string | null
  readonly role: PersonRole
  readonly purpose: string
  readonly contact: string | null
  readonly status: RequestStatus
  readonly reason: string | null
  readonly askedAt: Millis
  readonly decidedAt: Millis | null
}

/** What is answered to a request. Whatever is not accepted ends the right; `pending` leaves the answer open again. */
export interface Decision {
  readonly status: RequestStatus
  readonly reason: string
}

/** Whose right to a repository is asked about. */
export type Grantee =
  | { readonly kind: 'account'; readonly accountId: string }
  | { readonly kind: 'guest'; readonly memberId: string; readonly pseudonym: string }
