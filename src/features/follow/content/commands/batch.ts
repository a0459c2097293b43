import { CHUNK_HEADER_BYTES, MAX_CHUNK_STORED_BYTES, readChunkHeader } from '../../../../content/xet/index.ts'
import { concatBytes } from '../../../../kernel/bytes.ts'
import { chunksUrl, type PartProblem } from '../rules.ts'
import type { RecipePlace, Source } from '../types.ts'
import { broken, fetchInParts, type PartsDeps } from './parts.ts'

/** Chunks that one source is to send. */
export interface Batch {
  readonly place: RecipePlace
  readonly source: Source
  /** Numbers within the file, ascending. */
  readonly chunks: readonly number[]
  /** Takes a chunk as it is stored; false when it is another one. */
  add(chunk: number, stored: Uint8Array): Promise<boolean>
  /** Whether nobody else could send them sooner. */
  isWorthWaiting(): boolean
  /** Told when something came. */
  onBytes(): void
}

/** How a batch ended. */
export interface BatchEnd {
  /** Chunks that did not come. */
  readonly left: readonly number[]
  /** Why they did not; null when none is left. */
  readonly problem: PartProblem | null
  /** Whether the source sent what it was not asked for. */
  readonly isFalse: boolean
}

/** Fetches chunks from one source, taking each as soon as it is whole. */
export async function fetchBatch(deps: PartsDeps, batch: Batch, signal: AbortSignal): Promise<BatchEnd> {
  const { source, place, chunks } = batch
  const maxBytes = chunks.length * (CHUNK_HEADER_BYTES + MAX_CHUNK_STORED_BYTES)
  const url = chunksUrl(source, place, chunks)
  const isWorthWaiting = () => batch.isWorthWaiting()
  const parts = fetchInParts(deps, { url, source, maxBytes, isWorthWaiting }, signal)
  const frames = new Frames(batch)
  let next = await parts.next()
  for (; !next.done; next = await parts.next()) {
    if (await frames.push(next.value)) continue
    await parts.return(null)
    return frames.end(null)
  }
  return frames.end(next.value)
}

/** Finds the chunks in the bytes that come. */
class Frames {
  readonly #batch: Batch
  /** How many chunks came whole. */
  #done = 0
  #pieces: Uint8Array[] = []
  #length = 0
  #isFalse = false

  constructor(batch: Batch) {
    this.#batch = batch
  }

  /** False when the bytes are not what was asked for. */
  async push(piece: Uint8Array): Promise<boolean> {
    this.#batch.onBytes()
    this.#pieces.push(piece)
    this.#length += piece.length
    for (let length = this.#needed(); !this.#isFalse && this.#length >= length; length = this.#needed())
      await this.#takeChunk(length)
    return !this.#isFalse
  }

  /** What became of the batch, when nothing more comes. */
  end(problem: PartProblem | null): BatchEnd {
    const left = this.#batch.chunks.slice(this.#done)
    const isFalse = this.#isFalse || (problem === null && left.length > 0)
    return { left, isFalse, problem: isFalse ? broken(this.#batch.source) : problem }
  }

  /** Bytes of the next chunk, or of its header while that is not here. */
  #needed(): number {
    if (this.#length < CHUNK_HEADER_BYTES) return CHUNK_HEADER_BYTES
    if ((this.#pieces[0]?.length ?? 0) < CHUNK_HEADER_BYTES) this.#pieces = [concatBytes(this.#pieces)]
    const header = readChunkHeader(this.#pieces[0] ?? new Uint8Array(), 0)
    this.#isFalse = header === null
    return CHUNK_HEADER_BYTES + (header?.storedLength ?? 0)
  }

  async #takeChunk(length: number): Promise<void> {
    const [first = new Uint8Array(), ...others] = this.#pieces
    const bytes = others.length === 0 ? first : concatBytes(this.#pieces)
    const rest = bytes.subarray(length)
    this.#pieces = rest.length > 0 ? [rest] : []
    this.#length = rest.length
    const chunk = this.#batch.chunks[this.#done]
    const isTaken = chunk !== undefined && (await this.#batch.add(chunk, bytes.subarray(0, length)))
    if (isTaken) this.#done++
    else this.#isFalse = true
  }
}
