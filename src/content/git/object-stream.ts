import { promisify } from 'node:util'
import { inflate, inflateSync } from 'node:zlib'

import { concatBytes } from '../../kernel/bytes.ts'
import { GitOid, Sha256 } from '../../kernel/names.ts'
import { gitObject, type GitObject, type GitType } from './object.ts'

/**
 * Git objects one after another (docs/spec/federation.md): type, length of the body, length of the zlib stream, the zlib stream.
 * A zero byte ends it, so that a stream which was cut is told from a whole one.
 */

/** The numbers that git's pack format gives the types. */
const NUMBERS = { commit: 1, tree: 2, blob: 3, tag: 4, erased: 15 } as const satisfies Record<
  StreamedType,
  number
>
const TYPES: Readonly<Record<number, StreamedType | undefined>> = {
  1: 'commit',
  2: 'tree',
  3: 'blob',
  4: 'tag',
  15: 'erased',
}
/** Of a blob whose bytes were erased: its id and its SHA-256. */
const ERASED_BYTES = 52
const HEADER_BYTES = 9
/** Bytes of body up to which inflating in place costs less than handing it to another thread. */
const SMALL = 64 * 1024

/** What a stream has: objects, and in place of a blob whose bytes were erased what it was called. */
export type StreamedType = GitType | 'erased'

/** The last byte of every stream. */
export const END_OF_OBJECTS = Uint8Array.of(0)

/** What stands before an object's zlib stream. */
export function objectHeader(type: StreamedType, bodyBytes: number, compressedBytes: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES)
  header[0] = NUMBERS[type]
  const view = new DataView(header.buffer)
  view.setUint32(1, bodyBytes)
  view.setUint32(5, compressedBytes)
  return header
}

/** What a reader bears. Bytes are of bodies. */
export interface ObjectStreamLimits {
  readonly objectBytes: Readonly<Record<GitType, number>>
  readonly totalBytes: number
  readonly objects: number
}

/** Why bytes are no stream of objects. */
export type ObjectStreamProblem =
  | 'unknownType'
  | 'tooLarge'
  | 'tooMany'
  | 'malformed'
  | 'cutShort'
  | 'extraBytes'

/** Carries an {@link ObjectStreamProblem} out of a stream that is being read. */
export class BrokenObjectStream extends Error {
  readonly problem: ObjectStreamProblem
  constructor(problem: ObjectStreamProblem) {
    super(problem)
    this.name = 'BrokenObjectStream'
    this.problem = problem
  }
}

/** An object as it arrived: named by its own bytes, whatever the sender meant. */
export interface ReceivedObject extends GitObject {
  /** The zlib stream of the body, and nothing behind it. */
  readonly compressed: Uint8Array
}

/** A blob whose bytes were erased, as its sender calls it: nothing proves that it was so. `size` in bytes. */
export interface ErasedBlob {
  readonly type: 'erased'
  readonly oid: GitOid
  readonly sha256: Sha256
  readonly size: number
}

/** What stands in a stream in place of the bytes of an erased blob. */
export function encodeErased({ oid, sha256 }: Pick<ErasedBlob, 'oid' | 'sha256'>): Uint8Array {
  return concatBytes([Uint8Array.fromHex(oid), Uint8Array.fromHex(sha256)])
}

function decodeErased(bytes: Uint8Array, size: number): ErasedBlob {
  if (bytes.length !== ERASED_BYTES) throw new BrokenObjectStream('malformed')
  const [oid, sha256] = [bytes.subarray(0, 20).toHex(), bytes.subarray(20).toHex()]
  return { type: 'erased', oid: GitOid.parse(oid), sha256: Sha256.parse(sha256), size }
}

/**
 * Reads what another node sent. Holds one object in memory. Throws {@link BrokenObjectStream} before it inflates more than the
 * limits, and unless the end mark is the last byte.
 */
export async function* readObjects(
  chunks: AsyncIterable<Uint8Array>,
  limits: ObjectStreamLimits,
): AsyncGenerator<ReceivedObject | ErasedBlob> {
  const source = new ByteSource(chunks)
  try {
    for (let objects = 0, total = 0; ; objects++) {
      const [number = 0] = await source.take(1)
      if (number === 0) break
      const header = await readHeader(source, number)
      if (objects >= limits.objects) throw new BrokenObjectStream('tooMany')
      if (header.type === 'erased') {
        if (header.compressedBytes !== ERASED_BYTES) throw new BrokenObjectStream('malformed')
        yield decodeErased(await source.take(ERASED_BYTES), header.bodyBytes)
        continue
      }
      total += header.bodyBytes
      if (header.bodyBytes > limits.objectBytes[header.type] || total > limits.totalBytes)
        throw new BrokenObjectStream('tooLarge')
      const compressed = await source.take(header.compressedBytes)
      yield { ...gitObject(header.type, await inflateExactly(compressed, header.bodyBytes)), compressed }
    }
    if (!(await source.isAtEnd())) throw new BrokenObjectStream('extraBytes')
  } finally {
    await source.close()
  }
}

async function readHeader(source: ByteSource, number: number) {
  const type = TYPES[number]
  if (type === undefined) throw new BrokenObjectStream('unknownType')
  const lengths = await source.take(HEADER_BYTES - 1)
  const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength)
  const bodyBytes = view.getUint32(0)
  const compressedBytes = view.getUint32(4)
  // Stored blocks add five bytes to some kilobytes; more than that carries something else along.
  if (type !== 'erased' && compressedBytes > bodyBytes + (bodyBytes >>> 8) + 64)
    throw new BrokenObjectStream('tooLarge')
  return { type, bodyBytes, compressedBytes }
}

interface Inflated {
  readonly buffer: Uint8Array
  /** `bytesWritten`: bytes of the input that belong to the zlib stream. */
  readonly engine: { readonly bytesWritten: number }
}

const inflateAsync = promisify(inflate)

async function inflateExactly(compressed: Uint8Array, bodyBytes: number): Promise<Uint8Array> {
  const options = { maxOutputLength: Math.max(1, bodyBytes), info: true }
  const inflated: unknown = await attempt(() =>
    bodyBytes <= SMALL ? inflateSync(compressed, options) : inflateAsync(compressed, options),
  )
  if (!isInflated(inflated)) throw new Error('zlib no longer tells how far it read')
  const isExact = inflated.buffer.length === bodyBytes && inflated.engine.bytesWritten === compressed.length
  if (!isExact) throw new BrokenObjectStream('malformed')
  return inflated.buffer
}

async function attempt(work: () => unknown): Promise<unknown> {
  try {
    return await work()
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new BrokenObjectStream('malformed') // zlib's way to say that these are not its bytes, or that they are too many
  }
}

function isInflated(value: unknown): value is Inflated {
  if (typeof value !== 'object' || value === null || !('buffer' in value && 'engine' in value)) return false
  const { buffer, engine } = value
  return (
    buffer instanceof Uint8Array && typeof engine === 'object' && engine !== null && 'bytesWritten' in engine
  )
}

/** Chunks of any length, taken in pieces of known length. */
class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** A copy of the next `length` bytes, so that no larger chunk is kept alive. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = []
    for (let missing = length; missing > 0;) {
      if (this.#rest.length === 0 && !(await this.#more())) throw new BrokenObjectStream('cutShort')
      const part = this.#rest.subarray(0, missing)
      this.#rest = this.#rest.subarray(part.length)
      missing -= part.length
      parts.push(part)
    }
    return concatBytes(parts)
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#rest.length === 0) if (!(await this.#more())) return true
    return false
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #more(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done) return false
    this.#rest = next.value
    return true
  }
}
