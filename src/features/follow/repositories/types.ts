import type { GitType, ObjectStreamProblem } from '../../../content/git/index.ts'
import type { Database } from '../../../database/index.ts'
import type { Fetcher } from '../../../kernel/fetcher.ts'
import type { GitOid, RepositoryId, RepositoryKind, Sha256 } from '../../../kernel/names.ts'
import type { Random } from '../../../kernel/random.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Share } from '../../share/index.ts'
import type { Source } from '../content/index.ts'
import type { MirrorEvents } from './events.ts'

/** What mirroring uses. */
export interface MirrorDeps {
  readonly database: Database
  readonly share: Pick<Share, 'queries'>
  readonly fetcher: Fetcher
  readonly random: Random
  readonly events: MirrorEvents
  /** In the order in which they are asked: the home first. */
  readonly sources: readonly Source[]
  /** What is remembered of them between calls; nothing where it is missing. */
  readonly doubts?: Doubts
  readonly signal: AbortSignal
}

/** What is remembered of sources: who lied is asked for nothing of a repository, who had not a thing is not asked for it at once. */
export interface Doubts {
  isAsked(source: Source, request: MirrorRequest, what: string): boolean
  lied(source: Source, request: MirrorRequest): void
  lacked(source: Source, request: MirrorRequest, what: string): void
}

/** Which repository of which member. */
export interface MirrorRequest {
  readonly memberId: string
  /** Of a member hosted here: what its log says and this node lost is taken back; what was not lost stays as it is. */
  readonly isOwn?: boolean
  readonly kind: RepositoryKind
  readonly repository: RepositoryId
}

/** What became of it. After `mirrored` with `isChanged` the card is behind. */
export type Mirrored =
  | {
      readonly kind: 'mirrored'
      readonly repositoryId: string
      readonly isChanged: boolean
      /** Of the git objects that came. */
      readonly bytes: number
    }
  /** Nothing is announced any more, and the copy is gone. */
  | { readonly kind: 'removed' }
  /** Nothing is announced, and there was no copy. */
  | { readonly kind: 'absent' }

/** What a member says that a ref points at. */
export interface AnnouncedRef {
  readonly name: string
  /** A commit or an annotated tag. */
  readonly oid: GitOid
  readonly manifest: Sha256 | null
  readonly time: Millis
}

/** All that a member says of a repository, at least one ref, in the order of their names. */
export interface Announcement {
  readonly fullName: RepositoryId
  readonly refs: readonly AnnouncedRef[]
}

/** How a source did not send what a member announced. */
export type Lie =
  | ObjectStreamProblem
  /** Bytes that are no such object as git would write. */
  | 'malformedObject'
  /** A name that is no name of a file, or the same name twice. */
  | 'wrongPath'
  /** So many files, or so deep, that nobody could list them. */
  | 'treeTooLarge'
  /** Something is named that was neither sent before nor held. */
  | 'missingObject'
  | 'otherType'
  /** An object that the commit does not lead to. */
  | 'unaskedObject'
  | 'otherManifest'

/** What a tree comes to when all its directories are opened. */
export interface TreeExtent {
  /** Files and directories, the tree itself not counted. */
  readonly entries: number
  /** Bytes of the longest path below. */
  readonly pathBytes: number
}

/** What is known of an object that was verified or is held. */
export type Known =
  | { readonly type: Exclude<GitType, 'tree'> }
  | { readonly type: 'tree'; readonly extent: TreeExtent }
