import type { XetHash } from '../../kernel/names.ts'
import type { Codec } from '../codec/index.ts'
import {
  HASH_BYTES,
  HashTree,
  encodeTerms,
  fileHashOf,
  xetHashOf,
  type ChunkRange,
  type Term,
} from '../xet/index.ts'
import type { Conversation } from './conversation.ts'
import type { StoredRun } from './jobs.ts'
import { SchemeChoice } from './scheme-choice.ts'
import { HEADROOM_BYTES, type Batch, type IngestAnswers, type IngestHost } from './sessions.ts'
import { TermsBuilder, type DraftTerm } from './terms-builder.ts'
import { XorbWriter, type DraftXorb } from './xorb-writer.ts'

/** Consecutive chunks of the body. */
interface Cut {
  readonly bytes: Uint8Array
  /** Where each chunk ends in `bytes`. */
  readonly ends: readonly number[]
  /** 32 bytes for each chunk. */
  readonly hashes: Uint8Array
}

/** Chunks that need not be stored again. */
interface Known {
  readonly xorb: XetHash | DraftXorb
  readonly chunks: ChunkRange
}

/**
 * The worker's side of an ingest. A batch is cut and hashed as soon as it comes; while the main thread looks its
 * chunks up, the next one is. Batches are stored in order, and a full xorb is made durable while the next fills.
 */
export class IngestSession implements IngestAnswers, AsyncDisposable {
  readonly #codec: Codec
  readonly #host: Conversation<IngestHost>
  readonly #tree: HashTree
  readonly #schemes: SchemeChoice
  readonly #terms = new TermsBuilder<XetHash | DraftXorb>()
  /** Bytes after the last cut. */
  #rest: Uint8Array = new Uint8Array()
  #writer: XorbWriter | null = null
  /** Settled when all batches before are stored. */
  #stored: Promise<void> = Promise.resolve()
  /** Settled when all full xorbs are kept. */
  #kept: Promise<void> = Promise.resolve()

  constructor(codec: Codec, host: Conversation<IngestHost>) {
    this.#codec = codec
    this.#host = host
    this.#tree = new HashTree(codec.keyedHash)
    this.#schemes = new SchemeChoice(codec)
  }

  async batch({ buffer, length, ends: given }: Batch): Promise<ArrayBuffer> {
    const start = HEADROOM_BYTES - this.#rest.length
    const bytes = new Uint8Array(buffer, start, this.#rest.length + length)
    bytes.set(this.#rest)
    const before = this.#rest.length
    const ends = given ? this.#lay(bytes, given, before) : this.#cut(bytes)
    this.#rest = bytes.slice(ends.at(-1) ?? 0)
    await this.#take(bytes, ends)
    return buffer
  }

  async end(): Promise<{ hash: XetHash; terms: Uint8Array }> {
    if (this.#rest.length > 0) {
      this.#codec.window.set(this.#rest)
      await this.#take(this.#rest, [this.#rest.length])
    }
    await this.#stored
    await this.#finishXorb()
    await this.#kept
    const hash = fileHashOf(this.#tree.root(), this.#codec.keyedHash)
    return { hash: xetHashOf(hash), terms: encodeTerms(this.#terms.terms.map(finishedTerm)) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#stored])
    await Promise.allSettled([this.#kept])
    await this.#writer?.[Symbol.asyncDispose]()
  }

  /** Like {@link #cut}, where the ends are known, counted from what came now. */
  #lay(bytes: Uint8Array, ends: readonly number[], before: number): number[] {
    this.#codec.window.set(bytes)
    return ends.map((end) => before + end)
  }

  /** Leaves `bytes` in the codec's window. */
  #cut(bytes: Uint8Array): number[] {
    const { window } = this.#codec
    window.set(bytes)
    const ends: number[] = []
    let end = 0
    for (let length = this.#codec.nextCut(window, 0, bytes.length); length > 0;) {
      end += length
      ends.push(end)
      length = this.#codec.nextCut(window, end, bytes.length)
    }
    return ends
  }

  /** Hashes chunks, which lie in the codec's window too, and has them stored in their turn. */
  #take(bytes: Uint8Array, ends: readonly number[]): Promise<void> {
    if (ends.length === 0) return this.#stored
    const hashes = new Uint8Array(ends.length * HASH_BYTES)
    ends.forEach((end, index) => {
      const raw = this.#codec.window.subarray(ends[index - 1] ?? 0, end)
      const hash = this.#codec.hashChunk(raw)
      hashes.set(hash, index * HASH_BYTES)
      this.#tree.add(hash, raw.length)
    })
    const runs = this.#host.ask('lookup', hashes)
    const before = this.#stored
    this.#stored = before.then(async () => this.#store({ bytes, ends, hashes }, await runs))
    return this.#stored
  }

  async #store(cut: Cut, runs: readonly StoredRun[]): Promise<void> {
    for (let chunk = 0; chunk < cut.ends.length;) {
      const known = findRun(runs, chunk) ?? this.#findInOpenXorb(cut, chunk)
      if (known && this.#terms.isWorthwhile(known.xorb, known.chunks)) {
        const end = chunk + known.chunks.end - known.chunks.start
        this.#terms.add(known.xorb, known.chunks, endBefore(cut, end) - endBefore(cut, chunk))
        chunk = end
      } else {
        await this.#storeChunk(cut, chunk)
        chunk++
      }
    }
  }

  #findInOpenXorb(cut: Cut, chunk: number): Known | null {
    const chunks = this.#writer?.find(cut.hashes.subarray(chunk * HASH_BYTES)) ?? null
    return this.#writer && chunks && { xorb: this.#writer.draft, chunks }
  }

  async #storeChunk(cut: Cut, chunk: number): Promise<void> {
    const raw = cut.bytes.subarray(endBefore(cut, chunk), cut.ends[chunk])
    if (this.#writer && !this.#writer.hasRoomFor(raw)) await this.#finishXorb()
    const writer = (this.#writer ??= await this.#createXorb())
    const start = writer.count
    const hash = cut.hashes.subarray(chunk * HASH_BYTES, (chunk + 1) * HASH_BYTES)
    await writer.add(hash, this.#schemes.encode(raw), raw.length)
    this.#terms.add(writer.draft, { start, end: start + 1 }, raw.length)
  }

  async #createXorb(): Promise<XorbWriter> {
    return XorbWriter.create(await this.#host.ask('stage', undefined), this.#codec.keyedHash)
  }

  /** Starts making the open xorb durable, once the one before it is kept. */
  async #finishXorb(): Promise<void> {
    const writer = this.#writer
    if (!writer) return
    await this.#kept
    this.#writer = null
    this.#kept = this.#keep(writer)
    this.#kept.catch(() => undefined) // whoever waits for it next is told
  }

  async #keep(writer: XorbWriter): Promise<void> {
    await using finishing = writer
    const { hash, table } = await finishing.finish()
    await this.#host.ask('keep', { hash, path: writer.path, table: table.bytes })
  }
}

function endBefore({ ends }: Cut, chunk: number): number {
  return ends[chunk - 1] ?? 0
}

/** What is left, from `chunk` on, of the run that covers it. */
function findRun(runs: readonly StoredRun[], chunk: number): Known | null {
  for (const { at, xorb, chunks } of runs) {
    const start = chunks.start + chunk - at
    if (at <= chunk && start < chunks.end) return { xorb, chunks: { start, end: chunks.end } }
  }
  return null
}

function finishedTerm({ xorb, chunks, rawLength }: DraftTerm<XetHash | DraftXorb>): Term {
  const hash = typeof xorb === 'string' ? xorb : xorb.hash
  if (hash === null) throw new Error('a term of a xorb that was never finished')
  return { xorb: hash, chunks, rawLength }
}
