import { crc32 } from 'node:zlib'

import type { Codec } from '../codec/index.ts'
import { DamagedContent } from '../types.ts'
import { CHUNK_HEADER_BYTES, readChunkHeader } from '../xet/index.ts'
import type { Span } from './spans.ts'

/** Checks the CRC-32 of each chunk of a span. Throws {@link DamagedContent}. */
export function checkChunks(span: Span, stored: Uint8Array): void {
  const { table } = span.xorb
  for (let index = span.chunks.start; index < span.chunks.end; index++) {
    const { start, end } = table.storedRange(index)
    checkChunk(span, index, stored.subarray(start - span.stored.start, end - span.stored.start))
  }
}

/** Checks and decodes each chunk of a span into `raw`, which is as long as they are. Throws {@link DamagedContent}. */
export function decodeChunks(codec: Codec, span: Span, stored: Uint8Array, raw: Uint8Array): void {
  const { table } = span.xorb
  let at = 0
  for (let index = span.chunks.start; index < span.chunks.end; index++) {
    const place = table.storedRange(index)
    const chunk = stored.subarray(place.start - span.stored.start, place.end - span.stored.start)
    checkChunk(span, index, chunk)
    const rawLength = rawLengthOf(span, index)
    const header = readChunkHeader(chunk, 0)
    const payload = chunk.subarray(CHUNK_HEADER_BYTES)
    const isIntact =
      header?.rawLength === rawLength &&
      header.storedLength === payload.length &&
      codec.decodeChunk(header.scheme, payload, rawLength, raw, at)
    if (!isIntact) throw new DamagedContent(span.xorb.hash, `chunk ${index} does not decode`)
    at += rawLength
  }
}

function rawLengthOf(span: Span, index: number): number {
  const { start, end } = span.xorb.table.rawRange(index)
  return end - start
}

function checkChunk(span: Span, index: number, chunk: Uint8Array): void {
  if (crc32(chunk) !== span.xorb.table.crc(index)) {
    throw new DamagedContent(span.xorb.hash, `chunk ${index} has another CRC-32 than when it was stored`)
  }
}
