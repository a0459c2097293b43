import type { Log } from '../kernel/log.ts'

/** What the log tells of itself. */
export interface LogEvents {
  /** A checkpoint of an own log was signed. */
  published(origin: string, size: number): void
  /** What was written reads back as something else: nothing more is signed. */
  damaged(origin: string, cause: unknown): void
  /** An own log is not signed any more. */
  frozen(origin: string, why: string): void
  /** A turn of the writer failed; it reads everything anew and tries again. */
  failed(cause: unknown): void
}

/** Events as lines of the node's log. */
export function logLogEvents(log: Log): LogEvents {
  return {
    published: (origin, size) => log.info({ origin, size }, 'checkpoint signed'),
    damaged: (origin, cause) => log.error({ origin, err: cause }, 'log damaged; nothing more is signed'),
    frozen: (origin, why) => log.error({ origin, why }, 'log frozen'),
    failed: (cause) => log.error({ err: cause }, 'log writer failed; it tries again'),
  }
}
