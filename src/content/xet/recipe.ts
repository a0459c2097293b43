import type { XetHash } from '../../kernel/names.ts'
import type { ChunkRange } from './chunk-table.ts'
import { HASH_BYTES, type KeyedHash, xetHashOf } from './hash.ts'
import { fileHash } from './merkle.ts'
import { MAX_CHUNK_RAW_BYTES } from './xorb-format.ts'

/** Bytes per chunk: its hash, its raw length as u32, big endian. See docs/spec/federation.md. */
export const RECIPE_ROW_BYTES = HASH_BYTES + 4

/** What some consecutive chunks of a file are, wherever they are stored. */
export class Recipe {
  readonly bytes: Uint8Array
  readonly count: number
  readonly #view: DataView

  /** Throws when `bytes` is no whole number of rows. */
  constructor(bytes: Uint8Array) {
    if (bytes.length % RECIPE_ROW_BYTES !== 0) throw new RangeError('a recipe has 36 bytes per chunk')
    this.bytes = bytes
    this.count = bytes.length / RECIPE_ROW_BYTES
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A view of a chunk's hash. */
  hash(index: number): Uint8Array {
    const at = index * RECIPE_ROW_BYTES
    return this.bytes.subarray(at, at + HASH_BYTES)
  }

  /** Raw bytes of a chunk. */
  length(index: number): number {
    return this.#view.getUint32(index * RECIPE_ROW_BYTES + HASH_BYTES)
  }

  /** Some consecutive chunks, as a recipe of their own. */
  slice({ start, end }: ChunkRange): Recipe {
    return new Recipe(this.bytes.subarray(start * RECIPE_ROW_BYTES, end * RECIPE_ROW_BYTES))
  }

  /** All hashes, one after the other. */
  hashes(): Uint8Array {
    const hashes = new Uint8Array(this.count * HASH_BYTES)
    for (let index = 0; index < this.count; index++) hashes.set(this.hash(index), index * HASH_BYTES)
    return hashes
  }

  /** Raw bytes of all chunks. */
  get rawBytes(): number {
    let total = 0
    for (let index = 0; index < this.count; index++) total += this.length(index)
    return total
  }

  /** Whether every chunk has a length that a chunk may have. */
  get isSound(): boolean {
    for (let index = 0; index < this.count; index++) {
      const length = this.length(index)
      if (length < 1 || length > MAX_CHUNK_RAW_BYTES) return false
    }
    return true
  }
}

/** A chunk as a recipe names it. */
export interface RecipeRow {
  readonly hash: Uint8Array
  readonly rawLength: number
}

/** Encodes rows in the order of the file. */
export function encodeRecipe(rows: readonly RecipeRow[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(rows.length * RECIPE_ROW_BYTES)
  const view = new DataView(bytes.buffer)
  rows.forEach(({ hash, rawLength }, index) => {
    bytes.set(hash, index * RECIPE_ROW_BYTES)
    view.setUint32(index * RECIPE_ROW_BYTES + HASH_BYTES, rawLength)
  })
  return bytes
}

/** The Xet hash of the file that consists of these chunks. */
export function recipeHash(recipe: Recipe, keyedHash: KeyedHash): XetHash {
  return xetHashOf(fileHash(hashedChunks(recipe), keyedHash))
}

function* hashedChunks(recipe: Recipe) {
  for (let index = 0; index < recipe.count; index++)
    yield { hash: recipe.hash(index), length: recipe.length(index) }
}
