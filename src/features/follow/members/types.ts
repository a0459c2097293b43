import type { Handle, MemberId, Origin, RepositoryKind } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { LogKeys } from '../../../log/index.ts'

/** What becomes of a followed member's large files: fetched when somebody asks, without being asked, or never. */
export type ContentPolicy = 'on-demand' | 'all' | 'none'

/** Which large files of a member are fetched without being asked; the others are fetched when somebody asks. */
export interface ContentFilter {
  /** Of either kind where none is named. */
  readonly kinds: readonly RepositoryKind[]
  /** Under any licence where none is named; as cards write them, in lower case. */
  readonly licences: readonly string[]
  /** Bytes at most of one file. */
  readonly maxFile: number | null
  /** Bytes at most of all that is held of the member. */
  readonly budget: number | null
}

/** What following a member may bring in a day. What is more comes on another day. */
export interface Quota {
  readonly entries: number
  /** Bytes of entries. */
  readonly records: number
  /** Bytes of git objects. */
  readonly objects: number
  /** Bytes of large files. */
  readonly content: number
}

/** Whether a followed member's statements count here, or its log is only verified and cosigned. */
export type Trust = 'full' | 'witness'

/** Files, and their bytes together. */
export interface FileAmount {
  readonly files: number
  readonly bytes: number
}

/** What of a member's large files was not fetched because the terms say so. Whoever asks for it still gets it. */
export interface LeftOut {
  /** Repositories of another kind or licence. */
  readonly repositories: number
  /** Files that are longer than they may be. */
  readonly tooLong: FileAmount
  /** Files for which the budget has no room. */
  readonly noRoom: FileAmount
}

/** How following a member goes in this run of the node. */
export interface Course {
  /** When its node is asked next; null while it is being asked, and while the node does not follow. */
  readonly nextAt: Millis | null
  /** Null where nothing is left out, or nobody has looked yet. */
  readonly leftOut: LeftOut | null
}

/** On which terms a member is followed. */
export interface Terms {
  readonly content: ContentPolicy
  /** None: all of them. */
  readonly filter?: ContentFilter | null
  /** What a day may bring; the usual where none is named. */
  readonly quota?: Quota | null
  readonly trust: Trust
  /** Whether its node may be reached at a loopback or private address. */
  readonly allowPrivate: boolean
}

/** Whom one is about to trust: what a node says of its member, held against the member's own log. */
export interface Candidate {
  readonly url: string
  readonly memberId: MemberId
  readonly origin: Origin
  /** As the node says; the log's profile decides once it is followed. */
  readonly handle: Handle
  readonly name: string
  /** Entries that its newest checkpoint covers. */
  readonly size: number
  /** Names of keys that cosigned that checkpoint, as it says. */
  readonly witnesses: readonly string[]
  /** The genesis, byte for byte. */
  readonly genesis: Uint8Array
  /** Who speaks for it now, as its log says. */
  readonly keys: LogKeys
}

/** An address that a followed member's log has stated since following began. It counts when it has answered. */
export interface Stated {
  readonly url: string
  /** Why it was not taken at the last turn: a reason of the table of failures; null before the first. */
  readonly failure: string | null
}

/** A member of another node whose log this node holds. */
export interface Follow extends Terms {
  readonly memberId: MemberId
  readonly handle: string
  readonly name: string
  /** Null where it is known from a carry alone: nobody is asked. */
  readonly url: string | null
  /** Where it says that it is now, tried first; null where that is `url`. */
  readonly stated: Stated | null
  readonly since: Millis
  readonly filter: ContentFilter | null
  readonly quota: Quota
  /** Entries of its log when following began: no quota counts them. */
  readonly backlog: number
  /** Entries under the last checkpoint that was verified here whole. */
  readonly size: number
  /** Entries verified here so far: more than `size` while others are still coming. */
  readonly verified: number
  /** Last time that its checkpoint was fetched and verified, or was written to a carry that came here; null before the first. */
  readonly checkedAt: Millis | null
  /** Why the last attempt failed: a reason of the table of failures; null after a good one. */
  readonly failure: string | null
  readonly failedAt: Millis | null
  /** Why nothing more is taken from its log. */
  readonly frozen: string | null
}
