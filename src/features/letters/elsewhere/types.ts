import type { AddressPolicy } from '../../../kernel/fetcher.ts'
import type { MemberId, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Pseudonym } from '../messages/index.ts'

/** What a person of this node may read at another member, and where that is. */
export interface Permission {
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  readonly memberId: MemberId
  readonly person: Pseudonym
  /** Where the member's node answers, without a trailing slash. */
  readonly url: string
  readonly allow: AddressPolicy
}

/** A request as a client of ours sent it. */
export interface Question {
  readonly method: 'GET' | 'HEAD' | 'POST'
  /** Path and query. */
  readonly path: string
  /** Of a POST. */
  readonly body: string
  readonly headers: {
    readonly contentType?: string | undefined
    readonly range?: string | undefined
    readonly ifRange?: string | undefined
    readonly ifNoneMatch?: string | undefined
  }
  /** Lower-case names of the headers that the answer is wanted with. */
  readonly wanted: readonly string[]
  readonly signal: AbortSignal
}
