import type { ByteRange } from '../../kernel/byte-range.ts'
import { failure } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { ChunkRange, ChunkTable } from './chunk-table.ts'
import { rawLengthOf, type Term } from './terms.ts'

/** One stretch of a xorb to fetch. */
export interface FetchRange {
  readonly chunks: ChunkRange
  /** Where those chunks lie in the xorb, `[start, end)`: headers included, the footer never. */
  readonly bytes: ByteRange
}

/** How to rebuild a file, or a range of it: which terms, and which stretches of which xorbs hold them. */
export interface Reconstruction {
  /** Bytes of the first term's decoded chunks that lie before the wanted range. */
  readonly offsetIntoFirstRange: number
  /** In file order, trimmed to whole chunks around the range. */
  readonly terms: readonly Term[]
  /** Per xorb, ascending, disjoint and not touching; every term lies inside exactly one stretch. */
  readonly fetches: ReadonlyMap<XetHash, readonly FetchRange[]>
}

/**
 * Plans the rebuilding of `range` of the file that `terms` describe, or of the whole file. The range is cut
 * off at the file's end; one that starts there or later is `rangeNotSatisfiable`, save for an empty file,
 * whose plan is empty. `tableOf` must know every xorb named in `terms`.
 */
export function planReconstruction(
  terms: readonly Term[],
  tableOf: (xorb: XetHash) => ChunkTable,
  range?: ByteRange,
): Result<Reconstruction> {
  const size = rawLengthOf(terms)
  const { start, end } = { start: range?.start ?? 0, end: Math.min(range?.end ?? size, size) }
  if (size === 0) return succeed({ offsetIntoFirstRange: 0, terms: [], fetches: new Map() })
  if (start >= size || end <= start) return fail(failure('rangeNotSatisfiable', { size }))

  const kept = termsIn(terms, { start, end }).map((placed) =>
    trim(placed, tableOf(placed.term.xorb), { start, end }),
  )
  return succeed({
    offsetIntoFirstRange: start - (kept[0]?.at ?? 0),
    terms: kept.map((placed) => placed.term),
    fetches: fetchesOf(kept, tableOf),
  })
}

/** A term and where its first byte lies in the file. */
interface PlacedTerm {
  readonly term: Term
  readonly at: number
}

function termsIn(terms: readonly Term[], range: ByteRange): PlacedTerm[] {
  const placed: PlacedTerm[] = []
  let at = 0
  for (const term of terms) {
    if (at >= range.end) break
    if (at + term.rawLength > range.start) placed.push({ term, at })
    at += term.rawLength
  }
  return placed
}

/** Drops the chunks of a term that lie wholly outside `range`; the term overlaps it. */
function trim({ term, at }: PlacedTerm, table: ChunkTable, range: ByteRange): PlacedTerm {
  const rawStart = table.rawRange(term.chunks.start).start
  const toRaw = (fileOffset: number) => rawStart + fileOffset - at
  const start = Math.max(term.chunks.start, table.chunkAt(Math.max(rawStart, toRaw(range.start))))
  const end = Math.min(term.chunks.end, table.chunkAt(toRaw(range.end) - 1) + 1)
  const raw = table.rawSpan({ start, end })
  return {
    term: { xorb: term.xorb, chunks: { start, end }, rawLength: raw.end - raw.start },
    at: at + raw.start - rawStart,
  }
}

function fetchesOf(
  placed: readonly PlacedTerm[],
  tableOf: (xorb: XetHash) => ChunkTable,
): Map<XetHash, FetchRange[]> {
  const byXorb = Map.groupBy(placed, ({ term }) => term.xorb)
  return new Map(
    [...byXorb].map(([xorb, members]) => {
      const table = tableOf(xorb)
      const stretches = mergeRanges(members.map(({ term }) => term.chunks))
      return [xorb, stretches.map((chunks) => ({ chunks, bytes: table.storedSpan(chunks) }))]
    }),
  )
}

/** Sorts ranges and joins those that overlap or touch. */
function mergeRanges(ranges: readonly ChunkRange[]): ChunkRange[] {
  const merged: ChunkRange[] = []
  for (const range of ranges.toSorted((left, right) => left.start - right.start)) {
    const last = merged.at(-1)
    if (last && range.start <= last.end) {
      merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, range.end) }
    } else merged.push(range)
  }
  return merged
}
