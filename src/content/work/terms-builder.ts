import type { ChunkRange } from '../xet/index.ts'

/** A term whose xorb may not have its hash yet. */
export interface DraftTerm<Xorb> {
  readonly xorb: Xorb
  readonly chunks: ChunkRange
  readonly rawLength: number
}

/** Chunks that make a run worth a term, about 512 KiB; xet-core, deduplication/src/constants.rs. */
const LONG_RUN = 8
/** A file with fewer terms than this, a small one above all, may have shorter ones. */
const FREE_TERMS = 8

/**
 * Builds a file's terms from left to right. Runs of chunks that are stored already save space but scatter the
 * file; so short ones are taken only by a file that has few terms yet.
 */
export class TermsBuilder<Xorb> {
  readonly #terms: DraftTerm<Xorb>[] = []

  get terms(): readonly DraftTerm<Xorb>[] {
    return this.#terms
  }

  /** Whether chunks that are stored in `xorb` are worth a term of their own. */
  isWorthwhile(xorb: Xorb, { start, end }: ChunkRange): boolean {
    return end - start >= LONG_RUN || this.#terms.length < FREE_TERMS || this.#continuesLast(xorb, start)
  }

  /** Appends chunks of a xorb that are `rawLength` bytes long. */
  add(xorb: Xorb, { start, end }: ChunkRange, rawLength: number): void {
    const last = this.#terms.at(-1)
    if (last && this.#continuesLast(xorb, start)) {
      const chunks = { start: last.chunks.start, end }
      this.#terms[this.#terms.length - 1] = { xorb, chunks, rawLength: last.rawLength + rawLength }
    } else {
      this.#terms.push({ xorb, chunks: { start, end }, rawLength })
    }
  }

  #continuesLast(xorb: Xorb, start: number): boolean {
    const last = this.#terms.at(-1)
    return last?.xorb === xorb && last.chunks.end === start
  }
}
