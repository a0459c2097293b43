import type { Log } from '../../../kernel/log.ts'
import type { Between } from './types.ts'

/** What messages tell the operator: that there are some, never what they say. */
export interface MessageEvents {
  delivered(between: Between, kind: string): void
  /** It is tried again, unless `isFinal`. */
  undelivered(between: Between, kind: string, reason: string, isFinal: boolean): void
  received(between: Between, kind: string): void
  /** Sending broke off, and goes on after a while. */
  broken(cause: unknown): void
}

/** Events as lines of the node's log. */
export function logMessageEvents(log: Log): MessageEvents {
  return {
    delivered: ({ from, to }, kind) => log.info({ from, to, kind }, 'message delivered'),
    undelivered: ({ from, to }, kind, reason, isFinal) =>
      log.warn({ from, to, kind, reason, isFinal }, 'message not delivered this time'),
    received: ({ from, to }, kind) => log.info({ from, to, kind }, 'message received'),
    broken: (cause) => log.error({ err: cause }, 'sending messages broke off'),
  }
}
