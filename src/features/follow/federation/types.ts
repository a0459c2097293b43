import type { Colour } from '../../../kernel/colour.ts'
import type { MemberId, Origin } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Follow } from '../members/index.ts'

/** What is here of a member's log. */
export interface KnownLog {
  readonly origin: Origin
  /** Entries verified here. */
  readonly size: number
  /** Why nothing more is taken from it; null while all is well. */
  readonly frozen: string | null
  /** Members whose cosignature of it was checked here. */
  readonly witnesses: number
}

/** A member that this node knows: its own, one it follows or followed, or one that follows it. */
export interface KnownMember {
  readonly memberId: MemberId
  /** As its own log says; others may have chosen the same. Null of a follower that has not shown what it is called. */
  readonly handle: string | null
  /** In its own words; empty where they are not known. */
  readonly name: string
  readonly colour: Colour
  /** Where its node answers, as far as anybody said. */
  readonly url: string | null
  readonly isHosted: boolean
  /** Null unless it is followed here now. */
  readonly follow: Follow | null
  /** Whether it holds a log that is written here. */
  readonly isFollower: boolean
  readonly log: KnownLog | null
  /** Public repositories of it that stand here. */
  readonly models: number
  readonly datasets: number
}

/** That one member follows another: it keeps a copy of its log. */
export interface Tie {
  readonly from: MemberId
  readonly to: MemberId
  /** When it last copied, as far as this node knows; null before the first time. */
  readonly at: Millis | null
}

/** The federation as one node sees it: nobody sees all of it. */
export interface Federation {
  readonly members: readonly KnownMember[]
  readonly ties: readonly Tie[]
}

/** How long ago somebody last copied, as a picture shows it. */
export type Age = 'fresh' | 'hours' | 'days' | 'never'

/** The member of another node that writes a repository of which a copy stands here. */
export interface Home {
  readonly memberId: MemberId
  readonly name: string
  readonly colour: Colour
  /** Where its node answers. */
  readonly url: string | null
  /** Null when it is not followed any more. */
  readonly follow: Follow | null
  /** Why nothing more is taken from its log. */
  readonly frozen: string | null
}

/** A member that holds large files of a copy, as far as this node has seen. */
export interface Holder {
  readonly memberId: MemberId
  readonly name: string
  readonly colour: Colour
  /** Whether the repository is written there. */
  readonly isHome: boolean
  /** How many of the files in question it showed; the home says that it has all. */
  readonly files: number
  /** When the oldest of what it showed was compared; null while nothing was. */
  readonly verifiedAt: Millis | null
}
