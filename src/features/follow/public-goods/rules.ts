import type { ByteRange } from '../../../kernel/byte-range.ts'
/** Decisions about public goods, pure. */
import { type Failure, failure } from '../../../kernel/failure.ts'
import type { Sha256 } from '../../../kernel/names.ts'
import { DAY, HOUR, MINUTE, type Millis, momentOf } from '../../../kernel/time.ts'
import { PublicGood as PublicGoodRecord } from '../../../records/index.ts'
import type { Copy, CopyState, PublicGood, Terms } from './types.ts'

/** How long a comparison counts. */
export const VERIFIED_FOR = 7 * DAY
const VERIFIED_EVERY = 6 * HOUR
/** Longest promise. */
const LONGEST = 100 * 365 * DAY

/** What is wrong with a promise, by its field; null when nothing is. */
export function refusalOfTerms(terms: Terms, now: Millis): Failure | null {
  const { licence, holders, until } = PublicGoodRecord.shape.body.shape
  if (!licence.safeParse(terms.licence).success)
    return failure('invalidField', { field: 'licence' }, 'licence')
  if (!holders.safeParse(terms.holders).success)
    return failure('invalidField', { field: 'holders' }, 'holders')
  const end = until.safeParse(terms.until).success ? endOf(terms) : Number.NaN
  if (end > now && end < now + LONGEST) return null
  return failure('invalidField', { field: 'until' }, 'until')
}

/** The last moment of a promise. */
export function endOf({ until }: Pick<Terms, 'until'>): Millis {
  return momentOf(`${until}T23:59:59.999Z`)
}

/** Whether two promises say the same. */
export function isSame(left: Terms, right: Terms): boolean {
  return left.licence === right.licence && left.holders === right.holders && left.until === right.until
}

/** When a copy is looked at again: soon while it is not whole, seldom once it is. `failures` in a row. */
export function pauseAfterCheck(state: CopyState, failures: number): Millis {
  if (state === 'verified') return VERIFIED_EVERY
  return Math.min(MINUTE * 2 ** Math.min(failures - 1, 6), HOUR)
}

/** Whether a copy counts: compared not long ago, and nothing wrong found since. */
export function counts({ state, verifiedAt }: Pick<Copy, 'state' | 'verifiedAt'>, now: Millis): boolean {
  const isStill = state === 'verified' || state === 'silent'
  return isStill && verifiedAt !== null && now - verifiedAt <= VERIFIED_FOR
}

/** How a promise stands: over, kept by as many as it says, or short of some. */
export function standing(good: PublicGood, copies: readonly Copy[], now: Millis): 'over' | 'kept' | 'short' {
  if (endOf(good) < now) return 'over'
  return copies.filter((copy) => counts(copy, now)).length >= good.holders ? 'kept' : 'short'
}

/** Bytes of one piece that is compared. */
export const PIECE_BYTES = 4096
/** Pieces compared at each look. */
export const PIECES = 4

/** A piece of a large file. */
export interface Piece {
  readonly sha256: Sha256
  readonly range: ByteRange
}

/**
 * Pieces to compare, so that each byte of all files together is as likely as any other. `random` has six bytes for each piece; none
 * where there are no bytes.
 */
export function choosePieces(
  files: readonly { readonly sha256: Sha256; readonly size: number }[],
  random: Uint8Array,
): readonly Piece[] {
  const total = files.reduce((sum, { size }) => sum + size, 0)
  if (total === 0) return []
  const shares = Array.from({ length: Math.floor(random.length / 6) }, (_, at) => shareOf(random, at))
  return shares.flatMap((share) => pieceAt(files, Math.floor(share * total)) ?? [])
}

/** The share, from 0 to below 1, that six bytes name. */
function shareOf(random: Uint8Array, at: number): number {
  return Number.parseInt(random.subarray(at * 6, at * 6 + 6).toHex(), 16) / 2 ** 48
}

function pieceAt(
  files: readonly { readonly sha256: Sha256; readonly size: number }[],
  byte: number,
): Piece | null {
  let before = 0
  for (const { sha256, size } of files) {
    if (byte < before + size) {
      const start = Math.max(0, Math.min(byte - before, size - PIECE_BYTES))
      return { sha256, range: { start, end: Math.min(size, start + PIECE_BYTES) } }
    }
    before += size
  }
  return null
}
