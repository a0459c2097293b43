import { LRUCache } from 'lru-cache'

import type { Database } from './database.ts'

/**
 * Remembers what reads found until anything is written. Correct whatever is cached, because one committed
 * write forgets everything; worth it because a hub is read far more often than written.
 */
export class ReadCache<Value extends object> {
  readonly #database: Pick<Database, 'generation'>
  readonly #values: LRUCache<string, Value>
  #generation: number

  /** Keeps values of at most `most` in all; each weighs 1 unless `weigh` says otherwise. */
  constructor(
    database: Pick<Database, 'generation'>,
    most: number,
    weigh: (value: Value) => number = () => 1,
  ) {
    this.#database = database
    this.#values = new LRUCache<string, Value>({ maxSize: most, sizeCalculation: weigh })
    this.#generation = database.generation()
  }

  /** What `read` gave for this key since the last write. A write while `read` runs keeps its outcome from being remembered. */
  async get(key: string, read: () => Promise<Value>): Promise<Value> {
    const generation = this.#current()
    const known = this.#values.get(key)
    if (known) return known
    const value = await read()
    if (generation === this.#current()) this.#values.set(key, value)
    return value
  }

  #current(): number {
    const generation = this.#database.generation()
    if (generation !== this.#generation) {
      this.#values.clear()
      this.#generation = generation
    }
    return generation
  }
}
