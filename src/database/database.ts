import type { Kysely, Transaction } from 'kysely'

import type { Tables } from './tables.ts'

/** The ability to read. A {@link Writer} is also a Reader: reads inside a transaction see its own writes. */
export type Reader = Kysely<Tables>

/** The ability to write, inside one transaction. Never close over a Database while holding one. */
export type Writer = Transaction<Tables>

/**
 * The node's tables.
 *
 * Transactions are serialised; what `write` returned is durable (fsync) once the promise resolves.
 * A throw inside `write` rolls back everything; a full disk throws the refusal `storageFull`. Keep transactions short: no network, no file work inside.
 */
export interface Database extends AsyncDisposable {
  readonly read: Reader
  write<Value>(work: (tx: Writer) => Promise<Value>): Promise<Value>
  /** How many transactions were committed since the database was opened: unchanged means nothing changed. */
  generation(): number
  /**
   * Makes sure that nothing that was deleted or overwritten is left in the files. Rewrites them whole, and holds up all else
   * meanwhile. Throws where a reader keeps an old state for longer than a minute.
   */
  scrub(): Promise<void>
  /** What the engine's own examination of its file finds wrong, for a person; empty when all is well. Reads everything once. */
  faults(): Promise<readonly string[]>
  /** Full-text search over card texts; the engine differs per adapter. */
  readonly search: SearchIndex
}

/**
 * Full text by repository. `text` is already analysed by `features/catalogue/rules.ts`: space-separated
 * stems, CJK bigrams. The adapter only stores and matches tokens.
 */
export interface SearchIndex {
  put(
    tx: Writer,
    repositoryId: string,
    fields: { readonly name: string; readonly text: string },
  ): Promise<void>
  remove(tx: Writer, repositoryId: string): Promise<void>
  /**
   * Repositories whose fields hold every token group (any alternative of each group; a token ending in `*` is a prefix),
   * best first. At most `limit`.
   */
  match(reader: Reader, tokens: readonly (readonly string[])[], limit: number): Promise<readonly string[]>
  /** Everything that the index holds: which token stands where in which field of which repository. */
  postings(reader: Reader): AsyncIterable<Readonly<Record<string, unknown>>>
}
