import type { Reader } from './database.ts'

/**
 * Tables that can be dropped at any time and made anew, by the fold that makes them live. Its owner writes it; the node lists
 * all of them in `node/projections.ts`.
 */
export interface Projection {
  readonly name: string
  readonly tables: readonly ProjectedTable[]
  /** Drops what the tables hold and folds it again. Nobody sees less than a whole member or repository meanwhile. */
  refold(signal: AbortSignal): Promise<void>
}

/** A table of a projection, or those of its columns that belong to it. */
export interface ProjectedTable {
  readonly name: string
  /** Each row as it is compared, in any order. */
  rows(reader: Reader): AsyncIterable<Readonly<Record<string, unknown>>>
}

/** What making a table anew showed. */
export interface Rebuilt {
  readonly projection: string
  readonly table: string
  readonly rows: number
  /** Rows that were there before or after only, whichever are more. */
  readonly differing: number
}
