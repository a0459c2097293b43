import type { Failure } from '../../../kernel/failure.ts'
import type { Log } from '../../../kernel/log.ts'
import type { Sha256 } from '../../../kernel/names.ts'

interface OfTransfer {
  readonly repositoryId: string
  readonly sha256: Sha256
}

/** What fetching tells its operator. Implementations never throw. */
export interface RemoteContentEvents {
  /** A file of another member is held from now on. */
  fileFetched(event: OfTransfer & { readonly size: number }): void
  /** A source sent bytes that are not the file's; it is not asked for this file for an hour. */
  sourceBlamed(event: OfTransfer & { readonly url: string }): void
  /** No source gave the file. */
  fileMissed(event: OfTransfer & Pick<Failure, 'reason'>): void
  /** Something that should not happen happened. */
  failed(event: OfTransfer & { readonly cause: unknown }): void
}

/** Writes each event as one line of the log. */
export function logRemoteContentEvents(log: Log): RemoteContentEvents {
  return {
    fileFetched: (event) => log.info(event, 'file of another member fetched'),
    sourceBlamed: (event) => log.warn(event, 'a source sent wrong bytes'),
    fileMissed: (event) => log.warn(event, 'file of another member not fetched'),
    failed: ({ cause, ...event }) => log.error({ ...event, err: cause }, 'fetching failed'),
  }
}
