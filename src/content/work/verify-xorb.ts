import { open, type FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'

import { failure } from '../../kernel/failure.ts'
import type { XetHash } from '../../kernel/names.ts'
import { fail, succeed, type Result } from '../../kernel/result.ts'
import type { Codec } from '../codec/index.ts'
import {
  CHUNK_HEADER_BYTES,
  HashTree,
  MAX_CHUNKS,
  MAX_CHUNK_STORED_BYTES,
  MAX_XORB_BYTES,
  buildFooter,
  encodeChunkTable,
  isFooterAt,
  readChunkHeader,
  xetHashOf,
  type ChunkHeader,
  type ChunkRow,
  type ChunkTable,
} from '../xet/index.ts'
import { FileWindow } from './file-window.ts'

/** See `WorkerPool.verifyXorb`. */
export async function verifyXorb(codec: Codec, path: string, hash: XetHash): Promise<Result<ChunkTable>> {
  await using file = await open(path, 'r+')
  const rows = await readChunks(codec, file)
  if (!rows.ok) return rows
  const tree = new HashTree(codec.keyedHash)
  for (const row of rows.value) tree.add(row.hash, row.rawLength)
  const found = xetHashOf(tree.root())
  if (found !== hash) return invalid(`its chunks make xorb ${found}`)
  const table = encodeChunkTable(rows.value)
  await replaceFooter(file, hash, table)
  return succeed(table)
}

function invalid(problem: string): Result<never> {
  return fail(failure('invalidXorb', { problem }))
}

/** The specification's 64 MiB, and the headers: xet-core fills a xorb to 64 MiB of raw bytes, and those that do not compress take theirs on top. */
const LONGEST = MAX_XORB_BYTES + MAX_CHUNKS * CHUNK_HEADER_BYTES

async function readChunks(codec: Codec, file: FileHandle): Promise<Result<ChunkRow[]>> {
  const longest = CHUNK_HEADER_BYTES + MAX_CHUNK_STORED_BYTES
  const window = new FileWindow(file, 0, longest)
  const rows: ChunkRow[] = []
  let storedBytes = 0
  for (let bytes = await window.peek(longest); bytes.length > 0; bytes = await window.peek(longest)) {
    if (isFooterAt(bytes, 0)) break
    const row = readChunk(codec, bytes)
    if (!row) return invalid(`chunk ${rows.length}, at byte ${storedBytes}, is malformed`)
    rows.push(row)
    storedBytes += row.storedLength
    if (rows.length > MAX_CHUNKS) return invalid(`it has more than ${MAX_CHUNKS} chunks`)
    if (storedBytes > LONGEST) return invalid(`its chunks take more than ${LONGEST} bytes`)
    window.skip(row.storedLength)
  }
  return rows.length === 0 ? invalid('it has no chunks') : succeed(rows)
}

/** The row of the chunk at the start of `bytes`, or null when there is none that decodes. */
function readChunk(codec: Codec, bytes: Uint8Array): ChunkRow | null {
  const header = readChunkHeader(bytes, 0)
  if (!header) return null
  const storedLength = CHUNK_HEADER_BYTES + header.storedLength
  if (storedLength > bytes.length) return null
  const stored = bytes.subarray(0, storedLength)
  const raw = decodeInWindow(codec, header, stored)
  return raw && { hash: codec.hashChunk(raw), storedLength, rawLength: raw.length, crc: crc32(stored) }
}

/** The raw bytes of a stored chunk, or null when it does not decode; a view that holds until the codec's next call. */
export function decodeInWindow(codec: Codec, header: ChunkHeader, stored: Uint8Array): Uint8Array | null {
  const payload = stored.subarray(CHUNK_HEADER_BYTES)
  const isDecoded = codec.decodeChunk(header.scheme, payload, header.rawLength, codec.window, 0)
  return isDecoded ? codec.window.subarray(0, header.rawLength) : null
}

/** Leaves the chunks, cuts off whatever follows them, appends our footer; durable once resolved. */
async function replaceFooter(file: FileHandle, hash: XetHash, table: ChunkTable): Promise<void> {
  const footer = buildFooter(hash, table)
  await file.truncate(table.storedBytes)
  for (let done = 0; done < footer.length;) {
    const { bytesWritten } = await file.write(footer, done, footer.length - done, table.storedBytes + done)
    done += bytesWritten
  }
  await file.sync()
}
