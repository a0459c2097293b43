import type { RepositoryKind, Sha256 } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { RetractionReason } from '../../../records/index.ts'

/** Which file is to be erased, from where, and why. */
export interface ErasureRequest {
  readonly sha256: Sha256
  readonly from: ErasureScope
  readonly reason: RetractionReason
}

/** All repositories of a hosted member (null where there is one alone), or the copies of other members' repositories held here. */
export type ErasureScope =
  | { readonly kind: 'member'; readonly member: string | null }
  | { readonly kind: 'copies' }

/** A repository that names a file. */
export interface NamingRepository {
  readonly kind: RepositoryKind
  /** `namespace/name`. */
  readonly id: string
  readonly isPublic: boolean
}

/** What erasing a file comes to. */
export interface ErasurePlan {
  readonly sha256: Sha256
  /** Bytes. */
  readonly size: number
  readonly from: ErasureScope
  /** Repositories that give the file out no more. */
  readonly repositories: readonly NamingRepository[]
  /** Whether the world is told: one of these repositories is public. It is permanent. */
  readonly isStated: boolean
  /** Repositories here that go on giving it out; while there are any the bytes stay. */
  readonly keptBy: readonly NamingRepository[]
  /** Associations of the member, and within how many days their members erase what it says that it erased. */
  readonly deadlines: readonly { readonly association: string; readonly days: number }[]
}

/** What a member says that it erased, and where it said so. */
export interface Tombstone {
  readonly origin: string
  readonly position: number
  readonly reason: RetractionReason
  readonly time: Millis
}

/** A file that repositories here may not give out any more. */
export interface ErasedFile {
  readonly sha256: Sha256
  readonly size: number
  readonly reason: RetractionReason
  readonly time: Millis
  /** Whose repositories; null for copies of others, by the operator's own decision. */
  readonly member: { readonly handle: string; readonly isHosted: boolean } | null
  /** Null where the world was not told. */
  readonly tombstone: Tombstone | null
}
