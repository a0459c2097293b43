import type { Reader } from '../../database/index.ts'
import { equalBytes } from '../../kernel/bytes.ts'
import { XetHash } from '../../kernel/names.ts'
import { isSampled } from '../rules.ts'
import type { StoredRun } from '../work/index.ts'
import { HASH_BYTES, xetHashOf } from '../xet/index.ts'
import { type Hit, RecentChunks } from './recent-chunks.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

/**
 * Tells which chunks of one file, asked in file order, are stored. A chunk is found because it continues the last
 * run, because it is in one of the xorbs that the file was last found in, or because it is remembered for everybody:
 * the sampled chunks, the first of each file and the first of each xorb. From there the run is followed both ways
 * by comparing chunk tables.
 */
export class DedupLookup {
  readonly #reader: Reader
  readonly #index: XorbIndex
  readonly #recent = new RecentChunks()
  /** Remembered chunks of xorbs that this very file has filled: not in the database yet. */
  readonly #own = new Map<XetHash, Hit>()
  /** Whether the chunk to come may be the first of a file or xorb, so that it is worth a look although not sampled. */
  #isBeginning = true
  /** The chunk that comes next if the last run goes on. */
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
    const answer = this.#turn.then(() => this.#find(new ChunkHashes(hashes)))
    this.#turn = answer.catch(() => undefined) // its asker is told; later questions fail or not by themselves
    return answer
  }

  async #find(chunks: ChunkHashes): Promise<readonly StoredRun[]> {
    const remembered = await this.#remembered(chunks.sampled())
    const runs: StoredRun[] = []
    let from = 0
    for (let at = 0; at < chunks.count;) {
      const hit = await this.#hit(chunks, at, remembered)
      this.#isBeginning = false
      if (hit) {
        const run = extend(chunks, at, hit, from)
        runs.push(run)
        at = from = run.at + run.chunks.end - run.chunks.start
        this.#follow(hit.xorb, run.chunks.end)
      } else at++
    }
    return runs
  }

  /** Where the chunk at `at` is stored, compared with the xorb's own table: every index is only a hint. */
  async #hit(chunks: ChunkHashes, at: number, remembered: ReadonlyMap<XetHash, Hit>): Promise<Hit | null> {
    const hash = chunks.at(at)
    const isIt = (hit: Hit | null | undefined) => hit && hit.index < hit.xorb.table.count && isSame(hit, hash)
    const near = isIt(this.#next) ? this.#next : this.#recent.find(hash)
    this.#next = null
    if (near && isIt(near)) return near
    const text = xetHashOf(hash)
    const known = this.#isBeginning ? await this.#remembered([text]) : remembered
    const far = known.get(text)
    return far && isIt(far) ? far : null
  }

  #follow(xorb: StoredXorb, next: number): void {
    this.#recent.add(xorb)
    this.#next = { xorb, index: next }
    // A file goes on after a xorb's last chunk with, most likely, the first of another.
    this.#isBeginning = next === xorb.table.count
  }

  async #remembered(hashes: readonly XetHash[]): Promise<ReadonlyMap<XetHash, Hit>> {
    if (hashes.length === 0) return this.#own
    const rows = await this.#reader
      .selectFrom('dedup')
      .select(['chunk_hash', 'xorb_hash', 'chunk_index'])
      .where('chunk_hash', 'in', hashes)
      .execute()
    const xorbs = await this.#index.findAll(rows.map((row) => XetHash.parse(row.xorb_hash)))
    const hits = new Map(this.#own)
    for (const row of rows) {
      const xorb = xorbs.get(XetHash.parse(row.xorb_hash))
      if (xorb) hits.set(XetHash.parse(row.chunk_hash), { xorb, index: row.chunk_index })
    }
    return hits
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

  sampled(): readonly XetHash[] {
    const hashes = Array.from({ length: this.count }, (_, index) => this.at(index))
    return hashes.filter(isSampled).map(xetHashOf)
  }
}

function isSame({ xorb, index }: Hit, hash: Uint8Array): boolean {
  return equalBytes(xorb.table.hash(index), hash)
}

/** The longest run around a hit, not reaching before `from`. */
function extend(chunks: ChunkHashes, at: number, { xorb, index }: Hit, from: number): StoredRun {
  let before = 0
  while (
    at - before > from &&
    index > before &&
    isSame({ xorb, index: index - before - 1 }, chunks.at(at - before - 1))
  ) {
    before++
  }
  let after = 1
  while (
    index + after < xorb.table.count &&
    at + after < chunks.count &&
    isSame({ xorb, index: index + after }, chunks.at(at + after))
  ) {
    after++
  }
  return { at: at - before, xorb: xorb.hash, chunks: { start: index - before, end: index + after } }
}
