import type { Log } from '../../../kernel/log.ts'

/** What a log's home hears from its followers. */
export interface FollowerEvents {
  /** None of them answered: the log waits unsigned. */
  unconfirmed(origin: string, followers: number): void
  /** A follower has vouched for entries that are not here, and nobody has given them back: the log waits unsigned. */
  missing(origin: string): void
  /** A follower's answer is not its signature. */
  unsigned(memberId: string): void
  silent(memberId: string, reason: string): void
  /** Entries that were lost here came back. */
  recovered(origin: string, from: number, to: number): void
  /** Everything that they name is here again. */
  restored(origin: string): void
  /** It broke off; the next start goes on. */
  notRestored(origin: string, cause: unknown): void
  /** The log is not signed any more. */
  frozen(origin: string, why: string): void
}

/** Events as lines of the node's log. */
export function logFollowerEvents(log: Log): FollowerEvents {
  return {
    unconfirmed: (origin, followers) =>
      log.warn({ origin, followers }, 'no follower answers; what is said waits unsigned'),
    missing: (origin) =>
      log.error({ origin }, 'a follower has seen entries that are lost here; what is said waits unsigned'),
    unsigned: (memberId) => log.warn({ memberId }, 'a follower answered with no signature of its own'),
    silent: (memberId, reason) => log.info({ memberId, reason }, 'follower does not answer'),
    recovered: (origin, from, to) => log.warn({ origin, from, to }, 'own log recovered from a follower'),
    restored: (origin) => log.warn({ origin }, 'what recovered records name is here again'),
    notRestored: (origin, cause) => log.error({ origin, err: cause }, 'recovering repositories broke off'),
    frozen: (origin, why) => log.error({ origin, why }, 'own log frozen'),
  }
}
