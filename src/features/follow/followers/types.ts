import type { MemberId } from '../../../kernel/names.ts'
import type { Millis } from '../../../kernel/time.ts'
import type { Introduction } from '../../../log/index.ts'
import type { PublicKey } from '../../../records/index.ts'

/** A member of another node that holds a copy of a log written here. */
export interface Follower {
  readonly origin: string
  readonly memberId: MemberId
  /** Base64 of 32 bytes. */
  readonly witnessKey: PublicKey
  /** Where its node answers; null where it only announces itself. */
  readonly url: string | null
  readonly allowPrivate: boolean
  /** Whether the operator named it as a follower, or follows it: its word is waited for. */
  readonly isNamed: boolean
  readonly since: Millis
}

/** What a follower tells the home of a log: who it is, and that it holds the newest checkpoint. */
export interface Announcement {
  /** Who speaks for it, from its genesis on: that proves itself. */
  readonly introduction: Introduction
  /** Where its node answers, when it can be reached at all. */
  readonly url: string | null
  /** The checkpoint that it holds, with its cosignature. */
  readonly checkpoint: Uint8Array
}
