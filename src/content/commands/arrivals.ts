import type { Database } from '../../database/index.ts'
import type { XetHash } from '../../kernel/names.ts'
import type { XorbStore } from '../ports.ts'

/**
 * Objects put into the store that no table may name yet: between the put and the transaction that makes them count
 * they must not be taken for left-overs.
 */
export class Arrivals {
  readonly #database: Database
  readonly #store: XorbStore
  readonly #locations = new Set<string>()

  constructor(database: Database, store: XorbStore) {
    this.#database = database
    this.#store = store
  }

  /** Puts a staged file into the store; the caller owes a {@link settle}. */
  async put(hash: XetHash, stagedPath: string): Promise<string> {
    const location = await this.#store.put(hash, stagedPath)
    this.#locations.add(location)
    return location
  }

  /** Ends the arrival of some objects, whatever came of it: those that no table names are deleted. */
  async settle(locations: readonly string[]): Promise<void> {
    await deleteUnnamed(this.#database, this.#store, locations)
    for (const location of locations) this.#locations.delete(location)
  }

  has(location: string): boolean {
    return this.#locations.has(location)
  }
}

/** Deletes those objects that no table names. Returns how many. */
export async function deleteUnnamed(
  database: Database,
  store: XorbStore,
  locations: readonly string[],
): Promise<number> {
  const unnamed = await unnamedAmong(database, locations)
  for (const location of unnamed) await store.delete(location)
  return unnamed.length
}

/** Those of a few hundred locations that no table names. */
export async function unnamedAmong(
  { read }: Database,
  locations: readonly string[],
): Promise<readonly string[]> {
  if (locations.length === 0) return []
  const rows = await read.selectFrom('xorb').select('location').where('location', 'in', locations).execute()
  const named = new Set(rows.map((row) => row.location))
  return locations.filter((location) => !named.has(location))
}
