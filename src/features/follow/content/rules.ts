import type { ByteRange } from '../../../kernel/byte-range.ts'
import { type Failure, failure } from '../../../kernel/failure.ts'
import { explainFetch, type FetchedResponse, type FetchFailure } from '../../../kernel/fetcher.ts'
import { HOUR, MINUTE, type Millis, SECOND } from '../../../kernel/time.ts'
import type { PointedFile, RemoteRepository, Source, TransferLimits } from './types.ts'

/** The end of a file that nobody is given before the whole is verified. */
export const HELD_BACK_BYTES = 64 * 1024

/** How long a source that sent wrong bytes is not asked for that file. */
export const BLAMED_FOR = HOUR

export const TRANSFER_LIMITS: TransferLimits = {
  atOnce: 4,
  goOnBelow: 4,
  windowBytes: 4 * 1024 * 1024,
  patienceMs: 10 * SECOND,
  pauseMs: 2 * MINUTE,
}

const MIB = 1024 * 1024
/** How much of a file one request asks for. */
export const PART_BYTES = { first: 8 * MIB, most: 64 * MIB, least: 64 * 1024 } as const

/**
 * How much to ask for next: twice as much after a whole part; after a cut half of what came, so that a link that cuts
 * every so many bytes brings whole parts, and the host is not taken for a broken one.
 */
export function nextPartBytes(asked: number, received: number): number {
  if (received >= asked) return Math.min(PART_BYTES.most, asked * 2)
  return Math.max(PART_BYTES.least, Math.floor(received / 2))
}

/** Where a source serves a file: its plain address, by commit. */
export function fileUrl(source: Source, repository: RemoteRepository, file: PointedFile): string {
  const kind = repository.kind === 'dataset' ? 'datasets/' : ''
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  return `${source.url}/${kind}${repository.fullName}/resolve/${file.commit}/${path}`
}

/** Why a part did not come. `unfit` sources do not have this file, and are not asked again in this transfer. */
export interface PartProblem {
  readonly isUnfit: boolean
  readonly failure: Failure
  /** Not before this. */
  readonly retryAt?: Millis
}

/** A failure of the network as a problem of this part: it may pass. */
export function problemOf(cause: FetchFailure): PartProblem {
  const isUnfit = cause.reason === 'unusableAddress' || cause.reason === 'refusedAddress'
  const problem = { isUnfit, failure: explainFetch(cause) }
  if (cause.reason === 'hostBusy') return { ...problem, retryAt: cause.retryAt }
  return cause.reason === 'hostPaused' ? { ...problem, retryAt: cause.until } : problem
}

/**
 * How many bytes an answer brings of what was asked for, or why it is none. Only an answer that says how long the whole
 * is, and says the right length, is one of this file.
 */
export function readPart(
  answer: Pick<FetchedResponse, 'status' | 'part' | 'headers' | 'url'>,
  asked: ByteRange,
  size: number,
): { readonly length: number } | PartProblem {
  const { status, part, headers } = answer
  const broken = { isUnfit: true, failure: failure('hostAnswerBroken', { host: hostOf(answer.url) }) }
  if (status === 206) return part?.size === size ? { length: part.range.end - part.range.start } : broken
  if (status === 200) {
    const isWhole = asked.start === 0 && headers['content-length'] === String(size)
    return isWhole ? { length: size } : broken
  }
  if (status >= 500) return { ...broken, isUnfit: false }
  return { isUnfit: true, failure: failure('contentNotFound') }
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}

/** How many times all sources are asked in vain before a transfer gives up. */
const VAIN_ROUNDS = 8

/**
 * How long to wait after every source failed in a row, `rounds` times; null: give up. Nobody waits for a file of which
 * nothing has come: whoever asked is told at once.
 */
export function pauseAfter(
  problems: readonly PartProblem[],
  at: { readonly received: number; readonly rounds: number; readonly now: Millis },
  longest: Millis,
): Millis | null {
  if (at.received === 0 || at.rounds >= VAIN_ROUNDS) return null
  const pauses = problems.map(({ retryAt }) => (retryAt ?? 0) - at.now)
  const pause = Math.max(Math.min(...pauses), SECOND * 2 ** (at.rounds - 1))
  return pause <= longest ? pause : null
}
