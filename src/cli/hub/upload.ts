import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'

import { CommandFailure } from '../failures.ts'
import type { Progress } from '../progress.ts'
import { HubRefusal, send } from './http.ts'
import type { Hub } from './hub.ts'
import { inParallel } from './parallel.ts'

/** A large file to send. */
export interface LargeUpload {
  readonly location: string
  /** SHA-256, in hex. */
  readonly oid: string
  readonly size: number
}

/** Parts of one file sent at once. */
const PARTS_AT_ONCE = 3
/** A node's places are good for a time only: they are asked for again when they have expired. */
const ROUNDS = 3

/** Sends a large file unless the node has it; true when bytes were sent. */
export async function uploadLarge(
  hub: Hub,
  file: LargeUpload,
  progress: Progress,
  signal: AbortSignal,
): Promise<boolean> {
  for (let round = 1; ; round++) {
    const { transfer, objects } = await hub.batch(file.oid, file.size)
    const [object] = objects
    if (object?.error) throw new CommandFailure(`${file.location}: ${object.error.message}`)
    const { upload, verify } = object?.actions ?? {}
    if (!upload) {
      progress.advance(file.size)
      return false
    }
    try {
      const target = { href: upload.href, headers: upload.header ?? {} }
      await (transfer === 'multipart' ? sendParts : sendWhole)(file, target, progress, signal)
      if (verify) await hub.verify(verify.href, file.oid, file.size)
      return true
    } catch (error) {
      const hasExpired = error instanceof HubRefusal && (error.status === 401 || error.status === 403)
      if (!hasExpired || round === ROUNDS) throw error
    }
  }
}

interface UploadTarget {
  readonly href: string
  readonly headers: Readonly<Record<string, string>>
}

async function sendWhole(
  file: LargeUpload,
  { href, headers }: UploadTarget,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const span = { location: file.location, start: 0, end: file.size }
  await putSpan(span, href, headers, progress, signal)
}

/** Parts by number, each to its own address; then the list of what arrived (contract §1.10). */
async function sendParts(
  file: LargeUpload,
  { href, headers }: UploadTarget,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const partSize = Number(headers['chunk_size'])
  const numbers = Object.keys(headers).filter((name) => /^\d+$/.test(name))
  if (!(partSize > 0) || numbers.length !== Math.ceil(file.size / partSize))
    throw new CommandFailure(`The node asks for ${file.location} in parts that do not make it up.`)
  const parts: { partNumber: number; etag: string }[] = []
  await inParallel(numbers, PARTS_AT_ONCE, signal, async (number, signal) => {
    const partNumber = Number(number)
    const start = (partNumber - 1) * partSize
    const span = { location: file.location, start, end: Math.min(file.size, start + partSize) }
    const etag = await putSpan(span, headers[number] ?? '', {}, progress, signal)
    parts.push({ partNumber, etag })
  })
  parts.sort((left, right) => left.partNumber - right.partNumber)
  const body = JSON.stringify({ oid: file.oid, parts })
  const types = { accept: 'application/vnd.git-lfs+json', 'content-type': 'application/vnd.git-lfs+json' }
  const answer = await send({ method: 'POST', url: href, headers: types, body: () => body, signal })
  // A node that needs minutes for it begins to answer before it knows: only the end of the answer says yes.
  await finished(answer.resume()).catch(() => {
    signal.throwIfAborted()
    throw new CommandFailure(`The node did not put the parts of ${file.location} together. Publish again.`)
  })
}

interface Span {
  readonly location: string
  /** `[start, end)` in bytes. */
  readonly start: number
  readonly end: number
}

/** Sends a span of a file; resolves to the ETag of the answer. What a failed attempt had sent counts as undone. */
async function putSpan(
  { location, start, end }: Span,
  url: string,
  headers: Readonly<Record<string, string>>,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  let sent = 0
  const body = (): Readable => {
    progress.advance(-sent)
    sent = 0
    const stream = createReadStream(location, { start, end: end - 1, highWaterMark: 256 * 1024 })
    return stream.on('data', (part) => {
      sent += part.length
      progress.advance(part.length)
    })
  }
  const length = { 'content-length': String(end - start) }
  const answer = await send({ method: 'PUT', url, headers: { ...headers, ...length }, body, signal })
  answer.resume()
  return answer.headers.etag ?? ''
}
