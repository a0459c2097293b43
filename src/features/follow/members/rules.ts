/** Decisions about following members, pure. */
import { z } from 'zod'

import { Handle, MemberId, Origin } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE, type Millis, SECOND } from '../../../kernel/time.ts'

/** What a node says of itself at `/.well-known/ayni`. A hint: what counts is in the logs. */
export const NodeHint = z.object({
  members: z
    .array(z.object({ id: MemberId, handle: Handle, name: z.string().min(1).max(200) }))
    .min(1)
    .max(1000),
  logs: z
    .array(z.object({ origin: Origin, keysAt: z.array(z.int().min(0)).max(1000).default([]) }))
    .max(10_000)
    .default([]),
})
export type NodeHint = z.infer<typeof NodeHint>

/** Where a log lies below its node's address. */
export function logPrefix(url: string, memberId: string): string {
  return `${url}/api/ayni/v1/logs/${memberId}/0`
}

/** Where a node vouches for the logs that it follows: submission and monitoring prefix. */
export function witnessPrefix(url: string): string {
  return `${url}/api/ayni/v1/witness`
}

/** How often a checkpoint is asked for while nothing tells that there is another. */
export const POLL_EVERY = MINUTE
/** How often while hints come: they may be lost, and nobody vouches for them. */
const POLL_BESIDE_HINTS = HOUR
const LONGEST_PAUSE = HOUR

/**
 * How long to wait before a member is asked again: a minute, or an hour while hints come; longer after each failure in a row, an
 * hour at most. `chance`, from 0 to 1, spreads followers over a fifth of it.
 */
export function pauseAfter(
  { failures, isHearing }: { readonly failures: number; readonly isHearing: boolean },
  chance: number,
): Millis {
  const usual = isHearing && failures === 0 ? POLL_BESIDE_HINTS : POLL_EVERY
  const pause = Math.min(usual * 2 ** Math.min(failures, 10), LONGEST_PAUSE)
  return Math.round(pause * (0.9 + chance * 0.2))
}

/** How long to wait before a stream of hints that was cut is opened again: a second, twice as long after each failure. */
export function pauseOfStream(failures: number, chance: number): Millis {
  return Math.round(Math.min(SECOND * 2 ** Math.min(failures, 10), POLL_EVERY) * (0.5 + chance))
}

/** A member id in groups of four, as people compare it aloud. */
export function fingerprint(memberId: MemberId): string {
  return memberId.slice(1).match(/.{4}/g)?.join(' ') ?? memberId
}

/** Whether a log of which only older checkpoints are shown has been so for a day: then it is said. */
export function isStale(checkedAt: Millis | null, now: Millis): boolean {
  return checkedAt !== null && now - checkedAt >= DAY
}
