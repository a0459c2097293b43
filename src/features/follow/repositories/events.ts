import type { Log } from '../../../kernel/log.ts'
import type { Lie, MirrorRequest } from './types.ts'

/** What mirroring tells of those it asks. */
export interface MirrorEvents {
  /** A source sent something else than what the member announced. Another one is asked. */
  lied(url: string, request: MirrorRequest, lie: Lie): void
  /** A member announced a manifest that does not belong to its commit; `path` is the first file that differs, or empty. */
  contradicted(request: MirrorRequest, path: string): void
}

/** Events as lines of the node's log. */
export function logMirrorEvents(log: Log): MirrorEvents {
  return {
    lied: (url, request, lie) => log.warn({ url, ...request, lie }, 'source lied'),
    contradicted: (request, path) => log.warn({ ...request, path }, 'manifest is not of its commit'),
  }
}
