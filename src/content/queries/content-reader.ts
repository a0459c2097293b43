import type { Writable } from 'node:stream'

import type { ByteRange } from '../../kernel/byte-range.ts'
import type { Codec } from '../codec/index.ts'
import type { ContentEvents } from '../events.ts'
import type { XorbStore } from '../ports.ts'
import { type ContentReader, DamagedContent } from '../types.ts'
import { BufferRing, type Buffers, FRESH_BUFFERS } from './buffers.ts'
import { checkChunks, decodeChunks } from './chunks.ts'
import type { FileLayout } from './file-layout.ts'
import { fileSpans, type Span, xorbSpans } from './spans.ts'
import type { StoredXorb, XorbIndex } from './xorb-index.ts'

export interface ReaderDeps {
  readonly xorbs: XorbStore
  readonly index: XorbIndex
  readonly codec: Codec
  readonly events: ContentEvents
}

/** Reads a file, rebuilt from its chunks. */
export function readFileContent(deps: ReaderDeps, layout: FileLayout): ContentReader {
  return contentReader(deps, layout.file.size, {
    spans: (range) => fileSpans(layout, deps.index, range),
    async render({ span, stored }, raw, buffers) {
      const { start, end } = span.xorb.table.rawSpan(span.chunks)
      const bytes = await raw.take(end - start)
      decodeChunks(deps.codec, span, stored, bytes)
      buffers.give(stored)
      return { bytes: wanted(span, bytes), giveBack: () => raw.give(bytes) }
    },
  })
}

/** Reads a xorb's chunks as they are stored. */
export function readXorbContent(deps: ReaderDeps, xorb: StoredXorb): ContentReader {
  return contentReader(deps, xorb.table.storedBytes, {
    spans: (range) => xorbSpans(xorb, range),
    async render({ span, stored }, _raw, buffers) {
      checkChunks(span, stored)
      return { bytes: wanted(span, stored), giveBack: () => buffers.give(stored) }
    },
  })
}

/** What there is to read, and how a span's stored bytes become those that the reader gives. */
interface Source {
  spans(range: ByteRange): AsyncIterable<Span> | Iterable<Span>
  /** Checks the stored bytes. Throws DamagedContent. */
  render(read: ReadSpan, raw: Buffers, stored: Buffers): Promise<Piece>
}

/** A span with its bytes as they lie in the store. */
interface ReadSpan {
  readonly span: Span
  readonly stored: Uint8Array<ArrayBuffer>
}

/** Bytes that are good until they are given back. */
interface Piece {
  readonly bytes: Uint8Array
  giveBack(): void
}

function wanted(span: Span, bytes: Uint8Array): Uint8Array {
  return bytes.subarray(span.wanted.start, span.wanted.end)
}

function contentReader(deps: ReaderDeps, size: number, source: Source): ContentReader {
  async function* pieces(
    range: ByteRange,
    raw: Buffers,
    stored: Buffers,
    signal?: AbortSignal,
  ): AsyncGenerator<Piece> {
    try {
      for await (const read of readAhead(deps.xorbs, source.spans(range), stored, signal)) {
        yield await source.render(read, raw, stored)
      }
    } catch (cause) {
      if (cause instanceof DamagedContent)
        deps.events.contentDamaged({ xorb: cause.xorb, problem: cause.message })
      throw cause
    }
  }
  return {
    size,
    async *read(range, signal) {
      for await (const { bytes } of pieces(range, FRESH_BUFFERS, FRESH_BUFFERS, signal)) yield bytes
    },
    pipe: (range, into, signal) => {
      // Stored bytes of a xorb leave as they are: one being read, one ready, one on its way out.
      const rings = { raw: new BufferRing(2), stored: new BufferRing(3) }
      return send(pieces(range, rings.raw, rings.stored, signal), into, rings, signal)
    },
  }
}

/** Reads spans one ahead: while one is decoded and sent, the next is on its way from the disk. */
async function* readAhead(
  xorbs: XorbStore,
  spans: AsyncIterable<Span> | Iterable<Span>,
  buffers: Buffers,
  signal?: AbortSignal,
): AsyncGenerator<ReadSpan> {
  let ahead: Promise<ReadSpan> | null = null
  try {
    for await (const span of spans) {
      const ready = ahead
      ahead = readSpan(xorbs, span, buffers)
      ahead.catch(() => undefined) // whoever awaits it is told; it may fail before that
      if (ready) yield await ready
      signal?.throwIfAborted()
    }
    if (ahead) yield await ahead
    ahead = null
  } finally {
    // Stopped early: the read under way still fills its buffer, and nobody wants its outcome.
    await ahead?.catch(() => undefined)
  }
}

async function readSpan(xorbs: XorbStore, span: Span, buffers: Buffers): Promise<ReadSpan> {
  const stored = await buffers.take(span.stored.end - span.stored.start)
  const isWhole = await xorbs.read(span.xorb.location, span.stored.start, stored)
  if (!isWhole) throw new DamagedContent(span.xorb.hash, 'it is missing or cut short')
  return { span, stored }
}

/** Writes pieces out, several at once where the receiver is fast; resolves when the last is taken. */
async function send(
  pieces: AsyncIterable<Piece>,
  into: Writable,
  rings: { readonly raw: BufferRing; readonly stored: BufferRing },
  signal?: AbortSignal,
): Promise<void> {
  const stop = (cause: unknown) => {
    rings.raw.fail(cause)
    rings.stored.fail(cause)
  }
  const onAbort = () => stop(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  try {
    let last: Promise<void> = Promise.resolve()
    for await (const piece of pieces) {
      last = write(into, piece.bytes).then(() => piece.giveBack())
      last.catch(stop)
    }
    await last
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}

function write(into: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    into.write(bytes, (cause) => (cause ? reject(cause) : resolve()))
  })
}
