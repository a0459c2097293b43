import { open } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

import { concatBytes } from '../../kernel/bytes.ts'
import type { LogFiles } from '../../log/tlog/index.ts'
import { CommandFailure } from '../failures.ts'
import { HubRefusal, type HubRequest, isPassing, send } from '../hub/http.ts'

const ATTEMPTS = 4
const NOT_FOUND = 404
/** For a bundle of which entries are erased: they are in another place then. */
const REDACTED = 451

/** A log's files in a folder. */
export function filesInFolder(folder: string, signal: AbortSignal): LogFiles {
  return {
    async read(path, maxBytes) {
      signal.throwIfAborted()
      await using file = await open(join(folder, path)).catch(nullWhenMissing)
      if (!file) return null
      const { size } = await file.stat()
      if (size > maxBytes) throw tooLong(path, maxBytes)
      return await file.readFile()
    },
  }
}

function nullWhenMissing(error: unknown): null {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  throw error
}

/** A log's files below an address, which does not end in a slash. The person named it: any host and network is right. */
export function filesAtUrl(url: string, signal: AbortSignal): LogFiles {
  return { read: (path, maxBytes) => download(`${url}/${path}`, maxBytes, signal) }
}

/** The body of an answer; null when there is none such. Starts again when the connection breaks on the way. */
export async function download(
  url: string,
  maxBytes: number,
  signal: AbortSignal,
  options: Pick<HubRequest, 'attempts'> = {},
): Promise<Uint8Array | null> {
  for (let attempt = 1; ; attempt++) {
    const answer = await answerOrNull({ ...options, method: 'GET', url, signal })
    if (!answer) return null
    try {
      return await bodyOf(answer, url, maxBytes)
    } catch (error) {
      if (attempt === ATTEMPTS || signal.aborted || !isPassing(error)) throw error
    }
  }
}

async function answerOrNull(request: HubRequest): Promise<IncomingMessage | null> {
  try {
    return await send(request)
  } catch (error) {
    if (error instanceof HubRefusal && (error.status === NOT_FOUND || error.status === REDACTED)) return null
    throw error
  }
}

/** C2SP tlog-tiles lets a log compress with gzip though nobody asked. */
async function bodyOf(answer: IncomingMessage, url: string, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  const collect = async (body: AsyncIterable<Uint8Array>) => {
    for await (const part of body) {
      length += part.length
      if (length > maxBytes) throw tooLong(url, maxBytes)
      parts.push(part)
    }
  }
  const isGzip = answer.headers['content-encoding'] === 'gzip'
  await (isGzip ? pipeline(answer, createGunzip(), collect) : pipeline(answer, collect))
  return concatBytes(parts)
}

function tooLong(name: string, maxBytes: number): CommandFailure {
  return new CommandFailure(`${name} has more than the ${maxBytes} bytes that it may have.`)
}
