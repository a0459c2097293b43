/** What only the holder of a passphrase may read, as a file of records (docs/spec/carry.md). Nothing is held whole. */
import { createCipheriv, createDecipheriv, scrypt } from 'node:crypto'
import { promisify } from 'node:util'

import { concatBytes, utf8 } from '../../../../kernel/bytes.ts'
import type { Random } from '../../../../kernel/random.ts'

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

const MAGIC = utf8('ayni-sealed/1\n')
const SALT_BYTES = 16
const HEADER_BYTES = MAGIC.length + SALT_BYTES
/** 128 MiB of memory for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 }
const LENGTH_BYTES = 4
const TAG_BYTES = 16
/** Plain bytes of a record, its mark included. */
const RECORD_BYTES = 64 * 1024

/** The first plain byte of a record: more of the same part follows, the part ends here, everything ends here. */
const MARK = { more: 0, endOfPart: 1, end: 2 } as const

/** The first record does not open: another passphrase, or another carry. */
export class WrongPassphrase extends Error {}
/** Bytes are not what was sealed: altered, cut, in another order, or something behind them. */
export class BrokenSeal extends Error {}

/** One part: bytes of any length. */
export type Part = AsyncIterable<Uint8Array>

/** Seals parts, one after the other. `context` is what they belong to; they open with the same one only. */
export async function* seal(
  parts: AsyncIterable<Part>,
  { passphrase, context, random }: { passphrase: string; context: Uint8Array; random: Random },
): AsyncGenerator<Uint8Array> {
  const header = concatBytes([MAGIC, Uint8Array.from(random(SALT_BYTES))])
  const key = await keyOf(passphrase, header)
  const additional = concatBytes([header, context])
  let at = 0
  const record = (mark: number, body: Uint8Array) => {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(at++)).setAAD(additional)
    const sealed = [
      cipher.update(concatBytes([Uint8Array.of(mark), body])),
      cipher.final(),
      cipher.getAuthTag(),
    ]
    const bytes = concatBytes(sealed)
    return concatBytes([lengthOf(bytes.length), bytes])
  }
  yield header
  for await (const part of parts) {
    for await (const piece of inPieces(part)) yield record(MARK.more, piece)
    yield record(MARK.endOfPart, new Uint8Array())
  }
  yield record(MARK.end, new Uint8Array())
}

/**
 * Opens what {@link seal} made; of a part that is not read to its end the rest is passed over. Throws {@link WrongPassphrase} and
 * {@link BrokenSeal}; what a part gives before it throws is authentic, and the end is told from a cut.
 */
export async function* unseal(
  bytes: AsyncIterable<Uint8Array>,
  { passphrase, context }: { passphrase: string; context: Uint8Array },
): AsyncGenerator<Part> {
  await using source = new Source(bytes)
  const header = await source.take(HEADER_BYTES)
  if (!header || Buffer.compare(header.subarray(0, MAGIC.length), MAGIC) !== 0) throw new BrokenSeal()
  const key = await keyOf(passphrase, header)
  const additional = concatBytes([header, context])
  let at = 0
  async function next(): Promise<{ mark: number; body: Uint8Array }> {
    const length = await source.take(LENGTH_BYTES)
    const size = length ? new DataView(length.buffer, length.byteOffset).getUint32(0) : 0
    if (size < TAG_BYTES + 1 || size > TAG_BYTES + RECORD_BYTES) throw new BrokenSeal()
    const sealed = await source.take(size)
    if (!sealed) throw new BrokenSeal()
    const opened = open(key, additional, at, sealed)
    if (!opened) throw at === 0 ? new WrongPassphrase() : new BrokenSeal()
    at++
    return { mark: opened[0] ?? MARK.end, body: opened.subarray(1) }
  }
  for (let first = await next(); first.mark !== MARK.end; first = await next()) {
    let record = first
    yield (async function* () {
      for (; record.mark === MARK.more; record = await next()) yield record.body
    })()
    while (record.mark === MARK.more) record = await next() // what nobody wanted
    if (record.mark !== MARK.endOfPart) throw new BrokenSeal()
  }
  if (await source.take(1)) throw new BrokenSeal()
}

function open(key: Uint8Array, additional: Uint8Array, at: number, sealed: Uint8Array): Uint8Array | null {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(at)).setAAD(additional)
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES))
  try {
    const body = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES))
    return concatBytes([body, decipher.final()])
  } catch {
    return null // the only way in which it says that the tag is not right
  }
}

/** Normalised, as the same words may be typed in several ways. */
function keyOf(passphrase: string, header: Uint8Array): Promise<Uint8Array> {
  return derive(passphrase.normalize('NFKC'), header.subarray(MAGIC.length), 32, COST)
}

/** Each key is used for one file, so that counting is enough. */
function nonceOf(at: number): Uint8Array {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(at, 6, 6)
  return nonce
}

function lengthOf(bytes: number): Uint8Array {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(bytes)
  return length
}

async function* inPieces(part: Part): AsyncGenerator<Uint8Array> {
  const most = RECORD_BYTES - 1
  for await (const bytes of part)
    for (let at = 0; at < bytes.length; at += most) yield bytes.subarray(at, at + most)
}

/** Takes exactly as many bytes as are asked for. */
class Source implements AsyncDisposable {
  readonly #bytes: AsyncIterator<Uint8Array>
  #rest: Uint8Array = new Uint8Array()

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#bytes = bytes[Symbol.asyncIterator]()
  }

  /** Null when fewer are left. */
  async take(count: number): Promise<Uint8Array | null> {
    const parts = [this.#rest]
    let length = this.#rest.length
    while (length < count) {
      const next = await this.#bytes.next()
      if (next.done) return null
      parts.push(next.value)
      length += next.value.length
    }
    const all = concatBytes(parts)
    this.#rest = all.subarray(count)
    return all.slice(0, count)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bytes.return?.()
  }
}
