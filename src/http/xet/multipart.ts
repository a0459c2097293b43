import type { Writable } from 'node:stream'

import type { ContentReader } from '../../content/index.ts'
import type { ByteRange } from '../../kernel/byte-range.ts'
import { utf8 } from '../../kernel/bytes.ts'
import type { ContentSource } from '../send-content.ts'

/** Occurs in no part: parts are delimited by their lengths, and clients read them so. */
const BOUNDARY = 'ayni-xorb-stretch'

/** A `multipart/byteranges` body over ranges of one object, RFC 9110 §14.6. */
export interface MultipartBody {
  readonly contentType: string
  /** Bytes of the whole body. */
  readonly length: number
  /** Gives the whole body whatever the range asked of it. */
  readonly source: Required<ContentSource>
}

/** Frames `ranges`, in the order given. */
export function multipartBody(reader: ContentReader, ranges: readonly ByteRange[]): MultipartBody {
  const parts = ranges.map((range) => ({ range, head: partHead(range, reader.size) }))
  const between = utf8('\r\n')
  const tail = utf8(`--${BOUNDARY}--\r\n`)
  const length = parts.reduce(
    (total, { range, head }) => total + head.length + (range.end - range.start) + between.length,
    tail.length,
  )
  return {
    contentType: `multipart/byteranges; boundary=${BOUNDARY}`,
    length,
    source: {
      async *read(_, signal) {
        for (const { range, head } of parts) {
          yield head
          yield* reader.read(range, signal)
          yield between
        }
        yield tail
      },
      async pipe(_, into, signal) {
        for (const { range, head } of parts) {
          await write(into, head)
          await reader.pipe(range, into, signal)
          await write(into, between)
        }
        await write(into, tail)
      },
    },
  }
}

function partHead({ start, end }: ByteRange, size: number): Uint8Array {
  return utf8(
    `--${BOUNDARY}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end - 1}/${size}\r\n\r\n`,
  )
}

function write(into: Writable, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    into.write(bytes, (cause) => (cause ? reject(cause) : resolve()))
  })
}
