import type { Reader } from '../../database/index.ts'
import { equalBytes } from '../../kernel/bytes.ts'
import { XetHash } from '../../kernel/names.ts'
import { isSampled } from '../rules.ts'
import type { StoredRun } from '../work/index.ts'
import { type ChunkTable, HASH_BYTES, xetHashOf } from '../xet/index.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

/** A chunk of a stored xorb. */
interface Hit {
  readonly xorb: StoredXorb
  readonly index: number
}

/**
 * Tells which chunks of one file, asked in file order, are stored. Some chunks are looked up: the first, the
 * sampled, and the one that would continue the last run; from each hit the run is followed both ways by
 * comparing chunk tables.
 */
export class DedupLookup {
  readonly #reader: Reader
  readonly #index: XorbIndex
  /** Sampled chunks of xorbs that this very file has filled: not in the database yet. */
  readonly #own = new Map<XetHash, Hit>()
  #isFirst = true
  /** The chunk that would come next if the last question's last run went on. */
  #next: Hit | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(reader: Reader, index: XorbIndex) {
    this.#reader = reader
    this.#index = index
  }

  /** Remembers a xorb that the file itself has brought. */
  add(xorb: StoredXorb): void {
    for (let index = 0; index < xorb.table.count; index++) {
      const hash = xorb.table.hash(index)
      if (index === 0 || isSampled(hash)) this.#own.set(xetHashOf(hash), { xorb, index })
    }
  }

  /** Answers the next question; see `IngestJob.lookup`. Questions are worked on one after the other. */
  find(hashes: Uint8Array): Promise<readonly StoredRun[]> {
    const answer = this.#turn.then(() => this.#find(hashes))
    this.#turn = answer.catch(() => undefined) // its asker is told; later questions fail or not by themselves
    return answer
  }

  async #find(bytes: Uint8Array): Promise<readonly StoredRun[]> {
    const chunks = new ChunkHashes(bytes)
    const hits = await this.#hits(chunks)
    if (this.#next && continues(this.#next, chunks, 0)) hits.set(0, this.#next)
    const runs: StoredRun[] = []
    let from = 0
    for (const [at, hit] of [...hits].toSorted(([left], [right]) => left - right)) {
      if (at < from) continue
      const run = extend(chunks, at, hit, from)
      runs.push(run)
      from = run.at + (run.chunks.end - run.chunks.start)
      this.#next = { xorb: hit.xorb, index: run.chunks.end }
    }
    if (from < chunks.count) this.#next = null
    return runs
  }

  async #hits(chunks: ChunkHashes): Promise<Map<number, Hit>> {
    const sampled = chunks.sampled(this.#isFirst)
    this.#isFirst = false
    const rows = await this.#reader
      .selectFrom('dedup')
      .select(['chunk_hash', 'xorb_hash', 'chunk_index'])
      .where('chunk_hash', 'in', [...sampled.keys()])
      .execute()
    const xorbs = await this.#index.findAll(rows.map((row) => XetHash.parse(row.xorb_hash)))
    const found = new Map<number, Hit>()
    const note = (hash: XetHash, hit: Hit) => {
      for (const at of sampled.get(hash) ?? []) found.set(at, hit)
    }
    for (const [hash, hit] of this.#own) note(hash, hit)
    for (const row of rows) {
      const xorb = xorbs.get(XetHash.parse(row.xorb_hash))
      if (xorb) note(XetHash.parse(row.chunk_hash), { xorb, index: row.chunk_index })
    }
    for (const [at, hit] of found) {
      // The index is only a hint: the xorb's own table decides.
      if (!continues(hit, chunks, at)) found.delete(at)
    }
    return found
  }
}

/** Some consecutive chunk hashes of 32 bytes each. */
class ChunkHashes {
  readonly count: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.count = bytes.length / HASH_BYTES
  }

  at(index: number): Uint8Array {
    return this.#bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
  }

  /** Where the sampled ones stand, by hash; with the first one when `withFirst`. */
  sampled(withFirst: boolean): Map<XetHash, number[]> {
    const found = new Map<XetHash, number[]>()
    for (let index = 0; index < this.count; index++) {
      const hash = this.at(index)
      if (!isSampled(hash) && !(withFirst && index === 0)) continue
      const text = xetHashOf(hash)
      const places = found.get(text)
      if (places) places.push(index)
      else found.set(text, [index])
    }
    return found
  }
}

function continues({ xorb, index }: Hit, chunks: ChunkHashes, at: number): boolean {
  return at < chunks.count && index < xorb.table.count && isSame(xorb.table, index, chunks, at)
}

function isSame(table: ChunkTable, index: number, chunks: ChunkHashes, at: number): boolean {
  return equalBytes(table.hash(index), chunks.at(at))
}

/** The longest run around a hit, not reaching before `from`. */
function extend(chunks: ChunkHashes, at: number, { xorb, index }: Hit, from: number): StoredRun {
  const { table } = xorb
  let before = 0
  while (at - before > from && index > before && isSame(table, index - before - 1, chunks, at - before - 1))
    before++
  let after = 1
  while (
    index + after < table.count &&
    at + after < chunks.count &&
    isSame(table, index + after, chunks, at + after)
  ) {
    after++
  }
  return { at: at - before, xorb: xorb.hash, chunks: { start: index - before, end: index + after } }
}
