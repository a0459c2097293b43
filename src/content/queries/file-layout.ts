import type { ByteRange } from '../../kernel/byte-range.ts'
import type { StoredFile } from '../types.ts'
import type { Term } from '../xet/index.ts'

/** A file and where each of its terms begins. */
export class FileLayout {
  readonly file: StoredFile
  readonly terms: readonly Term[]
  /** File offset of each term, and the file's size behind the last. */
  readonly #starts: Float64Array

  constructor(file: StoredFile, terms: readonly Term[]) {
    this.file = file
    this.terms = terms
    this.#starts = new Float64Array(terms.length + 1)
    terms.forEach((term, index) => {
      this.#starts[index + 1] = this.startOf(index) + term.rawLength
    })
  }

  /** File offset in bytes of term `index`. */
  startOf(index: number): number {
    return this.#starts[index] ?? 0
  }

  /** The term that holds byte `offset`, `[0, size)`. Logarithmic. */
  termAt(offset: number): number {
    let low = 0
    let high = this.terms.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.startOf(middle) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  /** The terms that `range`, not empty, touches, and the file offset of the first. */
  termsIn(range: ByteRange): { readonly terms: readonly Term[]; readonly start: number } {
    const first = this.termAt(range.start)
    const last = this.termAt(range.end - 1)
    return { terms: this.terms.slice(first, last + 1), start: this.startOf(first) }
  }
}
