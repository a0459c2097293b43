import type { MemberId, Origin } from '../kernel/names.ts'
import type { Millis } from '../kernel/time.ts'

/** The private keys that a member's node uses every day. Each is a 32-byte Ed25519 seed. */
export interface MemberKeys {
  /** Signs checkpoints of the member's own log, nothing else. */
  readonly log: Uint8Array
  /** Cosigns checkpoints of other logs, nothing else. */
  readonly witness: Uint8Array
}

/** Where private keys lie: never in the database, never in a copy of it. */
export interface KeyStore {
  /** Durable once resolved; readable by the node's owner only. Throws where the member has keys already. */
  put(member: MemberId, keys: MemberKeys): Promise<void>
  /** Newer keys beside those that are there: older ones go on signing for a while. Durable once resolved. */
  add(member: MemberId, keys: MemberKeys): Promise<void>
  /** Newest first; none when the member has none here. */
  get(member: MemberId): Promise<readonly MemberKeys[]>
}

/** The private keys of a member's messages, 32 bytes each. */
export interface MessageKeys {
  /** X25519: opens what others sealed to the member. */
  readonly seal: Uint8Array
  /** Ed25519 seed: signs messages and assertions, nothing else. */
  readonly sign: Uint8Array
  /** When they were made. */
  readonly since: Millis
}

/** Where the keys of messages lie: never in the database, never in a copy of it. */
export interface MessageKeyStore {
  /** Replaces what is there; durable once resolved, readable by the node's owner only. */
  put(member: MemberId, keys: readonly MessageKeys[]): Promise<void>
  /** Newest first; empty when there are none. */
  get(member: MemberId): Promise<readonly MessageKeys[]>
}

/** A file of a log: its path below the log's prefix, as tlog-tiles names it. */
export interface LogFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Immutable files of logs. */
export interface LogFileStore {
  /**
   * Durable, all of them, once resolved. A file that is there already must hold the same bytes; other bytes throw and
   * nothing of it is changed.
   */
  write(origin: Origin, files: readonly LogFile[]): Promise<void>
  /** Puts a file in the place of others, `gone` and one of its own path: durable, and `gone` is no more, once resolved. */
  replace(origin: Origin, gone: string, file: LogFile): Promise<void>
  /** Null when there is none. */
  read(origin: Origin, path: string): Promise<Uint8Array | null>
}
