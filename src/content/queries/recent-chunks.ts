import { LRUCache } from 'lru-cache'

import type { XetHash } from '../../kernel/names.ts'
import type { StoredXorb } from './xorb-index.ts'

/** Xorbs remembered: of a changed copy, the next known chunk lies in one of the last few. */
const MOST_XORBS = 4

/** A chunk of a stored xorb. */
export interface Hit {
  readonly xorb: StoredXorb
  readonly index: number
}

/**
 * Every chunk of the xorbs that a file was last found in. After a change the rest of the file is found again at its
 * first chunk, not at the next sampled one.
 */
export class RecentChunks {
  readonly #xorbs = new LRUCache<XetHash, ReadonlyMap<number, Hit>>({ max: MOST_XORBS })

  add(xorb: StoredXorb): void {
    if (this.#xorbs.get(xorb.hash)) return
    const chunks = new Map<number, Hit>()
    // Of equal chunks the first counts: a run begun there goes furthest.
    for (let index = xorb.table.count - 1; index >= 0; index--) {
      chunks.set(keyOf(xorb.table.hash(index)), { xorb, index })
    }
    this.#xorbs.set(xorb.hash, chunks)
  }

  /** A chunk that probably has this hash: the caller compares. */
  find(hash: Uint8Array): Hit | null {
    const key = keyOf(hash)
    for (const chunks of this.#xorbs.values()) {
      const hit = chunks.get(key)
      if (hit) return hit
    }
    return null
  }
}

/** The first 48 bits of a hash. */
function keyOf(hash: Uint8Array): number {
  return Buffer.from(hash.buffer, hash.byteOffset, 6).readUIntLE(0, 6)
}
