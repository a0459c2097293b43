/** Decisions of the content store, pure. */
import { type Failure, failure } from '../kernel/failure.ts'
import { DAY, HOUR, isoTime } from '../kernel/time.ts'
import type { Erasure } from './types.ts'

const MIB = 1024 * 1024

/**
 * One chunk in 32 is remembered: of 2 MiB one on average. A terabyte of content has 16.8 million chunks, so half a
 * million rows.
 */
const SAMPLED_ONE_IN = 32

/**
 * Whether a chunk is in the sample that deduplication remembers: decided by the hash alone, so that the same
 * bytes are sampled wherever they come. A superset of the one in 1024 that clients ask about.
 */
export function isSampled(chunkHash: Uint8Array): boolean {
  return (chunkHash[24] ?? 0) % SAMPLED_ONE_IN === 0
}

/** Bytes at most in one file: 1 TiB, about twenty minutes of hashing. */
export const MAX_FILE_BYTES = 1024 ** 4

/** A multipart upload is worth its second copy on disk when sending again from the start would hurt. */
export const MULTIPART_FROM_BYTES = 128 * MIB
/** Parts at most in a multipart upload, as S3 has it. */
export const MAX_PARTS = 10_000
const SMALLEST_PART = 64 * MIB

/** Bytes per part: 64 MiB, more where the file would have over {@link MAX_PARTS} parts. */
export function partSizeOf(size: number): number {
  const least = Math.ceil(size / MAX_PARTS / MIB) * MIB
  return Math.max(SMALLEST_PART, least)
}

/** Bytes that part `number`, from 1, of a file must have; null when the file has no such part. */
export function lengthOfPart(number: number, size: number, partSize: number): number | null {
  const start = (number - 1) * partSize
  return Number.isInteger(number) && number >= 1 && start < size ? Math.min(partSize, size - start) : null
}

/** How long parts wait for the rest of their upload. */
export const MULTIPART_KEPT = 7 * DAY

/** How long the chunks of a file from another node wait for the rest of it. */
export const ARRIVALS_KEPT = 7 * DAY

/** How long a deduplication answer may be used; the production service says the same. */
export const DEDUP_ANSWER_KEPT = 7 * DAY
/** A xorb's last mention is written down again only when the last note is older than this. */
export const ANNOUNCED_PRECISION = DAY

/** How long a signed address to a stretch of a xorb is good. */
export const FETCH_URL_KEPT = HOUR

/** Why whoever asks for an erased file does not get it. */
export function fileErased({ reason, time }: Pick<Erasure, 'reason' | 'time'>): Failure {
  return failure('fileErased', { reason, date: isoTime(time).slice(0, 10) })
}
