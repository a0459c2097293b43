import type { ByteRange } from '../../kernel/byte-range.ts'
import { DamagedContent } from '../types.ts'
import type { ChunkRange, ChunkTable, Term } from '../xet/index.ts'
import type { FileLayout } from './file-layout.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

const KIB = 1024
/**
 * Stored bytes read at once, as long as more than one chunk is wanted. Larger ones are no faster, and every download
 * holds three of them and two of the decoded.
 */
export const SPAN_STORED_BYTES = 512 * KIB
/** Raw bytes at most that a span of more than one chunk decodes to. */
export const SPAN_RAW_BYTES = 1024 * KIB

/** A run of chunks of one xorb that is read and checked together, and which of its bytes are wanted. */
export interface Span {
  readonly xorb: StoredXorb
  readonly chunks: ChunkRange
  /** Where the run lies in the xorb. */
  readonly stored: ByteRange
  /** Which of the run's bytes are wanted, counted from its first: raw bytes of a file, stored bytes of a xorb. */
  readonly wanted: ByteRange
}

/** The spans that hold `range` of a file, in file order; xorbs are looked up as the reading goes on. */
export async function* fileSpans(
  layout: FileLayout,
  xorbs: XorbIndex,
  range: ByteRange,
): AsyncGenerator<Span> {
  if (range.start >= range.end) return
  const last = layout.termAt(range.end - 1)
  for (let index = layout.termAt(range.start); index <= last; index++) {
    const term = layout.terms[index]
    if (!term) return
    const xorb = await xorbs.find(term.xorb)
    if (!xorb) throw new DamagedContent(term.xorb, 'it is not stored')
    yield* termSpans(xorb, term, layout.startOf(index), range)
  }
}

function* termSpans(xorb: StoredXorb, term: Term, termStart: number, range: ByteRange): Generator<Span> {
  const { table } = xorb
  const rawStart = table.rawSpan(term.chunks).start
  /** The wanted bytes of the term, as raw offsets within the xorb. */
  const wanted = {
    start: rawStart + Math.max(0, range.start - termStart),
    end: rawStart + Math.min(term.rawLength, range.end - termStart),
  }
  const last = table.chunkAt(wanted.end - 1)
  for (let start = table.chunkAt(wanted.start); start <= last;) {
    const end = spanEnd(table, start, last + 1)
    const raw = table.rawSpan({ start, end })
    yield {
      xorb,
      chunks: { start, end },
      stored: table.storedSpan({ start, end }),
      wanted: {
        start: Math.max(wanted.start, raw.start) - raw.start,
        end: Math.min(wanted.end, raw.end) - raw.start,
      },
    }
    start = end
  }
}

/** The spans that hold `range` of the stored bytes of a xorb's chunks. */
export function* xorbSpans(xorb: StoredXorb, range: ByteRange): Generator<Span> {
  const { table } = xorb
  const last = chunkAtStored(table, range.end - 1)
  for (let start = chunkAtStored(table, range.start); start <= last;) {
    const end = spanEnd(table, start, last + 1)
    const stored = table.storedSpan({ start, end })
    yield {
      xorb,
      chunks: { start, end },
      stored,
      wanted: {
        start: Math.max(range.start, stored.start) - stored.start,
        end: Math.min(range.end, stored.end) - stored.start,
      },
    }
    start = end
  }
}

/** Where a span that begins with chunk `start` ends: at `limit` or when it is large enough, after one chunk at least. */
function spanEnd(table: ChunkTable, start: number, limit: number): number {
  const storedStart = table.storedRange(start).start
  const rawStart = table.rawRange(start).start
  let end = start + 1
  while (
    end < limit &&
    table.storedRange(end).end - storedStart <= SPAN_STORED_BYTES &&
    table.rawRange(end).end - rawStart <= SPAN_RAW_BYTES
  ) {
    end++
  }
  return end
}

/** The chunk that holds stored byte `offset`. Logarithmic. */
function chunkAtStored(table: ChunkTable, offset: number): number {
  let low = 0
  let high = table.count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (table.storedRange(middle).end <= offset) low = middle + 1
    else high = middle
  }
  return low
}
