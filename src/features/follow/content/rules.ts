import { RECIPE_ROW_BYTES } from '../../../content/xet/index.ts'
import type { ByteRange } from '../../../kernel/byte-range.ts'
import { type Failure, failure } from '../../../kernel/failure.ts'
import { explainFetch, type FetchedResponse, type FetchFailure } from '../../../kernel/fetcher.ts'
import { HOUR, MINUTE, type Millis, SECOND } from '../../../kernel/time.ts'
import { blobPath } from '../carry/rules.ts'
import type { RecipePlace, PointedFile, RemoteRepository, Source, TransferLimits } from './types.ts'

/** The end of a file that nobody is given before the whole is verified. */
export const HELD_BACK_BYTES = 64 * 1024

/** How long a source that sent wrong bytes is not asked for that file. */
export const BLAMED_FOR = HOUR
/** How long another than its home that had not a file is not asked for it. */
export const LACKS_FOR = 10 * MINUTE

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

/** Where a source serves a file: its plain address, by commit; in a carry by its hash. */
export function fileUrl(source: Source, repository: RemoteRepository, file: PointedFile): string {
  if (source.layout === 'carry') return `${source.url}/${blobPath(file.sha256)}`
  const kind = repository.kind === 'dataset' ? 'datasets/' : ''
  const path = file.path.split('/').map(encodeURIComponent).join('/')
  return `${source.url}/${kind}${repository.fullName}/resolve/${file.commit}/${path}`
}

/**
 * A smaller file is fetched whole, as asking what it consists of would cost more than it spares; a larger one, too, as its
 * recipe would be more than 30 MB.
 */
const BYTES_IN_CHUNKS = { least: 256 * 1024, most: 50 * 1024 * MIB } as const

export function isFetchedInChunks({ size }: PointedFile): boolean {
  return size >= BYTES_IN_CHUNKS.least && size <= BYTES_IN_CHUNKS.most
}

/** Chunks brought together at once: a GiB on average. */
export const SECTION_CHUNKS = 16_384
/** How small the chunks of a file may be on average before they are no way to fetch it. */
const LEAST_AVERAGE_CHUNK = 4096

/** Bytes at most of a recipe that is taken for a file's. */
export function mostRecipeBytes({ size }: PointedFile): number {
  return (Math.floor(size / LEAST_AVERAGE_CHUNK) + 1) * RECIPE_ROW_BYTES
}

/** Where a source tells what a file consists of. */
export function recipeUrl(source: Source, repository: RemoteRepository, file: PointedFile): string {
  const base = `${source.url}/api/ayni/v1/repositories/${repository.kind}s/${repository.fullName}`
  return `${base}/files/${file.sha256}/recipe`
}

/** Where a source serves chunks of a file, by ascending numbers. */
export function chunksUrl(
  source: Source,
  { repository, file, xetHash }: RecipePlace,
  chunks: readonly number[],
) {
  const base = recipeUrl(source, repository, file).replace(/recipe$/, 'chunks')
  const ranges = rangesOf(chunks).map(({ start, end }) => `${start}-${end - 1}`)
  return `${base}?recipe=${xetHash}&chunks=${ranges.join(',')}`
}

/** Ranges in one request: a URL below 2 KB. */
const MOST_RANGES = 64
/** Raw bytes of the chunks that one source is given to fetch at once. */
export const BATCH_BYTES = { first: MIB, most: 32 * MIB } as const
/** A source that takes longer is given no more at once: others may be faster. */
const LONG_BATCH = 2 * SECOND

/** The first of some ascending chunks that fit into one request. */
export function firstBatch(
  pending: readonly number[],
  lengthOf: (chunk: number) => number,
  bytes: number,
): readonly number[] {
  let total = 0
  let ranges = 0
  for (const [at, chunk] of pending.entries()) {
    total += lengthOf(chunk)
    if (at === 0 || chunk !== (pending[at - 1] ?? 0) + 1) ranges++
    if (at > 0 && (total > bytes || ranges > MOST_RANGES)) return pending.slice(0, at)
  }
  return pending
}

export function nextBatchBytes(bytes: number, took: Millis): number {
  return took < LONG_BATCH ? Math.min(BATCH_BYTES.most, bytes * 2) : Math.max(BATCH_BYTES.first, bytes / 2)
}

function rangesOf(chunks: readonly number[]): readonly ByteRange[] {
  const ranges: { start: number; end: number }[] = []
  for (const chunk of chunks) {
    const last = ranges.at(-1)
    if (last?.end === chunk) last.end++
    else ranges.push({ start: chunk, end: chunk + 1 })
  }
  return ranges
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
