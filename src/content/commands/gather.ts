import type { Database } from '../../database/index.ts'
import { equalBytes } from '../../kernel/bytes.ts'
import type { Codec } from '../codec/index.ts'
import type { ArrivalFile, ArrivalStore, XorbStore } from '../ports.ts'
import { decodeChunks } from '../queries/chunks.ts'
import { findHeldChunks } from '../queries/held-chunks.ts'
import type { Hit } from '../queries/recent-chunks.ts'
import type { XorbIndex } from '../queries/xorb-index.ts'
import { type ChunkGathering, DamagedContent, type ExpectedFile } from '../types.ts'
import { CHUNK_HEADER_BYTES, MAX_CHUNK_STORED_BYTES, readChunkHeader, type Recipe } from '../xet/index.ts'
import { settled } from './refusals.ts'

export interface GatherDeps {
  readonly database: Database
  readonly xorbs: XorbStore
  readonly index: XorbIndex
  readonly codec: Codec
  readonly arrivalFiles: ArrivalStore
}

/** Where chunks of a file that is on its way are kept. */
export function arrivalName({ sha256, size }: Required<ExpectedFile>): string {
  return `${sha256}-${size}`
}

/** See `Content.gather`. */
export async function gather(
  deps: GatherDeps,
  file: Required<ExpectedFile>,
  section: number,
  recipe: Recipe,
): Promise<ChunkGathering> {
  await using owned = new AsyncDisposableStack()
  const kept = owned.use(await deps.arrivalFiles.open(arrivalName(file), String(section)))
  const held = await findHeldChunks(deps.database.read, deps.index, recipe)
  const gathering = new Gathering(deps, { recipe, held, kept })
  await gathering.recall()
  owned.move()
  return gathering
}

/** Where a chunk lies in the file of arrivals. */
interface Place {
  readonly offset: number
  readonly length: number
}

class Gathering implements ChunkGathering {
  readonly #deps: GatherDeps
  readonly #recipe: Recipe
  readonly #kept: ArrivalFile
  /** Chunks stored here in files of others, by number. */
  readonly #held: (Hit | undefined)[]
  readonly #places = new Map<number, Place>()
  /** The first chunk of each hash: those that come again are read there. */
  readonly #firsts = new Map<string, number>()

  constructor(
    deps: GatherDeps,
    given: {
      readonly recipe: Recipe
      readonly held: readonly (Hit | undefined)[]
      readonly kept: ArrivalFile
    },
  ) {
    this.#deps = deps
    this.#recipe = given.recipe
    this.#held = [...given.held]
    this.#kept = given.kept
    for (let index = given.recipe.count - 1; index >= 0; index--) this.#firsts.set(this.#key(index), index)
  }

  get missing(): readonly number[] {
    const missing: number[] = []
    for (const index of this.#firsts.values()) if (!this.#has(index)) missing.push(index)
    return missing.toSorted((left, right) => left - right)
  }

  /** Finds what came before we were stopped; whatever is not whole or right is overwritten. */
  async recall(): Promise<void> {
    const { size } = this.#kept
    let offset = 0
    for (;;) {
      const chunk = await this.#chunkAt(offset, size)
      const raw = chunk && this.#decode(chunk)
      if (!chunk || !raw) break
      const first = this.#firsts.get(keyOf(this.#deps.codec.hashChunk(raw)))
      if (first !== undefined) this.#places.set(first, { offset, length: chunk.length })
      offset += chunk.length
    }
    await this.#kept.truncate(offset)
  }

  async add(index: number, stored: Uint8Array): Promise<boolean> {
    const raw = this.#decode(stored)
    if (raw?.length !== this.#recipe.length(index)) return false
    if (!equalBytes(this.#deps.codec.hashChunk(raw), this.#recipe.hash(index))) return false
    const first = this.#first(index)
    const bytes = stored.slice() // the sender's buffer may be used again while this waits
    const offset = await settled(() => this.#kept.append(bytes))
    this.#places.set(first, { offset, length: bytes.length })
    return true
  }

  async read(index: number): Promise<Uint8Array | null> {
    const first = this.#first(index)
    const raw = (await this.#readHeld(first)) ?? (await this.#readKept(first))
    if (raw?.length === this.#recipe.length(index)) return raw
    // What was thought to be here is not, or not any more: it has to come again.
    this.#held[first] = undefined
    this.#places.delete(first)
    return null
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#kept[Symbol.asyncDispose]()
  }

  #has(first: number): boolean {
    return this.#held[first] !== undefined || this.#places.has(first)
  }

  #first(index: number): number {
    return this.#firsts.get(this.#key(index)) ?? index
  }

  #key(index: number): string {
    return keyOf(this.#recipe.hash(index))
  }

  async #readHeld(first: number): Promise<Uint8Array | null> {
    const hit = this.#held[first]
    if (!hit) return null
    const { xorb, index } = hit
    const chunks = { start: index, end: index + 1 }
    const stored = xorb.table.storedSpan(chunks)
    const rawLength = this.#recipe.length(first)
    const bytes = new Uint8Array(stored.end - stored.start)
    const raw = new Uint8Array(rawLength)
    if (!(await this.#deps.xorbs.read(xorb.location, stored.start, bytes))) return null
    try {
      decodeChunks(
        this.#deps.codec,
        { xorb, chunks, stored, wanted: { start: 0, end: rawLength } },
        bytes,
        raw,
      )
      return raw
    } catch (cause) {
      if (cause instanceof DamagedContent) return null // fetched like any other that is missing
      throw cause
    }
  }

  async #readKept(first: number): Promise<Uint8Array | null> {
    const place = this.#places.get(first)
    if (!place) return null
    const stored = new Uint8Array(place.length)
    if (!(await this.#kept.read(place.offset, stored))) return null
    return this.#decode(stored)
  }

  async #chunkAt(offset: number, size: number): Promise<Uint8Array | null> {
    const head = new Uint8Array(CHUNK_HEADER_BYTES)
    if (offset + head.length > size || !(await this.#kept.read(offset, head))) return null
    const header = readChunkHeader(head, 0)
    const length = CHUNK_HEADER_BYTES + (header?.storedLength ?? 0)
    if (!header || offset + length > size) return null
    const chunk = new Uint8Array(length)
    return (await this.#kept.read(offset, chunk)) ? chunk : null
  }

  /** The raw bytes of a stored chunk, or null where it is none. */
  #decode(stored: Uint8Array): Uint8Array | null {
    const header = readChunkHeader(stored, 0)
    if (!header || header.storedLength > MAX_CHUNK_STORED_BYTES) return null
    if (header.storedLength !== stored.length - CHUNK_HEADER_BYTES) return null
    const raw = new Uint8Array(header.rawLength)
    const payload = stored.subarray(CHUNK_HEADER_BYTES)
    return this.#deps.codec.decodeChunk(header.scheme, payload, header.rawLength, raw, 0) ? raw : null
  }
}

function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength).toString('latin1')
}
