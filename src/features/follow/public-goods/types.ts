import { z } from 'zod'

import type { GitOid, MemberId, RepositoryId, RepositoryKind } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { PublicGood as PublicGoodRecord } from '../../../records/index.ts'

/** What is promised of a repository. */
export type Terms = Pick<PublicGoodRecord['body'], 'licence' | 'holders' | 'until'>

/** A promise as its member said it last. */
export interface PublicGood extends Terms {
  readonly memberId: MemberId
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
  /** Who answers for it. */
  readonly maintainer: MemberId
  /** When it says that it was said. */
  readonly time: Millis
  /** The entry of the member's log that says so. */
  readonly position: number
}

/**
 * What was found out about one member's copy: `verified` pieces of it were compared byte by byte; `claimed` it says that it has
 * all, and nothing could be compared; `partial` it says that some is missing; `absent` it does not have this version; `wrong` a
 * piece was another; `silent` it did not answer.
 */
export type CopyState = 'verified' | 'claimed' | 'partial' | 'absent' | 'wrong' | 'silent'

/** A member that was asked for a repository, and what came of it. */
export interface Copy {
  readonly memberId: MemberId
  readonly name: string
  /** Whether the repository's home is there. */
  readonly isHome: boolean
  /** Whether it is this node's own. */
  readonly isHere: boolean
  readonly state: CopyState
  /** Of the version that was asked for. */
  readonly commit: GitOid
  readonly checkedAt: Millis
  /** Last time that its pieces were compared and right. */
  readonly verifiedAt: Millis | null
  /** In a row that brought less than `verified`. */
  readonly failures: number
}

/** What a node says of the large files of a commit that it holds, at `…/holding/{commit}`. */
export const Holding = z.object({
  files: z.int().min(0),
  /** Of all large files together. */
  bytes: z.int().min(0),
  heldFiles: z.int().min(0),
  heldBytes: z.int().min(0),
})
export type Holding = z.infer<typeof Holding>
