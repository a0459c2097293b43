import type { Writable } from 'node:stream'

import type { ByteRange } from '../../kernel/byte-range.ts'
import type { XetHash } from '../../kernel/names.ts'
import { type ContentReader, DamagedContent } from '../types.ts'
import { type ChunkRange, encodeRecipe, RECIPE_ROW_BYTES, type Term } from '../xet/index.ts'
import { type ReaderDeps, readXorbContent } from './content-reader.ts'
import type { FileLayout } from './file-layout.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

/** Rows of a recipe in one piece: 64 KiB. */
const ROWS_AT_ONCE = 1820

/** Reads the recipe of a file: which chunks it consists of. */
export function readRecipe({ index }: Pick<ReaderDeps, 'index'>, { terms }: FileLayout): RecipeReader {
  const count = terms.reduce((total, { chunks }) => total + chunks.end - chunks.start, 0)
  return {
    size: count * RECIPE_ROW_BYTES,
    async *read({ start, end }) {
      if (start >= end) return
      const rows = {
        start: Math.floor(start / RECIPE_ROW_BYTES),
        end: Math.ceil(end / RECIPE_ROW_BYTES),
      }
      let at = rows.start * RECIPE_ROW_BYTES
      for (const { xorb, chunks } of chunksOf(terms, rows)) {
        const { table } = await stored(index, xorb)
        for (let first = chunks.start; first < chunks.end; first += ROWS_AT_ONCE) {
          const last = Math.min(chunks.end, first + ROWS_AT_ONCE)
          const bytes = encodeRecipe([...table.slice({ start: first, end: last }).rows()])
          yield bytes.subarray(Math.max(0, start - at), end - at)
          at += bytes.length
        }
      }
    },
  }
}

/** The bytes of a recipe. */
export type RecipeReader = Pick<ContentReader, 'size' | 'read'>

/**
 * Reads chunks of a file as they are stored, headers included, one after the other. Null when the file has not all of
 * them.
 */
export async function readChunks(
  deps: ReaderDeps,
  { terms }: FileLayout,
  ranges: readonly ChunkRange[],
): Promise<ContentReader | null> {
  const count = terms.reduce((total, { chunks }) => total + chunks.end - chunks.start, 0)
  if (ranges.some(({ start, end }) => start < 0 || start >= end || end > count)) return null
  const stretches: Stretch[] = []
  let size = 0
  for (const range of ranges) {
    for (const { xorb, chunks } of chunksOf(terms, range)) {
      const bytes = (await stored(deps.index, xorb)).table.storedSpan(chunks)
      stretches.push({ xorb, bytes, at: size })
      size += bytes.end - bytes.start
    }
  }
  const open = async (xorb: XetHash) => readXorbContent(deps, await stored(deps.index, xorb))
  return {
    size,
    async *read(range, signal) {
      for (const { xorb, bytes } of within(stretches, range)) yield* (await open(xorb)).read(bytes, signal)
    },
    async pipe(range: ByteRange, into: Writable, signal?: AbortSignal) {
      for (const { xorb, bytes } of within(stretches, range))
        await (await open(xorb)).pipe(bytes, into, signal)
    },
  }
}

/** Bytes of a xorb, and where they lie in what is sent. */
interface Stretch {
  readonly xorb: XetHash
  readonly bytes: ByteRange
  readonly at: number
}

/** The stretches, cut to what `range` wants of them. */
function* within(stretches: readonly Stretch[], range: ByteRange): Generator<Omit<Stretch, 'at'>> {
  for (const { xorb, bytes, at } of stretches) {
    const start = bytes.start + Math.max(0, range.start - at)
    const end = Math.min(bytes.end, bytes.start + range.end - at)
    if (start < end) yield { xorb, bytes: { start, end } }
  }
}

/** Where some of a file's chunks, by their number in it, are stored. */
function* chunksOf(terms: readonly Term[], wanted: ChunkRange): Generator<Pick<Term, 'xorb' | 'chunks'>> {
  let at = 0
  for (const { xorb, chunks } of terms) {
    if (at >= wanted.end) return
    const start = chunks.start + Math.max(0, wanted.start - at)
    const end = Math.min(chunks.end, chunks.start + wanted.end - at)
    if (start < end) yield { xorb, chunks: { start, end } }
    at += chunks.end - chunks.start
  }
}

async function stored(index: XorbIndex, hash: XetHash): Promise<StoredXorb> {
  const xorb = await index.find(hash)
  if (!xorb) throw new DamagedContent(hash, 'it is not stored')
  return xorb
}
