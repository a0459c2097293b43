import type { Codec } from '../codec/index.ts'
import { SCHEME, type Scheme } from '../xet/index.ts'

/** Every this many chunks, about 1 MiB, both schemes are tried. */
const SAMPLE_EVERY = 16
/** A scheme that saves less than 3 % is not worth its decoding. */
const WORTHWHILE = 0.97

export interface EncodedChunk {
  readonly scheme: Scheme
  /** Holds until the codec's next call. */
  readonly payload: Uint8Array
}

/**
 * Encodes the chunks of a file with the scheme that did best on the last sampled one. Where neither was worth it
 * LZ4 is tried still: on what does not compress it costs next to nothing.
 */
export class SchemeChoice {
  readonly #codec: Codec
  #scheme: Scheme = SCHEME.lz4
  #untilSample = 0

  constructor(codec: Codec) {
    this.#codec = codec
  }

  /** Encodes a chunk, or leaves it as it is. */
  encode(raw: Uint8Array): EncodedChunk {
    if (this.#untilSample === 0) this.#sample(raw)
    this.#untilSample--
    const payload = this.#codec.encodeChunk(this.#scheme, raw)
    return payload.length <= WORTHWHILE * raw.length
      ? { scheme: this.#scheme, payload }
      : { scheme: SCHEME.none, payload: raw }
  }

  #sample(raw: Uint8Array): void {
    this.#untilSample = SAMPLE_EVERY
    const lz4 = this.#codec.encodeChunk(SCHEME.lz4, raw).length
    const planes = this.#codec.encodeChunk(SCHEME.planes, raw).length
    this.#scheme = planes < lz4 && planes <= WORTHWHILE * raw.length ? SCHEME.planes : SCHEME.lz4
  }
}
