import type { Body } from '../../../content/index.ts'
import type { ByteRange } from '../../../kernel/byte-range.ts'
import type { Failure } from '../../../kernel/failure.ts'
import type { AddressPolicy } from '../../../kernel/fetcher.ts'
import type { GitOid, MemberId, RepositoryKind, Sha256, XetHash } from '../../../kernel/names.ts'
import type { Result } from '../../../kernel/result.ts'
import type { Millis } from '../../../kernel/time.ts'

/** A large file that a commit of another member's repository points to, and one place where it stands. */
export interface PointedFile {
  readonly sha256: Sha256
  /** Bytes. */
  readonly size: number
  readonly commit: GitOid
  readonly path: string
}

/** The repository's name, as it stands in addresses of every node that has it. */
export interface RemoteRepository {
  readonly id: string
  readonly kind: RepositoryKind
  readonly fullName: string
}

/** A file and one way to put it together: its recipe is known by its Xet hash. */
export interface RecipePlace {
  readonly repository: RemoteRepository
  readonly file: PointedFile
  readonly xetHash: XetHash
}

/** A node that may have a repository's files. */
export interface Source {
  /** Where it answers, without a trailing slash. */
  readonly url: string
  readonly allow: AddressPolicy
  /** Whose it is; a disk is nobody's. */
  readonly memberId?: MemberId
  /** Whether the repository is written there. */
  readonly isHome?: boolean
  /** Whether files lie there as in a carry; else it is a node. */
  readonly layout?: 'carry'
}

/** A large file of another member whose bytes this node need not hold yet. */
export interface RemoteFile {
  /**
   * Bytes of `range` as they come from the file's sources, while the whole file is taken in here. Resolves with the
   * first byte from a source, or with why there is none. The last 64 KiB of the file, and any range that ends before
   * the file does, come only after the SHA-256 of the whole was right; so whoever got everything got the right bytes.
   * The body throws a `Refusal` when there will be no right end. Aborting `signal` lets go of the body, not of the file.
   */
  open(range: ByteRange, signal: AbortSignal): Promise<Result<Body>>
}

/** A file that could not be fetched. */
export interface MissedFile {
  readonly path: string
  readonly failure: Failure
}

export interface FetchedAll {
  /** Files taken in this time. */
  readonly fetched: number
  /** Those still not held, and why. */
  readonly missed: readonly MissedFile[]
}

/**
 * Large files of followed members, fetched when somebody asks. Each is held by its SHA-256 once it is here, like every
 * other. Disposing ends what is under way, leaving nothing of it, and refuses whatever comes later.
 */
export interface RemoteContent extends AsyncDisposable {
  /** The file, where the repository is a copy of another member's; null where it is our own. Asks no other machine. */
  find(repositoryId: string, file: PointedFile): Promise<RemoteFile | null>
  /**
   * Whether somebody was given bytes of this file that turned out wrong since this node started. Whoever goes on after
   * such bytes must be given the whole.
   */
  mustBeginAnew(sha256: Sha256): boolean
  /**
   * Fetches every large file of the default branch, or of every branch and tag, that is not held, one after the other. A full disk ends it, another
   * failure only its file. Doing it again asks for what is still missing. Rejects when `signal` aborts.
   */
  fetchAll(repositoryId: string, signal: AbortSignal, wanted?: WantedFiles): Promise<FetchedAll>
}

/** How much may be fetched of whose. */
export interface Allowance {
  /** Why nothing more of a repository is fetched now, or null. */
  refusal(repositoryId: string): Promise<Failure | null>
  /** So many bytes were fetched of it. */
  spend(repositoryId: string, bytes: number): Promise<void>
}

/** Which of a repository's large files are wanted. */
export interface WantedFiles {
  /** Those of the default branch unless it says otherwise. */
  readonly of?: 'main' | 'everyRef'
  /** Asked of each file that is not held, before it is fetched; all are wanted where it is missing. */
  readonly isWanted?: (file: PointedFile) => Promise<boolean>
}

/** How much fetching may cost. Tests give smaller ones. */
export interface TransferLimits {
  /** Transfers at once; the others wait in the order in which they came. */
  readonly atOnce: number
  /** A transfer that nobody waits for any more goes on while fewer than this run. */
  readonly goOnBelow: number
  /** Bytes kept of a running transfer for those who read along. */
  readonly windowBytes: number
  /** How long, in all, one reader may hold up a transfer. After it the reader waits until the file is in. */
  readonly patienceMs: Millis
  /** Longest wait for sources that all ask for patience, once a file has begun to come. */
  readonly pauseMs: Millis
}
