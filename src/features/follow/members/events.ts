import type { Log } from '../../../kernel/log.ts'

/** What following members tells. */
export interface FollowEvents {
  /** New entries of a member's log were verified and count. */
  grown(handle: string, size: number): void
  /** A member could not be followed this time. */
  failed(handle: string, reason: string): void
  /** A member's node did not take our word that we follow it. */
  unheard(handle: string): void
  /** This machine's clock is not to be believed: no log is vouched for until it is. */
  clockDoubted(): void
  /** A member's recovery quorum ended its log; another one is followed from here on. */
  continued(handle: string, origin: string): void
  /** A member's log signed two histories. */
  forked(handle: string): void
}

/** Events as lines of the node's log. */
export function logFollowEvents(log: Log): FollowEvents {
  return {
    grown: (handle, size) => log.info({ handle, size }, 'followed log has grown'),
    failed: (handle, reason) => log.warn({ handle, reason }, 'member not followed this time'),
    unheard: (handle) => log.info({ handle }, 'a followed member did not hear that we follow it'),
    clockDoubted: () => log.error({}, 'the clock is wrong; no log is cosigned until it is set'),
    continued: (handle, origin) => log.info({ handle, origin }, 'followed log goes on in another'),
    forked: (handle) => log.error({ handle }, 'a followed log signed two histories; its copy is frozen'),
  }
}
