/** Decisions about requests for access, pure. */
import type { Gate } from '../../share/index.ts'
import type { RequestStatus } from './types.ts'

/**
 * What becomes of a request at once. Public files that are not gated need none; whoever asks is told so by being let in.
 * A private repository is never opened without somebody's decision.
 */
export function firstStatus({
  visibility,
  gated,
}: {
  readonly visibility: 'public' | 'private'
  readonly gated: Gate
}): RequestStatus {
  if (visibility === 'private') return 'pending'
  return gated === 'manual' ? 'pending' : 'accepted'
}

/** What a repeated request becomes: a refusal may be asked to be looked at again, a grant stays. */
export function statusOfRepeated(before: RequestStatus, first: RequestStatus): RequestStatus {
  return before === 'accepted' ? 'accepted' : first
}
